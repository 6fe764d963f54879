"""Networks written as files for ONNX Runtime, node by node.

Only what makes such files uses this module, and only this module uses the package ``onnx``.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
from attrs import field, frozen
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OPSET, IR_VERSION = 17, 8
"""Versions of the ONNX format, which ONNX Runtime reads from 1.12 on."""


@frozen(eq=False)
class _Shared:
    """What a graph has in common with the bodies of its loops.

    Attributes:
        constants: They belong to the outermost graph, so that all bodies can use them.
        numbers: For the names of nodes.
    """

    constants: dict[str, onnx.TensorProto] = field(factory=dict)
    numbers: Iterator[int] = field(factory=itertools.count)


class Graph:
    """A network that grows node by node; a node is known by the name of its output.

    Args:
        name: What to call it.
        outer: The graph that this one is the body of a loop in: it sees the nodes and constants
            there, and shares its numbering.
    """

    def __init__(self, name: str, outer: Graph | None = None) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._shared: _Shared = outer._shared if outer else _Shared()  # noqa: SLF001 - its own

    def input(self, name: str, dtype: npt.DTypeLike, shape: Sequence[int | str]) -> str:
        """Declare an input; dimensions that may vary have names."""
        self._inputs.append(_declared(name, dtype, shape))
        return name

    def output(self, name: str, dtype: npt.DTypeLike, shape: Sequence[int | str]) -> None:
        """Declare the node ``name`` an output."""
        self._outputs.append(_declared(name, dtype, shape))

    def add(self, operator: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node with one output, and return its name."""
        (name,) = self.add_split(operator, *inputs, outputs=[output], **attributes)
        return name

    def add_split(
        self, operator: str, *inputs: str, outputs: Sequence[str], **attributes: Any
    ) -> list[str]:
        """Add a node with several outputs, and return their names; empty ones are made up."""
        names = [name or self._unused(operator) for name in outputs]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names

    def cast(self, inner: str, dtype: npt.DTypeLike) -> str:
        """Add a conversion to another type of numbers."""
        return self.add("Cast", inner, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def constant(self, value: npt.ArrayLike, name: str = "") -> str:
        """Add a constant, unless there is one of that name, and return its name.

        Python's numbers become 64-bit integers or 32-bit floats.
        """
        array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        if not isinstance(value, (np.ndarray, np.generic)):
            array = array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)
        name = name or self._unused("Constant")
        if name not in self._shared.constants:
            self._shared.constants[name] = numpy_helper.from_array(
                np.ascontiguousarray(array), name
            )
        return name

    def body(self) -> onnx.GraphProto:
        """Return the graph as the body of a loop."""
        return helper.make_graph(self._nodes, self._name, self._inputs, self._outputs)

    def save(
        self, path: Path, *, metadata: Mapping[str, str] | None = None, weights: str = ""
    ) -> None:
        """Write the network to ``path``.

        Args:
            path: The file; its folder must exist.
            metadata: What the file is to say of itself.
            weights: Name of another file in the folder, which the constants are written to: they
                are then not read into memory but mapped, once for all processes.

        Raises:
            OSError: A file cannot be written.
        """
        constants = list(self._shared.constants.values())
        graph = helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, constants)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(metadata or {}))
        if weights:
            onnx.save(model, path, save_as_external_data=True, location=weights)
        else:
            onnx.save(model, path)

    def _unused(self, operator: str) -> str:
        return f"{operator}{next(self._shared.numbers)}"


def _declared(name: str, dtype: npt.DTypeLike, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))

"""Networks written as files for ONNX Runtime, node by node.

Only what makes such files uses this module, and only this module uses the package ``onnx``.
"""

from __future__ import annotations

import itertools
from collections import ChainMap
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

OPSET, IR_VERSION = 17, 8
"""Versions of the ONNX format, which ONNX Runtime reads from 1.12 on."""


class Graph:
    """A network that grows node by node; a node is known by the name of its output.

    Args:
        name: What to call it.
        outer: The graph that this one is the body of a loop in: it sees the nodes and constants
            there, and shares its numbering. A constant that only the body needs is the body's:
            ONNX Runtime makes nothing faster by constants that lie further out.
    """

    def __init__(self, name: str, outer: Graph | None = None) -> None:
        self._name = name
        self._nodes: list[onnx.NodeProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._seen: ChainMap[str, onnx.TensorProto] = ChainMap(self._constants)
        self._numbers: Iterator[int] = itertools.count()
        if outer:
            self._seen = outer._seen.new_child(self._constants)  # noqa: SLF001 - its own
            self._numbers = outer._numbers  # noqa: SLF001 - its own

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
        if name not in self._seen:
            self._seen[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def body(self) -> onnx.GraphProto:
        """Return the graph as the body of a loop, or as a whole."""
        constants = list(self._constants.values())
        return helper.make_graph(
            self._nodes, self._name, self._inputs, self._outputs, initializer=constants
        )

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
        graph = self.body()
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        helper.set_model_props(model, dict(metadata or {}))
        if weights:
            onnx.save(model, path, save_as_external_data=True, location=weights)
        else:
            onnx.save(model, path)

    def _unused(self, operator: str) -> str:
        return f"{operator}{next(self._numbers)}"


def _declared(name: str, dtype: npt.DTypeLike, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, list(shape))

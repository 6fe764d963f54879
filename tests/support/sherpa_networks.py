"""Small ONNX files of the two kinds that sherpa-onnx separates with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

SPLEETER = {"model_type": "spleeter", "model_name": "stem", "sample_rate": "44100", "stems": "2"}

UVR = {
    "model_type": "UVR",
    "model_name": "half",
    "sample_rate": "44100",
    "stems": "2",
    "n_fft": "4096",
    "center": "1",
    "window_type": "hann",
    "win_length": "4096",
    "hop_length": "1024",
    "dim_t": "256",
    "dim_f": "2048",
    "dim_c": "4",
}


def write_gain(path: Path, shape: list[Any], gain: float, description: dict[str, str]) -> Path:
    """Write a network that multiplies by ``gain``."""
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    constant = numpy_helper.from_array(np.array(gain, np.float32), "gain")
    node = helper.make_node("Mul", ["x", "gain"], ["y"])
    graph = helper.make_graph([node], "gain", ends[:1], ends[1:], [constant])
    return write_model(path, graph, description)


def write_model(path: Path, graph: onnx.GraphProto, description: dict[str, str]) -> Path:
    """Write an ONNX file with a description of itself."""
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    helper.set_model_props(model, description)
    onnx.save(model, path)
    return path


def write_uvr(path: Path, description: dict[str, str] | None = None) -> Path:
    """Write a network of UVR's kind that takes half of everything for vocals."""
    return write_gain(
        path, ["batch", 4, 2048, 256], 0.5, UVR if description is None else description
    )

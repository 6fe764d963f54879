"""The content encoder: what is said in a voice, whoever's voice it is.

ContentVec (Qian et al. 2022, "ContentVec: an improved self-supervised speech representation by
disentangling speakers"), a network of the shape of HuBERT (Hsu et al. 2021). Of mono sound at
16 kHz it makes 50 vectors a second.
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from voiceshift.errors import SettingsError
from voiceshift.local.engine.onnx_graph import Graph
from voiceshift.local.engine.voices.rvc.layers import Layers
from voiceshift.local.engine.voices.rvc.model import Weights, fold_weight_norm, take_weights
from voiceshift.local.engine.voices.rvc.torch_file import read_torch_file
from voiceshift.local.engine.voices.rvc.zip_members import is_zip
from voiceshift.util.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from voiceshift.local.engine.voices.rvc.architecture import Shapes

CONVOLUTIONS = ((10, 5), (3, 2), (3, 2), (3, 2), (3, 2), (2, 2), (2, 2))
"""Kernels and strides of the first part."""

POSITION = "encoder.pos_conv_embed.conv"

UNUSED = {"masked_spec_embed"}
"""Only training needs it."""

FEATURES = "feature_extractor.conv_layers"


@frozen(kw_only=True)
class Sizes:
    """The sizes of the network.

    Attributes:
        channels: Channels of the convolutions.
        hidden: Numbers in each vector inside it, and of version v2.
        projected: Numbers in each vector of version v1.
        inner: Channels inside the feed-forward parts.
        layers: Layers of the transformer.
        projected_layer: The layer that version v1 is projected from.
        heads: Attention heads.
        position_kernel: Kernel of the convolution that tells positions.
        position_groups: Its groups.
    """

    channels: int = 512
    hidden: int = 768
    projected: int = 256
    inner: int = 3072
    layers: int = 12
    projected_layer: int = 9
    heads: int = 12
    position_kernel: int = 128
    position_groups: int = 16

    def shapes(self) -> Shapes:
        """Return the shape of every tensor, with weight normalisation folded."""
        return dict(chain(self._beginning(), self._transformer()))

    def _beginning(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        before = 1
        for i, (kernel, _) in enumerate(CONVOLUTIONS):
            yield f"{FEATURES}.{i}.conv.weight", (self.channels, before, kernel)
            before = self.channels
        yield from _pair(f"{FEATURES}.0.layer_norm", self.channels)
        yield from _pair("feature_projection.layer_norm", self.channels)
        yield from _pair("feature_projection.projection", self.hidden, self.channels)

    def _transformer(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        hidden = self.hidden
        group = hidden // self.position_groups
        yield from _pair(POSITION, hidden, group, self.position_kernel)
        yield from _pair("encoder.layer_norm", hidden)
        for i in range(self.layers):
            root = f"encoder.layers.{i}"
            for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                yield from _pair(f"{root}.attention.{part}", hidden, hidden)
            yield from _pair(f"{root}.layer_norm", hidden)
            yield from _pair(f"{root}.feed_forward.intermediate_dense", self.inner, hidden)
            yield from _pair(f"{root}.feed_forward.output_dense", hidden, self.inner)
            yield from _pair(f"{root}.final_layer_norm", hidden)
        yield from _pair("final_proj", self.projected, hidden)


SIZES = Sizes()
"""Those of ContentVec."""


def read_contentvec(data: memoryview, name: str, sizes: Sizes = SIZES) -> Weights:
    """Read the file of ContentVec in the form of Hugging Face's transformers.

    Args:
        data: Its content.
        name: What to call the file in messages.
        sizes: The network's.

    Raises:
        SettingsError: It holds something else.
    """
    try:
        if not is_zip(data):
            raise ValueError("is no file of PyTorch, so not ContentVec's pytorch_model.bin")
        content = read_torch_file(data)
        if not isinstance(content, dict):
            raise ValueError("is a file of PyTorch, but not ContentVec's")
        tensors = _folded(content, sizes)
        shapes = sizes.shapes()
        if left := sorted(set(tensors) - set(shapes) - UNUSED):
            raise ValueError(f"is another network: it has a tensor {quoted(left[0])}, too")
        return take_weights(tensors, shapes, "it is another network")
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from error


def write_contentvec(weights: Weights, path: Path, sizes: Sizes = SIZES) -> None:
    """Write the network to ``path``, and the weights beside it.

    It takes ``samples`` ``(1, N)``, and gives vectors ``v1`` ``(1, F, 256)`` and ``v2``
    ``(1, F, 768)``, where F is ``(N - 400) // 320 + 1``.

    Raises:
        OSError: The files cannot be written.
    """
    graph = Graph("contentvec")
    layers = Layers(graph, weights)
    graph.input("samples", np.float32, (1, "samples"))
    inner = _positioned(layers, sizes, _convolved(layers, "samples"))
    for i in range(sizes.layers):
        inner = _layer(layers, sizes, inner, f"encoder.layers.{i}")
        if i + 1 == sizes.projected_layer:
            graph.add("Identity", layers.linear(inner, "final_proj"), output="v1")
    graph.add("Identity", inner, output="v2")
    graph.output("v1", np.float32, (1, "frames", sizes.projected))
    graph.output("v2", np.float32, (1, "frames", sizes.hidden))
    graph.save(path, weights=f"{path.stem}.weights")


def _pair(name: str, *shape: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", shape
    yield f"{name}.bias", shape[:1]


def _folded(content: Mapping[str, object], sizes: Sizes) -> dict[str, object]:
    """Return the tensors with the one that has weight normalisation folded."""
    tensors = dict(content)
    for g_name, v_name in (
        (f"{POSITION}.weight_g", f"{POSITION}.weight_v"),
        (
            f"{POSITION}.parametrizations.weight.original0",
            f"{POSITION}.parametrizations.weight.original1",
        ),
    ):
        g, v = tensors.pop(g_name, None), tensors.pop(v_name, None)
        if isinstance(g, np.ndarray) and isinstance(v, np.ndarray):
            expected = sizes.shapes()[f"{POSITION}.weight"]
            if v.shape != expected or g.shape != (1, 1, expected[2]):
                raise ValueError(f"has a tensor {POSITION!r} whose halves do not fit together")
            tensors[f"{POSITION}.weight"] = fold_weight_norm(v, g, axis=2)
    return tensors


def _convolved(layers: Layers, samples: str) -> str:
    """Add the first part: samples to ``(1, frames, channels)``."""
    graph = layers.graph
    inner = graph.add("Unsqueeze", samples, graph.constant([1]))
    for i, (_, stride) in enumerate(CONVOLUTIONS):
        inner = layers.conv(inner, f"{FEATURES}.{i}.conv", stride=stride)
        if i == 0:  # a group for each channel, so that it is an instance normalisation
            scale, bias = (f"{FEATURES}.0.layer_norm.{part}" for part in ("weight", "bias"))
            parameters = layers.weight(scale), layers.weight(bias)
            inner = graph.add("InstanceNormalization", inner, *parameters, epsilon=1e-5)
        inner = _gelu(layers, inner)
    return graph.add("Transpose", inner, perm=[0, 2, 1])


PROJECTION = "feature_projection.projection"


def _positioned(layers: Layers, sizes: Sizes, inner: str) -> str:
    """Add the projection to the transformer's width, and the positions."""
    graph = layers.graph
    inner = layers.linear(_norm(layers, inner, "feature_projection.layer_norm"), PROJECTION)
    channels = graph.add("Transpose", inner, perm=[0, 2, 1])
    # A kernel of even length: the last output is dropped, so all are as many as before.
    kernel = sizes.position_kernel
    told = layers.conv(
        channels, POSITION, padding=(kernel // 2, kernel // 2 - 1), groups=sizes.position_groups
    )
    positions = graph.add("Transpose", _gelu(layers, told), perm=[0, 2, 1])
    return _norm(layers, graph.add("Add", inner, positions), "encoder.layer_norm")


def _layer(layers: Layers, sizes: Sizes, inner: str, name: str) -> str:
    graph = layers.graph
    attended = _attention(layers, sizes, inner, f"{name}.attention")
    inner = _norm(layers, graph.add("Add", inner, attended), f"{name}.layer_norm")
    wide = _gelu(layers, layers.linear(inner, f"{name}.feed_forward.intermediate_dense"))
    fed = layers.linear(wide, f"{name}.feed_forward.output_dense")
    return _norm(layers, graph.add("Add", inner, fed), f"{name}.final_layer_norm")


def _attention(layers: Layers, sizes: Sizes, inner: str, name: str) -> str:
    graph, size = layers.graph, sizes.hidden // sizes.heads
    shape = graph.constant([1, -1, sizes.heads, size])

    def heads(part: str, order: list[int]) -> str:
        split = graph.add("Reshape", layers.linear(inner, f"{name}.{part}"), shape)
        return graph.add("Transpose", split, perm=order)

    query = layers.scaled(heads("q_proj", [0, 2, 1, 3]), 1 / math.sqrt(size))
    weights = graph.add("MatMul", query, heads("k_proj", [0, 2, 3, 1]))
    weights = graph.add("Softmax", weights, axis=-1)
    summed = graph.add("MatMul", weights, heads("v_proj", [0, 2, 1, 3]))
    joined = graph.add("Transpose", summed, perm=[0, 2, 1, 3])
    flat = graph.add("Reshape", joined, graph.constant([1, -1, sizes.hidden]))
    return layers.linear(flat, f"{name}.out_proj")


def _norm(layers: Layers, inner: str, name: str) -> str:
    return layers.layer_norm(inner, f"{name}.weight", f"{name}.bias")


def _gelu(layers: Layers, inner: str) -> str:
    """Add the exact Gaussian error linear unit, in the form that ONNX Runtime makes one step of."""
    graph = layers.graph
    error = graph.add("Erf", graph.add("Div", inner, graph.constant(np.float32(math.sqrt(2)))))
    product = graph.add("Mul", inner, graph.add("Add", error, graph.constant(1.0)))
    return layers.scaled(product, 0.5)

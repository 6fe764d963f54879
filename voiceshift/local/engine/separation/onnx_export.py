"""The weights of a checkpoint made into the file that ONNX Runtime runs.

Spleeter with two stems is two networks of one shape, U-Nets after Jansson et al. 2017, "Singing
voice separation with deep U-Net convolutional networks". One estimates the magnitudes of the vocals
and one those of the accompaniment; what comes out here is the mask that both make together.

This is done once, by ``voiceshift setup``.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceshift.errors import SettingsError
from voiceshift.local.engine.onnx_graph import Graph
from voiceshift.local.engine.separation.spleeter import BINS, INPUT

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.separation.tf_checkpoint import Arrays

OUTPUT = "mask"
"""Name of the output."""

DOWN = (2, 16, 32, 64, 128, 256, 512)
"""Channels on the way down: of the input, and after each halving of spectra and bins."""

UP = (256, 128, 64, 32, 16, 1)
"""Channels after each doubling on the way up."""

KERNEL = (5, 5)

HALVING = {"strides": [2, 2], "pads": [1, 1, 2, 2]}
"""What TensorFlow's padding "SAME" means at a stride of 2, from an even length and back to it."""

FLOOR = 1e-10
"""Added to the power of both stems, half of it to each, so that silence is not divided by zero."""

NOT_SPLEETER = "this is not Spleeter's checkpoint with two stems"


def write_network(weights: Arrays, path: Path) -> None:
    """Write the network with ``weights`` to ``path``, and the weights themselves beside it.

    It takes magnitudes ``(1, 2, spectra, 1024)``, the number of spectra a multiple of 64, and gives
    the share of the vocals in each, 0 to 1. Weights in a file of their own are not read into memory
    but mapped, once for all processes.

    Args:
        weights: The arrays of the checkpoint with two stems, by the names that TensorFlow gave.
        path: The file to write; its folder must exist.

    Raises:
        SettingsError: An array is missing, or has another shape than in that checkpoint.
        OSError: The files cannot be written.
    """
    graph = _Network(weights)
    shape = (1, DOWN[0], "spectra", BINS)
    graph.input(INPUT, np.float32, shape)
    vocals, accompaniment = (_power(graph, _stem(graph, stem)) for stem in range(2))
    graph.add("Div", vocals, graph.add("Add", vocals, accompaniment), output=OUTPUT)
    graph.output(OUTPUT, np.float32, shape)
    graph.save(path, weights=f"{path.stem}.weights")


def _stem(graph: _Network, stem: int) -> str:
    """Add one U-Net; TensorFlow numbered the layers of both in one row."""
    convolution, normalization, transposed = 7 * stem, 12 * stem, 6 * stem
    inner, skips = INPUT, []
    for level, (channels, filters) in enumerate(pairwise(DOWN)):
        name = _numbered("conv2d", convolution + level)
        raw = graph.layer("Conv", inner, name, (*KERNEL, channels, filters), **HALVING)
        skips.append((raw, filters))
        normal = graph.normalized(raw, normalization + level, filters)
        inner = graph.add("LeakyRelu", normal, alpha=0.2)
    inner, channels = skips.pop()  # as it is: the last normalization is not used
    for level, filters in enumerate(UP):
        name = _numbered("conv2d_transpose", transposed + level)
        shape = (*KERNEL, filters, channels)
        raw = graph.layer("ConvTranspose", inner, name, shape, **HALVING)
        positive = graph.add("Relu", raw)
        inner = graph.normalized(positive, normalization + len(UP) + level, filters)
        if skips:
            skip, skipped = skips.pop()
            inner, channels = graph.add("Concat", skip, inner, axis=1), skipped + filters
    last = _numbered("conv2d", convolution + len(UP))
    mask = graph.layer("Conv", inner, last, (4, 4, 1, 2), dilations=[2, 2], pads=[3, 3, 3, 3])
    return graph.add("Mul", graph.add("Sigmoid", mask), INPUT)


def _power(graph: _Network, magnitudes: str) -> str:
    squared = graph.add("Mul", magnitudes, magnitudes)
    return graph.add("Add", squared, graph.constant(FLOOR / 2, "floor"))


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


class _Network(Graph):
    """A graph whose layers take their weights from a checkpoint."""

    def __init__(self, weights: Arrays) -> None:
        super().__init__("spleeter")
        self._weights = weights

    def weight(self, name: str, shape: tuple[int, ...]) -> str:
        """Add an array of the checkpoint, where a kernel's axes are in the opposite order."""
        array = self._weights.get(name)
        if array is None or array.shape != shape:
            found = "is missing" if array is None else f"has the shape {array.shape}, not {shape}"
            raise SettingsError(f"{NOT_SPLEETER}: {name} in it {found}")
        if not np.isfinite(array).all():
            raise SettingsError(f"{NOT_SPLEETER}: {name} in it contains NaN or infinity")
        return self.constant(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array, name)

    def layer(
        self, operator: str, inner: str, name: str, shape: tuple[int, ...], **attributes: Any
    ) -> str:
        """Add a convolution with its kernel, of the shape TensorFlow has it in, and its bias."""
        filters = shape[2 if operator == "ConvTranspose" else 3]
        kernel, bias = self.weight(f"{name}/kernel", shape), self.weight(f"{name}/bias", (filters,))
        return self.add(operator, inner, kernel, bias, **attributes)

    def normalized(self, inner: str, number: int, channels: int) -> str:
        """Add a batch normalization, with the epsilon that Keras has by default."""
        name = _numbered("batch_normalization", number)
        arrays = (f"{name}/{part}" for part in ("gamma", "beta", "moving_mean", "moving_variance"))
        weights = [self.weight(array, (channels,)) for array in arrays]
        return self.add("BatchNormalization", inner, *weights, epsilon=1e-3)

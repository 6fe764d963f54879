"""Layers with weights, added to a graph by the names of their tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

if TYPE_CHECKING:
    from voiceshift.local.engine.onnx_graph import Graph
    from voiceshift.local.engine.voices.rvc.model import Weights


@frozen(eq=False)
class Layers:
    """Adds layers to a graph.

    Attributes:
        graph: The graph.
        weights: The tensors by name.
        as_images: Whether what is convolved is ``(1, channels, 1, frames)``, an image of height 1,
            in place of ``(1, channels, frames)``.
    """

    graph: Graph
    weights: Weights
    as_images: bool = False

    def weight(self, name: str) -> str:
        """Add the tensor ``name`` as it is."""
        return self.graph.constant(self.weights[name], name)

    def linear(self, inner: str, name: str) -> str:
        """Add a linear layer over the last axis, or a convolution of kernel 1 as one."""
        weight = self.weights[f"{name}.weight"]
        matrix = self.graph.constant(weight.reshape(weight.shape[:2]).T, f"{name}.matrix")
        product = self.graph.add("MatMul", inner, matrix)
        return self.graph.add("Add", product, self.weight(f"{name}.bias"))

    def conv(  # noqa: PLR0913 - all but two are keywords
        self,
        inner: str,
        name: str,
        *,
        stride: int = 1,
        padding: tuple[int, int] = (0, 0),
        dilation: int = 1,
        groups: int = 1,
    ) -> str:
        """Add a convolution over the last axis."""
        return self.graph.add(
            "Conv",
            *self._inputs(inner, name),
            strides=self._axes(stride, 1),
            pads=[place for pad in padding for place in self._axes(pad, 0)],
            dilations=self._axes(dilation, 1),
            group=groups,
        )

    def same_conv(self, inner: str, name: str, dilation: int = 1) -> str:
        """Add a convolution whose output is as long as its input."""
        reach = (self.weights[f"{name}.weight"].shape[2] - 1) * dilation // 2
        return self.conv(inner, name, padding=(reach, reach), dilation=dilation)

    def transposed_conv(self, inner: str, name: str, stride: int) -> str:
        """Add a transposed convolution whose output is ``stride`` times as long as its input."""
        padding = (self.weights[f"{name}.weight"].shape[2] - stride) // 2
        return self.graph.add(
            "ConvTranspose",
            *self._inputs(inner, name),
            strides=self._axes(stride, 1),
            pads=2 * self._axes(padding, 0),
        )

    def layer_norm(self, inner: str, scale: str, bias: str) -> str:
        """Add a layer normalisation over the last axis."""
        parameters = self.weight(scale), self.weight(bias)
        return self.graph.add("LayerNormalization", inner, *parameters, axis=-1, epsilon=1e-5)

    def leaky(self, inner: str, slope: float) -> str:
        """Add a leaky rectifier."""
        return self.graph.add("LeakyRelu", inner, alpha=slope)

    def scaled(self, inner: str, factor: float) -> str:
        """Add a product with a number."""
        return self.graph.add("Mul", inner, self.graph.constant(np.float32(factor)))

    def in_body(self, body: Graph) -> Layers:
        """Return what adds layers with the same tensors to the body of a loop."""
        return evolve(self, graph=body)

    def _axes(self, last: int, height: int) -> list[int]:
        return [height, last] if self.as_images else [last]

    def _inputs(self, inner: str, name: str) -> list[str]:
        weight = self.weights[f"{name}.weight"]
        if self.as_images:
            weight = weight[:, :, None]
        biases = [self.weight(f"{name}.bias")] if f"{name}.bias" in self.weights else []
        return [inner, self.graph.constant(weight, f"{name}.weight"), *biases]

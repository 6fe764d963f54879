"""The first part of a voice: from what is sung to how the voice would have it.

A transformer (Vaswani et al. 2017) whose attention knows relative positions (Shaw, Uszkoreit and
Vaswani 2018). Its values are ``(1, frames, channels)``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.local.engine.voices.rvc.architecture import RELATIVE_POSITIONS

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.rvc.architecture import Architecture
    from voiceshift.local.engine.voices.rvc.layers import Layers

NOISE_SCALE = 0.66666
"""How far the latent values stray from their mean."""

REACH = RELATIVE_POSITIONS // 2
"""Frames on each side that attention knows the relative position of."""


def add_text_encoder(
    layers: Layers, sizes: Architecture, phone: str, pitch: str, noise: str
) -> str:
    """Add the text encoder; its output is the latent ``(1, latent, frames)``."""
    graph = layers.graph
    inner = layers.linear(phone, "enc_p.emb_phone")
    if sizes.has_pitch:
        row = graph.add("Gather", layers.weight("enc_p.emb_pitch.weight"), pitch)
        inner = graph.add("Add", inner, row)
    inner = layers.leaky(layers.scaled(inner, math.sqrt(sizes.hidden)), 0.1)
    bands = _Bands(layers, sizes.heads, _frames(layers, phone))
    root = "enc_p.encoder"
    for i in range(sizes.layers):
        attended = _attention(layers, sizes, bands, inner, f"{root}.attn_layers.{i}")
        inner = _normalised_sum(layers, inner, attended, f"{root}.norm_layers_1.{i}")
        fed = _feed_forward(layers, inner, f"{root}.ffn_layers.{i}")
        inner = _normalised_sum(layers, inner, fed, f"{root}.norm_layers_2.{i}")
    projected = _transposed(layers, layers.linear(inner, "enc_p.proj"))
    mean, log_deviation = graph.add_split("Split", projected, outputs=["", ""], axis=1)
    deviation = layers.scaled(graph.add("Exp", log_deviation), NOISE_SCALE)
    return graph.add("Add", mean, graph.add("Mul", deviation, noise))


def _frames(layers: Layers, phone: str) -> str:
    """Return the number of frames, ``(1,)``."""
    return layers.graph.add("Shape", phone, start=1, end=2)


def _normalised_sum(layers: Layers, first: str, second: str, name: str) -> str:
    total = layers.graph.add("Add", first, second)
    return layers.layer_norm(total, f"{name}.gamma", f"{name}.beta")


def _feed_forward(layers: Layers, inner: str, name: str) -> str:
    wide = layers.graph.add("Relu", layers.same_conv(_transposed(layers, inner), f"{name}.conv_1"))
    return _transposed(layers, layers.same_conv(wide, f"{name}.conv_2"))


def _transposed(layers: Layers, inner: str) -> str:
    return layers.graph.add("Transpose", inner, perm=[0, 2, 1])


def _attention(layers: Layers, sizes: Architecture, bands: _Bands, inner: str, name: str) -> str:
    graph = layers.graph
    query, key, value = (
        _heads(layers, sizes, layers.linear(inner, f"{name}.conv_{part}")) for part in "qkv"
    )
    query = layers.scaled(query, 1 / math.sqrt(sizes.hidden // sizes.heads))
    # The tables of relative positions are shared by all heads.
    key_table = layers.weights[f"{name}.emb_rel_k"][0].T
    relative = graph.add("MatMul", query, graph.constant(key_table, f"{name}.emb_rel_k"))
    weights = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 2, 1]))
    weights = graph.add("Softmax", graph.add("Add", weights, bands.spread(relative)), axis=-1)
    value_table = graph.constant(layers.weights[f"{name}.emb_rel_v"][0], f"{name}.emb_rel_v")
    summed = graph.add(
        "Add",
        graph.add("MatMul", weights, value),
        graph.add("MatMul", bands.gathered(weights), value_table),
    )
    joined = graph.add("Transpose", summed, perm=[1, 0, 2])
    flat = graph.add("Reshape", joined, graph.constant([1, -1, sizes.hidden]))
    return layers.linear(flat, f"{name}.conv_o")


def _heads(layers: Layers, sizes: Architecture, inner: str) -> str:
    """Return ``(heads, frames, channels of a head)``."""
    shape = layers.graph.constant([-1, sizes.heads, sizes.hidden // sizes.heads])
    return layers.graph.add("Transpose", layers.graph.add("Reshape", inner, shape), perm=[1, 0, 2])


@frozen(eq=False)
class _Bands:
    """Turns numbers by relative position into numbers by position, and back.

    Read in rows that are one shorter, each row of a matrix moves one to the right of the one before
    it: so a column becomes a diagonal.

    Attributes:
        layers: Of the text encoder.
        heads: Its attention heads.
        frames: The number of frames, ``(1,)``.
    """

    layers: Layers
    heads: int
    frames: str

    def spread(self, relative: str) -> str:
        """Return ``(heads, frames, frames)`` from ``(heads, frames, 21)``, 0 beyond."""
        graph, none = self.layers.graph, self._constant(0)
        padded = self._padded(relative, none, self.frames)
        flat = graph.add("Reshape", padded, graph.constant([self.heads, -1]))
        shorter = graph.add("Slice", flat, none, graph.add("Neg", self.frames), self._constant(1))
        end = graph.add("Add", self.frames, self._constant(REACH))
        return graph.add(
            "Slice", self._rows(shorter), self._constant(REACH), end, self._constant(2)
        )

    def gathered(self, weights: str) -> str:
        """Return ``(heads, frames, 21)`` from ``(heads, frames, frames)``."""
        graph, none = self.layers.graph, self._constant(0)
        padded = self._padded(weights, self._constant(REACH), self._constant(REACH))
        flat = graph.add("Reshape", padded, graph.constant([self.heads, 1, -1]))
        rows = self._rows(self._padded(flat, none, self.frames))
        return graph.add("Slice", rows, none, self._constant(RELATIVE_POSITIONS), self._constant(2))

    def _constant(self, value: int) -> str:
        return self.layers.graph.constant([value], f"[{value}]")

    def _padded(self, inner: str, before: str, after: str) -> str:
        """Return ``inner`` with so many zeros at both ends of its last axis."""
        graph, zeros = self.layers.graph, self.layers.graph.constant([0, 0], "[0, 0]")
        return graph.add("Pad", inner, graph.add("Concat", zeros, before, zeros, after, axis=0))

    def _rows(self, flat: str) -> str:
        """Return as many rows as there are frames."""
        graph, heads = self.layers.graph, self._constant(self.heads)
        shape = graph.add("Concat", heads, self.frames, self._constant(-1), axis=0)
        return graph.add("Reshape", flat, shape)

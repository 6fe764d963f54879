"""The last part of a voice: sound, by a generator that is given its excitation.

HiFi-GAN (Kong, Kim and Bae 2020) with a neural source filter (Wang, Takaki and Yamagishi 2019): a
sine at the pitch where there is a voice, noise where there is none. Values are
``(1, channels, 1, samples)``, images of height 1, for which ONNX Runtime has faster convolutions:
at full size it takes a tenth less time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from voiceshift.local.engine.onnx_graph import Graph

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.rvc.architecture import Architecture
    from voiceshift.local.engine.voices.rvc.layers import Layers

SINE_LEVEL = 0.1
"""Amplitude of the sine of voiced frames."""

VOICED_NOISE, UNVOICED_NOISE = 0.003, SINE_LEVEL / 3
"""Standard deviations of the noise beside it, and of the noise in unvoiced frames."""

SLOPE, LAST_SLOPE = 0.1, 0.01
"""Of the leaky rectifiers; the last one has another."""

PIECE = 234
"""Frames that are decoded at a time, a quarter of what is heard of a window: memory grows with
them, and for each piece the frames around it are decoded, too."""


def add_source(layers: Layers, sizes: Architecture, pitchf: str, phase: str, breath: str) -> str:
    """Add the source: the excitation at the voice's rate, ``(1, 1, samples)``."""
    graph = layers.graph
    per_frame = graph.constant([2], "[2]")
    frequency, start = (graph.add("Unsqueeze", name, per_frame) for name in (pitchf, phase))
    steps = np.arange(1, sizes.samples_per_frame + 1, dtype=np.float32) / sizes.sample_rate
    advance = graph.add("Mul", frequency, graph.constant(steps[None, None]))
    angle = layers.scaled(graph.add("Add", start, advance), 2 * math.pi)
    voiced = graph.cast(graph.add("Greater", frequency, graph.constant(0.0)), np.float32)
    sine = graph.add("Mul", layers.scaled(graph.add("Sin", angle), SINE_LEVEL), voiced)
    noise_level = graph.add(
        "Add",
        layers.scaled(voiced, VOICED_NOISE - UNVOICED_NOISE),
        graph.constant(UNVOICED_NOISE),
    )
    excitation = graph.add("Add", sine, graph.add("Mul", breath, noise_level))
    flat = graph.add("Reshape", excitation, graph.constant([1, -1, 1]))
    mixed = graph.add("Tanh", layers.linear(flat, "dec.m_source.l_linear"))
    return graph.add("Reshape", mixed, graph.constant([1, 1, -1]))


def add_decoder(  # noqa: PLR0913, PLR0917 - all that it depends on
    layers: Layers, sizes: Architecture, part: str, latent: str, source: str, condition: str
) -> None:
    """Add the decoder; its output is ``audio``.

    It decodes piece by piece, in a loop. Each piece is decoded with as many frames around it as it
    depends on, so that all together are what the whole would have been.
    """
    graph = layers.graph
    added = layers.conv(condition, "dec.cond")
    graph.add("Shape", latent, start=2, end=3, output="frame_count")
    graph.add_split("Split", part, outputs=["first_frame", "end_frame"], axis=0)
    frames = graph.add("Sub", "end_frame", "first_frame")
    rounded = graph.add("Add", frames, graph.constant([PIECE - 1]))
    pieces = graph.add("Squeeze", graph.add("Div", rounded, graph.constant([PIECE], "piece")))
    silence = graph.constant(np.zeros((1, 1, 1, 0), np.float32))
    height = graph.constant([2], "[2]")

    def image(values: str) -> str:
        return graph.add("Unsqueeze", values, height)

    excitation = image(source) if sizes.has_pitch else ""
    images = image(latent), excitation, image(added)
    body = _loop_body(evolve(layers, as_images=True), sizes, *images)
    sound = graph.add("Loop", pieces, "", silence, output="sound", body=body.body())
    graph.add("Squeeze", sound, height, output="audio")


def _loop_body(layers: Layers, sizes: Architecture, latent: str, source: str, added: str) -> Graph:
    """Return what decodes one piece and joins it to those before it."""
    graph = Graph("piece", layers.graph)
    number = graph.input("piece_number", np.int64, ())
    going_on = graph.input("going_on", np.bool_, ())
    before = graph.input("before", np.float32, (1, 1, 1, "samples_before"))
    size = graph.constant([PIECE], "piece")
    passed = graph.add("Mul", graph.add("Unsqueeze", number, graph.constant([0], "[0]")), size)
    begin = graph.add("Add", passed, "first_frame")
    end = graph.add("Min", graph.add("Add", begin, size), "end_frame")
    piece = _Piece(graph, begin, end)
    sound = _generator(layers.in_body(graph), sizes, piece, latent, source, added)
    graph.add("Concat", before, sound, axis=3, output="joined")
    graph.add("Identity", going_on, output="still_going_on")
    graph.output("still_going_on", np.bool_, ())
    graph.output("joined", np.float32, (1, 1, 1, "samples_joined"))
    return graph


@frozen(eq=False)
class _Piece:
    """The frames that are decoded at a time.

    Attributes:
        graph: What decodes them.
        begin: The first of them.
        end: The one after the last.
    """

    graph: Graph
    begin: str
    end: str

    def around(self, reach: int) -> tuple[str, str]:
        """Return the first frame of those that far around it, and the one after the last."""
        frames, none = self._constant(reach), self._constant(0)
        first = self.graph.add("Max", self.graph.add("Sub", self.begin, frames), none)
        last = self.graph.add("Min", self.graph.add("Add", self.end, frames), "frame_count")
        return first, last

    def cut(self, inner: str, frames: tuple[str, str], first: str, rate: int) -> str:
        """Return some frames of ``inner``, which begins with the frame ``first``.

        Args:
            inner: Values ``(1, channels, 1, samples)``.
            frames: The first one, and the one after the last.
            first: The first one of ``inner``.
            rate: Samples of it in each frame.
        """
        samples = self._constant(rate)
        start, stop = (
            self.graph.add("Mul", self.graph.add("Sub", frame, first), samples) for frame in frames
        )
        return self.graph.add("Slice", inner, start, stop, self._constant(3))

    def _constant(self, value: int) -> str:
        return self.graph.constant([value], f"[{value}]")


def _generator(  # noqa: PLR0913, PLR0917 - all that it depends on
    layers: Layers, sizes: Architecture, piece: _Piece, latent: str, source: str, added: str
) -> str:
    """Return the sound of a piece.

    Each stage is given the frames that the sound depends on from there on: the first stage needs
    most of those around the piece, and costs least.
    """
    graph, none, rate = layers.graph, layers.graph.constant([0], "[0]"), 1
    frames = piece.around(sizes.decoder_reach(0))
    inner = layers.same_conv(piece.cut(latent, frames, none, 1), "dec.conv_pre")
    inner = graph.add("Add", inner, added)
    for i, factor in enumerate(sizes.rates):
        first, frames = frames[0], piece.around(sizes.decoder_reach(i))
        inner = layers.leaky(piece.cut(inner, frames, first, rate), SLOPE)
        inner = layers.transposed_conv(inner, f"dec.ups.{i}", factor)
        rate *= factor
        if sizes.has_pitch:
            excitation = piece.cut(source, frames, none, sizes.samples_per_frame)
            stride = sizes.source_stride(i)
            name, half = f"dec.noise_convs.{i}", stride // 2
            excitation = layers.conv(excitation, name, stride=stride, padding=(half, half))
            inner = graph.add("Add", inner, excitation)
        count = len(sizes.dilations)
        blocks = [
            _residual_block(layers, inner, f"dec.resblocks.{i * count + j}", dilations)
            for j, dilations in enumerate(sizes.dilations)
        ]
        inner = layers.scaled(graph.add("Sum", *blocks), 1 / count)
    inner = layers.same_conv(layers.leaky(inner, LAST_SLOPE), "dec.conv_post")
    return graph.add("Tanh", piece.cut(inner, (piece.begin, piece.end), frames[0], rate))


def _residual_block(layers: Layers, inner: str, name: str, dilations: tuple[int, ...]) -> str:
    for m, dilation in enumerate(dilations):
        branch = layers.same_conv(layers.leaky(inner, SLOPE), f"{name}.convs1.{m}", dilation)
        branch = layers.same_conv(layers.leaky(branch, SLOPE), f"{name}.convs2.{m}")
        inner = layers.graph.add("Add", inner, branch)
    return inner

"""The second part of a voice: a normalising flow, run backwards.

Four coupling layers (Dinh, Krueger and Bengio 2015), each a WaveNet (van den Oord et al. 2016) that
is told who sings. Values are ``(1, channels, frames)``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from voiceshift.local.engine.voices.rvc.architecture import COUPLINGS, WAVENET_LAYERS

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.rvc.layers import Layers


def add_flow(layers: Layers, latent: str, condition: str) -> str:
    """Add the flow, from a latent to one that the decoder takes.

    Args:
        layers: What to add it to.
        latent: The text encoder's.
        condition: Who sings, ``(1, speaker_size, 1)``.
    """
    for number in reversed(COUPLINGS):
        latent = _uncoupled(layers, _flipped(layers, latent), condition, f"flow.flows.{number}")
    return latent


def _flipped(layers: Layers, latent: str) -> str:
    """Return the channels in the opposite order."""
    constant = layers.graph.constant
    last, beyond_first = constant([-1], "[-1]"), constant([-sys.maxsize], "beyond_first")
    return layers.graph.add("Slice", latent, last, beyond_first, constant([1], "[1]"), last)


def _uncoupled(layers: Layers, latent: str, condition: str, name: str) -> str:
    graph = layers.graph
    kept, coupled = graph.add_split("Split", latent, outputs=["", ""], axis=1)
    inner = _wavenet(layers, layers.conv(kept, f"{name}.pre"), condition, f"{name}.enc")
    uncoupled = graph.add("Sub", coupled, layers.conv(inner, f"{name}.post"))
    return graph.add("Concat", kept, uncoupled, axis=1)


def _wavenet(layers: Layers, inner: str, condition: str, name: str) -> str:
    graph = layers.graph
    conditions = graph.add_split(
        "Split",
        layers.conv(condition, f"{name}.cond_layer"),
        outputs=[""] * WAVENET_LAYERS,
        axis=1,
    )
    skipped = []
    for i, added in enumerate(conditions):
        both = graph.add("Add", layers.same_conv(inner, f"{name}.in_layers.{i}"), added)
        signal, gate = graph.add_split("Split", both, outputs=["", ""], axis=1)
        gated = graph.add("Mul", graph.add("Tanh", signal), graph.add("Sigmoid", gate))
        result = layers.conv(gated, f"{name}.res_skip_layers.{i}")
        if i < WAVENET_LAYERS - 1:
            residual, result = graph.add_split("Split", result, outputs=["", ""], axis=1)
            inner = graph.add("Add", inner, residual)
        skipped.append(result)
    return graph.add("Sum", *skipped)

"""A voice of RVC made into the file that ONNX Runtime runs; all of what sings.

Text encoder, flow and decoder are added one after the other, by the modules of these names.
Whatever is random is an input, so that the same inputs always give the same sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine.onnx_graph import Graph
from voiceshift.local.engine.voices.rvc.decoder import add_decoder, add_source
from voiceshift.local.engine.voices.rvc.flow import add_flow
from voiceshift.local.engine.voices.rvc.layers import Layers
from voiceshift.local.engine.voices.rvc.text_encoder import add_text_encoder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from voiceshift.local.engine.voices.rvc.model import Model


def write_network(model: Model, path: Path, metadata: Mapping[str, str]) -> None:
    """Write the network of a voice to ``path``.

    Its inputs, for T frames of 10 ms with U samples each:

    - ``phone`` ``(1, T, 256 or 768)``: the vectors of the content encoder, each twice
    - ``noise`` ``(1, latent, T)``: standard normal
    - ``part`` ``(2,)``: the first frame that sound is made of, and the one after the last
    - ``speaker`` ``(1,)``: row of the table of speakers, 64-bit integer
    - ``pitch`` ``(1, T)``: the pitch in steps from 1 to 255, 64-bit integer
    - ``pitchf`` ``(1, T)``: the pitch in hertz, 0 in unvoiced frames
    - ``phase`` ``(1, T)``: the source's phase at the beginning of each frame, in periods
    - ``breath`` ``(1, T, U)``: standard normal

    A voice without pitch has the first four only. The output is ``audio``, ``(1, 1, samples)``.

    Args:
        model: The voice.
        path: The file to write; its folder must exist.
        metadata: What the file is to say of itself.

    Raises:
        OSError: It cannot be written.
    """
    sizes = model.architecture
    graph = Graph("rvc")
    layers = Layers(graph, model.weights)
    frames, samples = "frames", sizes.samples_per_frame
    phone = graph.input("phone", np.float32, (1, frames, sizes.features))
    noise = graph.input("noise", np.float32, (1, sizes.latent, frames))
    speaker = graph.input("speaker", np.int64, (1,))
    part = graph.input("part", np.int64, (2,))
    row = graph.add("Gather", layers.weight("emb_g.weight"), speaker)
    condition = graph.add("Unsqueeze", row, graph.constant([2]))  # (1, speaker_size, 1)
    pitch = source = ""
    if sizes.has_pitch:
        pitch = graph.input("pitch", np.int64, (1, frames))
        pitchf = graph.input("pitchf", np.float32, (1, frames))
        phase = graph.input("phase", np.float32, (1, frames))
        breath = graph.input("breath", np.float32, (1, frames, samples))
        source = add_source(layers, sizes, pitchf, phase, breath)
    latent = add_text_encoder(layers, sizes, phone, pitch, noise)
    latent = add_flow(layers, latent, condition)
    add_decoder(layers, sizes, part, latent, source, condition)
    graph.output("audio", np.float32, (1, 1, "samples"))
    graph.save(path, metadata=metadata)

"""What is sung: songs that are always there, and voices of full size that nobody has trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile

from tests.support.rvc_voices import CONFIGS, random_contentvec, random_voice, save_torch_file
from voiceshift.local import demo
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.voices.rvc.contentvec import SIZES, read_contentvec, write_contentvec
from voiceshift.local.engine.voices.rvc.model import map_file
from voiceshift.local.engine.voices.rvc.saved_voice import add_voice
from voiceshift.local.engine.voices.rvc.voice import Voice

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from voiceshift.local.engine.onnx_sessions import Hardware
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.voices.rvc.contentvec import Sizes

VERSE = 8
"""Seconds of singing in each 24 of a song that is sung for a third."""


def add_arguments(parser: argparse.ArgumentParser, seconds: float) -> None:
    """Let the voice's kind be chosen, and how long the song is."""
    parser.add_argument("--kind", choices=CONFIGS, default="v2 40k", help="(%(default)s)")
    parser.add_argument("--seconds", type=float, default=seconds, help="of the song (%(default)g)")
    parser.add_argument("--third", action="store_true", help="only a third of it is sung")


def write_voice(path: Path, kind: str) -> None:
    """Write the ``.pth`` of a voice of a kind of :data:`CONFIGS`."""
    features = 256 if kind.startswith("v1") else 768
    save_torch_file(random_voice(CONFIGS[kind], features), path)


def write_encoder_weights(path: Path, sizes: Sizes = SIZES) -> None:
    """Write the ``pytorch_model.bin`` of a ContentVec."""
    save_torch_file(random_contentvec(sizes), path)


def content_encoder(folder: Path, sizes: Sizes = SIZES) -> Path:
    """Make a content encoder in a folder, as setting it up does."""
    weights, network = folder / "pytorch_model.bin", folder / "contentvec.onnx"
    write_encoder_weights(weights, sizes)
    write_contentvec(read_contentvec(map_file(weights), weights.name, sizes), network, sizes)
    return network


def voice(folder: Path, kind: str, hardware: Hardware, encoder: Sizes = SIZES) -> Voice:
    """Make a voice and its content encoder in a folder, as adding and setting up do."""
    write_voice(folder / "voice.pth", kind)
    add_voice(folder / "voice.onnx", folder / "voice.pth")
    return Voice.load(folder / "voice.onnx", content_encoder(folder, encoder), hardware)


def song(seconds: float, *, third: bool = False) -> Samples:
    """Return the singing of the demo song again and again, or a third of the time, in stereo."""
    samples = np.asarray(soundfile.read(demo.SONG, dtype="float32")[0])[: VERSE * SONG_RATE]
    pause = np.random.default_rng(0).normal(0, 0.003, (2 * len(samples), 2)).astype(np.float32)
    verse = np.concatenate([samples, pause]) if third else samples
    frames = round(seconds * SONG_RATE)
    return np.tile(verse, (-(-frames // len(verse)), 1))[:frames]

"""Whether the source of a voice sings the pitch that is asked for, in octaves and in keys.

A voice that nobody has trained sings nothing. But what it sings from is a sine, the excitation of
its decoder, at the pitch that it is told. Here that sine is the cover: of a song with a known
melody, made by the whole engine, window by window.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from attrs import frozen

from tests.benchmarks.cover_quality.covers import everything, written
from tests.benchmarks.cover_quality.listeners import as_voice, pitches_of
from tests.benchmarks.cover_quality.metrics import shares_in_key
from tests.benchmarks.cover_quality.mixes import as_song
from tests.benchmarks.cover_quality.singing import Singing, sing
from tests.benchmarks.rvc import material
from tests.support.rvc_voices import CONFIGS, SMALL_CONTENTVEC
from voiceshift.local import demo
from voiceshift.local.engine import Rendition
from voiceshift.local.engine.onnx_graph import Graph
from voiceshift.local.engine.onnx_sessions import Hardware, open_session
from voiceshift.local.engine.onnx_sessions import run as run_network
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.voices.rvc.conversion import Conversion
from voiceshift.local.engine.voices.rvc.decoder import add_source
from voiceshift.local.engine.voices.rvc.features import FRAMES_PER_SECOND
from voiceshift.local.engine.voices.rvc.layers import Layers
from voiceshift.local.engine.voices.rvc.mixing import heard_frames, placed
from voiceshift.local.engine.voices.rvc.model import map_file, read_model
from voiceshift.local.engine.voices.rvc.voice import Voice

if TYPE_CHECKING:
    import argparse

    from tests.benchmarks.cover_quality.metrics import Flags, Pitches
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features
    from voiceshift.local.engine.windows import AnalysedWindow

MOVES = ((0, 0), (-1, 0), (1, 0), (0, -3), (0, 4), (-1, 2))
"""Octaves by which the voice moves, and semitones by which the whole song does."""

IN_KEY, FOUND, APART = 0.98, 0.9, 5.0
"""Goals for steady notes: the share of the source within 50 cents of what is asked for, that of
what is sung which is found in it, and the median of how far both are apart, in cents."""

STEADY, STEADY_CENTS = 8, 20
"""A note is steady where it moves no more than so many cents in so many frames of 5 ms, about each.
A voice is told a pitch every 10 ms, so that its glides are stairs, as in RVC itself."""

RANGE = 1
"""Octaves above the speaker's own range that the song lies in, so that it can be moved down."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--kind", choices=CONFIGS, default="v2 40k", help="(%(default)s)")


def run(options: argparse.Namespace) -> bool:
    """Print for each move how much of the melody is where it ought to be."""
    speech = np.asarray(soundfile.read(demo.VOICES["tenor"], dtype="float32")[0])
    singing = sing(speech, RANGE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        voice = _voice(Path(name), options.kind)
        kept = [_is_kept(singing, voice, octaves, key) for octaves, key in MOVES]
    return all(kept)


def _is_kept(singing: Singing, voice: Voice, octaves: int, key: int) -> bool:
    """Make a cover, and print and judge its melody."""
    asked = np.where(_is_steady(singing.pitches), singing.pitches * 2 ** (octaves + key / 12), 0)
    found = np.resize(_pitches_of_cover(singing, voice, octaves, key), len(asked))
    in_key, share = shares_in_key(found, asked)
    both = (found > 0) & (asked > 0)
    apart = float(np.median(1200 * np.log2(found[both] / asked[both])))
    sys.stdout.write(
        f"{octaves:+d} octaves, {key:+d} semitones: {in_key:.1%} of the source within 50 cents of "
        f"what is asked for, in the median {apart:+.1f} cents away; {share:.1%} of it found\n"
    )
    return in_key >= IN_KEY and share >= FOUND and abs(apart) <= APART


def _is_steady(pitches: Pitches) -> Flags:
    """Tell in which frames a note is held."""
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(pitches, STEADY // 2, mode="edge"), STEADY + 1
    )
    lowest, highest = around.min(axis=1), around.max(axis=1)
    return np.asarray((lowest > 0) & (highest < lowest * 2 ** (STEADY_CENTS / 1200)))


def _pitches_of_cover(singing: Singing, voice: Voice, octaves: int, key: int) -> Pitches:
    engine, rendition = WorldEngine(everything), Rendition(format="flac", key=key)
    with written(as_song(singing.samples), SONG_RATE) as path:
        encoded = b"".join(engine.cover(path, voice, octaves, rendition=rendition))
    cover = np.asarray(soundfile.read(io.BytesIO(encoded), dtype="float32")[0])
    return pitches_of(as_voice(cover))


def _voice(folder: Path, kind: str) -> SourceVoice:
    """Make a voice of which only the source is heard; the content encoder may be small then."""
    voice = material.voice(folder, kind, Hardware("cpu"), SMALL_CONTENTVEC)
    _write_source(folder / "voice.pth", folder / "source.onnx")
    return SourceVoice(voice.saved, voice.content_encoder, voice.hardware, folder / "source.onnx")


def _write_source(voice: Path, network: Path) -> None:
    """Write a network that is nothing but the source of a voice."""
    model = read_model(map_file(voice), voice.name)
    graph = Graph("source")
    frames, samples = "frames", model.architecture.samples_per_frame
    pitchf = graph.input("pitchf", np.float32, (1, frames))
    phase = graph.input("phase", np.float32, (1, frames))
    breath = graph.input("breath", np.float32, (1, frames, samples))
    layers = Layers(graph, model.weights)
    source = add_source(layers, model.architecture, pitchf, phase, breath)
    graph.add("Identity", source, output="source")
    graph.output("source", np.float32, (1, 1, "samples"))
    graph.save(network)


@frozen(eq=False)
class SourceVoice(Voice):
    """A voice whose source is heard in place of itself.

    Attributes:
        source: The source's network.
    """

    source: Path

    def learn_conversion(self, singing: Features) -> SourceConversion:
        """Return what sings so."""
        voice = super().learn_conversion(singing)
        return SourceConversion(voice.voice, voice.content_encoder, voice.hardware, self.source)


@frozen(eq=False)
class SourceConversion(Conversion):
    """What sings a song by the source alone."""

    source: Path

    def sing(self, window: AnalysedWindow, pitch: float) -> Samples:
        """Return what excites the voice, in its place."""
        inputs = self.inputs(window, pitch)
        of_source = {name: inputs[name] for name in ("pitchf", "phase", "breath")}
        session = open_session(self.source, self.hardware, "no source")
        sound = run_network(session, "source", of_source)[0, 0]
        heard, rate = heard_frames(window), self.voice.sample_rate
        start, stop = (frame * rate // FRAMES_PER_SECOND for frame in (heard.start, heard.stop))
        return placed(sound[start:stop], rate, heard, window)

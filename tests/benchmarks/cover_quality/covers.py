"""Covers and separated vocals as samples, made by the engine as the service would make them."""

from __future__ import annotations

import io
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import numpy as np
import soundfile

from voiceshift.local.engine.ordered_map import SequentialExecutor
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples
from voiceshift.local.engine.voices.knn.voice import Voice
from voiceshift.local.engine.windows import overlap_join, split
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.cover_quality.material import Speaker
    from voiceshift.local.engine.octaves import Pitch
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices import Voice as AnyVoice

LEARNED_SECONDS = 60.0
"""How much of a speaker a voice is learned from."""


def everything(song: Samples, rate: int) -> Samples:  # a Separator is given the rate
    """Take the whole song for vocals: the separator of a song without accompaniment."""
    return song


@cache
def voice_of(speaker: Speaker) -> Voice:
    """Learn the voice of a speaker from the first minute of speech.

    Raises:
        Unavailable: The speaker is not installed.
    """
    with written(speaker.speech(0, LEARNED_SECONDS), VOICE_RATE) as path:
        return Voice.from_recordings(speaker.name, [path])


def cover(
    song: Samples, voice: AnyVoice, pitch: Pitch = 0, separate: Separator | None = None
) -> Samples:
    """Return the cover of a stereo song at 44.1 kHz, as long as it."""
    engine = WorldEngine(separate or load_separator())
    with written(song, SONG_RATE) as path:
        # As many windows are learned from as where there is an executor.
        encoded = b"".join(engine.cover(path, voice, pitch, SequentialExecutor()))
    samples, rate = soundfile.read(io.BytesIO(encoded), dtype="float32", always_2d=True)
    assert (rate, samples.shape) == (SONG_RATE, song.shape)
    return np.asarray(samples)


def vocals_in(song: Samples, separator: str | None = None) -> Samples:
    """Return the vocals of a stereo song, separated window by window as in a cover."""
    separate = load_separator(separator)
    windows = (
        attrs.evolve(window, samples=separate(window.samples, SONG_RATE))
        for window in split([song])
    )
    return np.concatenate(list(overlap_join(windows)))


@contextmanager
def written(samples: Samples, rate: int) -> Iterator[Path]:
    """A WAV file of ``samples``, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound.wav")
        soundfile.write(path, samples, rate, subtype="FLOAT")
        yield path

"""Singing over a backing, as loud as it: mixes whose parts are known."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from tests.benchmarks.cover_quality.singing import Singing, sing
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.material import Backing, Speaker
    from tests.benchmarks.cover_quality.metrics import Pitches

SINGING_START = 70.0
"""Second of a speaker's recordings from which singing is made; the first ones teach the voice."""

MUSIC_START = 20.0
"""Second of a backing from which on all instruments play."""

PEAK = 0.9


@frozen(eq=False)
class Mix:
    """A song whose parts are known; stereo at 44.1 kHz.

    Attributes:
        name: Who sings over what.
        vocals: The singing alone.
        backing: The music alone.
        pitches: The true pitches of the singing, every 5 ms.
    """

    name: str
    vocals: Samples
    backing: Samples
    pitches: Pitches

    @property
    def song(self) -> Samples:
        """What is heard."""
        return self.vocals + self.backing


@cache
def sung_by(speaker: Speaker, seconds: float, octaves: int = 0) -> Singing:
    """Let a speaker sing alone, ``octaves`` above the own range.

    Raises:
        Unavailable: The speaker is not installed.
    """
    return sing(speaker.speech(SINGING_START, seconds), octaves)


def mix_of(speaker: Speaker, backing: Backing, seconds: float) -> Mix:
    """Let a speaker sing over a backing.

    Raises:
        Unavailable: One of the two is not installed.
    """
    singing = sung_by(speaker, seconds)
    vocals, music = mix(as_song(singing.samples), backing.music(MUSIC_START, seconds))
    return Mix(f"{speaker.name}, {backing.name}", vocals, music, singing.pitches)


def mix(vocals: Samples, music: Samples) -> tuple[Samples, Samples]:
    """Return both equally loud (0 dB), turned down where their sum would clip."""
    loudness = float(np.sqrt(np.mean(music**2) / np.mean(vocals**2)))
    vocals = vocals * np.float32(loudness)
    gain = np.float32(min(1.0, PEAK / float(np.abs(vocals + music).max())))
    return gain * vocals, gain * music


def as_song(voice: Samples) -> Samples:
    """Return a voice (mono, 16 kHz) as a song without accompaniment: stereo at 44.1 kHz."""
    frames = round(len(voice) / VOICE_RATE * SONG_RATE)
    return np.repeat(resample(voice, VOICE_RATE, SONG_RATE, frames)[:, None], 2, axis=1)

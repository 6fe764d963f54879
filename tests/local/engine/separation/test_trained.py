"""With the weights that ``voiceshift setup`` fetches, a voice is told from its accompaniment."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
import soxr  # type: ignore[import-untyped]

from tests.support.tools import needs_tool
from voiceshift.local import demo
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.separation.spleeter import Spleeter
from voiceshift.local.install.network_file import network_path

NETWORK = network_path()  # of the developer: the tests have a home of their own

pytestmark = needs_tool("the network of `voiceshift setup`", NETWORK.exists())

SECONDS = 10


@pytest.fixture(scope="module")
def voice() -> Samples:
    """Somebody speaks, in the middle."""
    samples, rate = soundfile.read(demo.VOICES["tenor"], dtype="float32")
    samples = soxr.resample(samples, rate, SONG_RATE)[: SECONDS * SONG_RATE]
    return np.asarray(np.repeat(samples[:, None], 2, axis=1) * 0.1 / samples.std(), np.float32)


@pytest.fixture(scope="module")
def strings() -> Samples:
    """Plucked chords of three notes, each to one side."""
    generator = np.random.default_rng(0)
    sound = np.zeros((SECONDS * SONG_RATE, 2))
    time = np.arange(SONG_RATE) / SONG_RATE
    for beat in range(2 * SECONDS - 1):
        for note, side in ((0, 0.3), (4, 0.5), (7, 0.7)):
            f0 = 130.8 * 2 ** ((note + generator.integers(0, 3) * 5) / 12)
            parts = [
                np.sin(2 * np.pi * f0 * k * time) / k * np.exp(-k * time) for k in range(1, 12)
            ]
            start = beat * SONG_RATE // 2
            pluck = np.sum(parts, axis=0)[: len(sound) - start]
            sound[start : start + len(pluck)] += pluck[:, None] * [side, 1 - side]
    return np.asarray(0.1 * sound / sound.std(), np.float32)


def decibels(sound: Samples, reference: Samples) -> float:
    """How loud ``sound`` is against ``reference``."""
    return float(20 * np.log10(np.sqrt((sound**2).mean() / (reference**2).mean())))


def test_voice_is_found_in_the_mix(voice: Samples, strings: Samples) -> None:
    """What is wrong in it is 8 dB softer than the voice."""
    vocals = Spleeter(NETWORK)(voice + strings, SONG_RATE)
    assert decibels(vocals - voice, voice) < -8


def test_there_are_no_vocals_without_a_voice(strings: Samples) -> None:
    """Music alone leaves next to nothing."""
    assert decibels(Spleeter(NETWORK)(strings, SONG_RATE), strings) < -25

"""A voice, a song and a melody for the tests of the engine."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local import demo
from voiceshift.local.engine.reader import VOICE_RATE, Samples
from voiceshift.local.engine.voice import Voice


@pytest.fixture(scope="session")
def baritone() -> Voice:
    """A demo voice, learned as a user's would be."""
    return Voice.from_recordings("baritone", [demo.VOICES["baritone"]])


@pytest.fixture(scope="session")
def vowel() -> Samples:
    """Two seconds of a buzz at 220 Hz, mono at 16 kHz: as plain as a voice can be."""
    times = np.arange(2 * VOICE_RATE) / VOICE_RATE
    harmonics = [np.sin(2 * np.pi * 220 * k * times) / k for k in range(1, 20)]
    return np.asarray(0.1 * np.sum(harmonics, axis=0), np.float32)

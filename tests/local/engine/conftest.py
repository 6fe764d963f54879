"""A voice, a song and a melody for the tests of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.homes import move_to
from voiceshift.local import Voice
from voiceshift.local.library.voices import VoiceLibrary

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples


@pytest.fixture(scope="session")
def baritone(home: Path) -> Voice:
    """A demo voice, as a user has it: learned once in a run."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        move_to(home, monkeypatch)
        voice = VoiceLibrary().get("baritone")
    assert isinstance(voice, Voice)
    return voice


@pytest.fixture(scope="session")
def vowel() -> Samples:
    """Two seconds of a buzz at 220 Hz, mono at 16 kHz: as plain as a voice can be."""
    import numpy as np

    from voiceshift.local.engine.samples import VOICE_RATE

    times = np.arange(2 * VOICE_RATE) / VOICE_RATE
    harmonics = [np.sin(2 * np.pi * 220 * k * times) / k for k in range(1, 20)]
    return np.asarray(0.1 * np.sum(harmonics, axis=0), np.float32)

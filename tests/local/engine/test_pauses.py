"""Long silences are dropped from recordings, short ones are part of speech."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.pauses import drop_pauses
from voiceshift.local.engine.samples import VOICE_RATE


def test_long_pauses_are_dropped_and_short_ones_kept() -> None:
    """Pauses of speech belong to it; waiting for the next sentence does not."""
    sound = np.full(VOICE_RATE, 0.1, np.float32)
    short, long = np.zeros(VOICE_RATE // 5, np.float32), np.zeros(VOICE_RATE, np.float32)
    kept = drop_pauses(np.concatenate([sound, short, sound, long, sound]))
    assert len(kept) == 3 * len(sound) + len(short)


def test_background_noise_is_silence_too() -> None:
    """What counts is the level against the voice."""
    noise = np.random.default_rng(0).normal(0, 1e-4, VOICE_RATE).astype(np.float32)
    sound = np.full(VOICE_RATE, 0.1, np.float32)
    assert len(drop_pauses(np.concatenate([sound, noise]))) == len(sound)


@pytest.mark.parametrize("length", [0, 1, VOICE_RATE])
def test_silence_alone_leaves_nothing(length: int) -> None:
    """Of any length."""
    assert len(drop_pauses(np.zeros(length, np.float32))) == 0

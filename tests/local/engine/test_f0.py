"""The fundamental frequency is found where there is a voice, and only there."""

from __future__ import annotations

import numpy as np

from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.samples import VOICE_RATE, Samples

TIMES = np.arange(0, 2, 0.005)


def cents(f0: np.ndarray, reference: float) -> np.ndarray:
    """Return how far ``f0`` is from ``reference``, in cents."""
    return np.asarray(1200 * np.log2(f0 / reference))


def test_a_voice_is_found_in_tune(vowel: Samples) -> None:
    """A buzz at 220 Hz is within a quarter of a semitone."""
    f0 = estimate_f0(vowel, TIMES)[20:-20]
    assert (f0 > 0).all()
    assert np.abs(cents(f0, 220)).max() < 25


def test_silence_has_no_pitch() -> None:
    """Digital silence is unvoiced throughout."""
    assert not estimate_f0(np.zeros(2 * VOICE_RATE, np.float32), TIMES).any()


def test_noise_has_hardly_any_pitch() -> None:
    """Noise is taken for a voice in few frames."""
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * VOICE_RATE).astype(np.float32)
    assert (estimate_f0(noise, TIMES) > 0).mean() < 0.1


def test_a_pause_is_unvoiced(vowel: Samples) -> None:
    """Pitch is not carried over a pause between two sounds."""
    broken = vowel.copy()
    broken[VOICE_RATE // 2 : VOICE_RATE] = 0
    f0 = estimate_f0(broken, TIMES)
    assert not f0[(TIMES > 0.6) & (TIMES < 0.9)].any()
    assert (f0[(TIMES > 1.1) & (TIMES < 1.9)] > 0).all()

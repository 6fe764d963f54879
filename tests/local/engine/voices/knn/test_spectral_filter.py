"""A filter that changes from moment to moment changes what it is to change, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.properties import given, settings, st
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Frames
from voiceshift.local.engine.voices.knn.spectral_filter import apply_gains

BINS = 513


def level(samples: Samples) -> float:
    """Return the root mean square, away from both ends."""
    margin = SONG_RATE // 20
    return float(np.sqrt(np.mean(np.square(samples[margin:-margin], dtype=float))))


def tone(frequency: float) -> Samples:
    """A second of a stereo tone, louder on the left."""
    times = np.arange(SONG_RATE) / SONG_RATE
    wave = np.sin(2 * np.pi * frequency * times)
    return np.stack([0.4 * wave, 0.1 * wave], axis=1).astype(np.float32)


def steady(moments: int = FRAMES_PER_SECOND) -> Frames:
    """Gains of one, everywhere."""
    return np.ones((moments, BINS))


@given(frames=st.integers(1, 6000), moments=st.integers(1, 40), seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_gains_of_one_change_nothing(frames: int, moments: int, seed: int) -> None:
    """However long the sound is, and however few gains there are for it."""
    samples = np.random.default_rng(seed).normal(0, 0.1, (frames, 2)).astype(np.float32)
    assert np.abs(apply_gains(samples, steady(moments), gain_above=1.0) - samples).max() < 1e-5


@pytest.mark.parametrize(("frequency", "gain"), [(500, 0.5), (2000, 1.0), (6000, 3.0)])
def test_each_frequency_has_its_gain(frequency: float, gain: float) -> None:
    """A tone becomes as loud as the gain at its frequency says, on both channels."""
    gains = steady()
    gains *= np.interp(np.linspace(0, VOICE_RATE / 2, BINS), [500, 2000, 6000], [0.5, 1.0, 3.0])
    sound = tone(frequency)
    changed = apply_gains(sound, gains, 1.0)
    for channel in (0, 1):
        expected = gain * level(sound[:, channel])
        assert level(changed[:, channel]) == pytest.approx(expected, rel=0.02)


def test_what_is_above_8_khz_has_a_gain_of_its_own() -> None:
    """The gains do not reach there."""
    sound = tone(10_000)
    assert level(apply_gains(sound, 5 * steady(), 0.7)) == pytest.approx(
        0.7 * level(sound), rel=0.02
    )


def test_gains_change_where_they_are_said_to() -> None:
    """The first half as it was, the second a tenth, and a spectrum's length in which it changes."""
    gains = steady()
    gains[FRAMES_PER_SECOND // 2 :] = 0.1
    sound = tone(1000)
    changed = apply_gains(sound, gains, 1.0)
    near, middle = SONG_RATE // 40, SONG_RATE // 2
    assert np.allclose(changed[: middle - near], sound[: middle - near], atol=0.01)
    assert np.allclose(changed[middle + near :], 0.1 * sound[middle + near :], atol=0.01)


def test_voiced_and_unvoiced_sound_stay_as_loud_each() -> None:
    """Whatever the gains are for both, and in both channels together."""
    gains, voicing = 0.5 * steady(), np.zeros(FRAMES_PER_SECOND)
    middle = FRAMES_PER_SECOND // 2
    gains[middle:], voicing[middle:] = 2.0, 1.0
    sound = tone(1000) * np.array([1, -4], np.float32)
    changed = apply_gains(sound, gains, 0.7, voicing)
    for part in (slice(0, SONG_RATE // 2 - 1000), slice(SONG_RATE // 2 + 1000, None)):
        assert level(changed[part]) == pytest.approx(level(sound[part]), rel=0.1)


def test_without_a_voiced_moment_nothing_is_divided_by_zero() -> None:
    """Nor in silence."""
    for sound in (tone(1000), np.zeros((SONG_RATE, 2), np.float32)):
        changed = apply_gains(sound, 3 * steady(), 0.7, np.zeros(FRAMES_PER_SECOND))
        assert level(changed) == pytest.approx(level(sound), rel=0.02)

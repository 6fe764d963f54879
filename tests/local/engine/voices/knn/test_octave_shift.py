"""Singing is moved by octaves, and nothing else of it changes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample, to_mono
from voiceshift.local.engine.vocoder import COEFFICIENTS, FRAMES_PER_SECOND, Features
from voiceshift.local.engine.voices.knn.octave_shift import shift_octaves
from voiceshift.local.engine.windows import GUARD, HOP, OVERLAP, AnalysedWindow, Window, split

PITCH = 220.0
WIDTH = np.array([1.0, 0.5], np.float32)
"""The singer is more to the left."""


def tone(f0: float, seconds: float) -> Samples:
    """A voice that holds a note, in stereo: the harmonics of ``f0`` below 10 kHz."""
    phase = 2 * np.pi * f0 * np.arange(round(seconds * SONG_RATE)) / SONG_RATE
    harmonics = range(1, int(10_000 / f0))
    mono = sum(np.cos(number * phase) / number for number in harmonics)
    return np.asarray(0.1 * mono, np.float32)[:, None] * WIDTH


def analysed(window: Window, f0: float) -> AnalysedWindow:
    """A window of nothing but a voice, whose F0 is known."""
    low = resample(to_mono(window.samples), SONG_RATE, VOICE_RATE)
    frames = len(low) * FRAMES_PER_SECOND // VOICE_RATE + 1
    features = Features(
        np.full(frames, f0), np.zeros((frames, COEFFICIENTS)), np.zeros((frames, 1))
    )
    return AnalysedWindow(window, window.samples, low, features)


def shifted(window: Window, f0: float, octaves: int) -> Samples:
    """The tone of a window in another octave."""
    vocals = analysed(window, f0)
    return shift_octaves(vocals, vocals.features.f0, octaves)


def levels(samples: Samples, frequencies: list[float]) -> npt.NDArray[np.float64]:
    """How loud each frequency is in a second of mono sound, in decibels."""
    second = samples[SONG_RATE // 2 :][:SONG_RATE]
    times = np.arange(len(second)) / SONG_RATE
    amplitudes = [abs(second @ np.exp(-2j * np.pi * each * times)) for each in frequencies]
    return np.asarray(20 * np.log10(np.array(amplitudes) / len(second) + 1e-9))


@pytest.fixture(scope="module")
def held() -> Window:
    """Two seconds of a held note."""
    return Window(tone(PITCH, 2), is_last=True)


def test_an_octave_higher_every_second_harmonic_is_missing(held: Window) -> None:
    """The others are as they were."""
    before, after = to_mono(held.samples), to_mono(shifted(held, PITCH, 1))
    odd, even = [PITCH, 3 * PITCH, 11 * PITCH], [2 * PITCH, 4 * PITCH, 10 * PITCH]
    assert (levels(after, odd) < levels(before, odd) - 40).all()
    assert np.allclose(levels(after, even), levels(before, even), atol=1)


@pytest.mark.parametrize("octaves", [-1, -2])
def test_lower_the_new_harmonics_are_as_loud_as_the_old(held: Window, octaves: int) -> None:
    """And a little louder, so that none of them is heard as a note above."""
    after = to_mono(shifted(held, PITCH, octaves))
    lowest = PITCH * 2.0**octaves
    new, old = levels(after, [9 * lowest]), levels(after, [8 * lowest])
    assert 0 < float(new[0] - old[0]) < 6


def test_the_stereo_picture_and_the_highest_sounds_stay(held: Window) -> None:
    """Nothing is taken apart, and nothing moves above 8 kHz."""
    after = shifted(held, PITCH, -1)
    left, right = after.T
    assert np.allclose(right, 0.5 * left, atol=1e-4)
    high = [38 * PITCH, 40 * PITCH]
    assert np.allclose(levels(left, high), levels(held.samples[:, 0], high), atol=0.5)


@pytest.mark.parametrize("octaves", [-1, pytest.param(-2, marks=pytest.mark.slow)])
def test_two_windows_leave_out_the_same_pulses(octaves: int) -> None:
    """Though an odd number of them lies between: in a crossfade nothing cancels."""
    f0 = 1767 / (HOP / SONG_RATE)
    windows = list(split([tone(f0, (2 * HOP + OVERLAP) / SONG_RATE)]))
    for first, second in pairwise(shifted(window, f0, octaves) for window in windows):
        place = slice(GUARD, OVERLAP - GUARD)
        before, after = first[HOP:][place], second[place]
        assert np.abs(before - after).max() < 0.1 * np.abs(after).max()

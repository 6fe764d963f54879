"""Accompaniment in another key."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.transposition import transposed

TIMES = np.arange(2 * SONG_RATE) / SONG_RATE
TONE = np.tile(0.3 * np.sin(2 * np.pi * 440 * TIMES), (2, 1)).T.astype(np.float32)
"""Two seconds of a tone, stereo."""


def test_no_semitones_change_nothing() -> None:
    """Not one sample."""
    assert transposed(TONE, 0) is TONE


@pytest.mark.parametrize("semitones", [-12, -3, 4, 12])
def test_the_key_moves_and_the_tempo_stays(semitones: int) -> None:
    """As long as before, and each tone where it belongs."""
    moved = transposed(TONE, semitones)
    assert moved.shape == TONE.shape
    assert moved.dtype == np.float32
    middle = moved[SONG_RATE // 2 : -SONG_RATE // 2, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 8 * len(middle)))
    frequency = spectrum.argmax() * SONG_RATE / (8 * len(middle))
    assert frequency == pytest.approx(440 * 2 ** (semitones / 12), rel=0.01)


def test_the_same_song_gives_the_same_samples() -> None:
    """Nothing is left to chance."""
    assert np.array_equal(transposed(TONE, 5), transposed(TONE, 5))


def test_an_attack_stays_in_its_place() -> None:
    """To some milliseconds: what is struck is struck in time."""
    quiet = TONE.copy()
    quiet[:SONG_RATE] = 0
    loud = np.abs(transposed(quiet, 3)[:, 0]) > 0.1
    assert abs(int(loud.argmax()) - SONG_RATE) < 0.05 * SONG_RATE

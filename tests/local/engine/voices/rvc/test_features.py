"""What a voice is told: pitch, phase and noise, the same wherever a window begins."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.voices.rvc.features import (
    breath,
    high_pass,
    noise,
    phases,
    pitch_steps,
)


def test_pitch_steps() -> None:
    """Even steps on the mel scale from 50 to 1100 Hz; what is beyond is at the ends."""
    steps = pitch_steps(np.array([0.0, 20.0, 50.0, 220.0, 440.0, 1100.0, 5000.0]))
    assert steps.tolist() == [1, 1, 1, 60, 122, 255, 255]


def test_phase_goes_on_through_a_voice() -> None:
    """It is the sum of the periods before, whatever the pitch does."""
    f0 = np.array([0.0, 110.0, 150.0, 220.0, 220.0])
    np.testing.assert_allclose(phases(f0), [0, 0, 0.1, 0.6, 0.8], atol=1e-9)


def test_phase_begins_anew_after_a_pause() -> None:
    """So that windows which begin elsewhere agree on it."""
    f0 = np.array([130.0, 170.0, 0.0, 0.0, 210.0, 130.0, 130.0])
    np.testing.assert_allclose(phases(f0)[4:], [0, 0.1, 0.4], atol=1e-9)
    np.testing.assert_allclose(phases(f0[2:])[2:], phases(f0)[4:], atol=1e-9)


def test_phase_does_not_drift() -> None:
    """A note held for ten minutes is in phase at its end."""
    f0 = np.full(60_000, 220.005)
    assert phases(f0)[-1] == pytest.approx((59_999 * 2.20005) % 1, abs=1e-6)


@pytest.mark.parametrize("draw", [noise, breath])
def test_noise_is_of_the_place_in_the_song(draw: object) -> None:
    """Two windows that overlap have the same there, and each place has its own."""
    assert callable(draw)
    first, second = draw(0, 1033, 7), draw(883, 500, 7)
    np.testing.assert_array_equal(first[883:], second[:150])
    assert first.shape == (1033, 7)
    assert first.mean() == pytest.approx(0, abs=0.05)
    assert first.std() == pytest.approx(1, abs=0.05)
    assert np.unique(first).size > 7000


def test_noise_of_latent_and_source_differ() -> None:
    """One is not the other."""
    assert not np.array_equal(noise(5, 10, 8), breath(5, 10, 8))


def test_rumble_is_filtered_away() -> None:
    """Below the voice nothing is left, and what is in it stays, without a delay."""
    times = np.arange(16_000) / 16_000
    rumble, tone = np.sin(2 * np.pi * 20 * times), np.sin(2 * np.pi * 220 * times)
    filtered = high_pass((rumble + tone).astype(np.float32), 16_000)
    np.testing.assert_allclose(filtered, tone, atol=1e-3)

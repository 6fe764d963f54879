"""Peaks are turned down; nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.properties import given, settings, st
from voiceshift.local.engine.limiter import CEILING, limit


@given(frames=st.integers(1, 3000), gain=st.floats(0, 8), seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_no_sample_exceeds_the_ceiling(frames: int, gain: float, seed: int) -> None:
    """Whatever goes in, what comes out does not clip."""
    samples = np.random.default_rng(seed).normal(0, gain, (frames, 2)).astype(np.float32)
    limited = limit(samples)
    assert limited.shape == samples.shape
    assert np.abs(limited).max() <= CEILING * (1 + 1e-6)


def test_what_does_not_clip_is_left_alone() -> None:
    """Sound below the ceiling comes out bit by bit."""
    samples = np.random.default_rng(1).uniform(-0.9, 0.9, (5000, 2)).astype(np.float32)
    assert np.array_equal(limit(samples), samples)


def test_a_peak_only_turns_down_what_is_near() -> None:
    """30 ms away from a peak nothing has changed."""
    samples = np.full((44_100, 2), 0.5, np.float32)
    samples[20_000] = 4
    limited = limit(samples)
    far = np.abs(np.arange(44_100) - 20_000) > 0.030 * 44_100
    assert np.array_equal(limited[far], samples[far])


def test_both_channels_are_turned_down_together() -> None:
    """The stereo picture does not move with a peak."""
    samples = np.full((1000, 2), 0.5, np.float32)
    samples[500, 0] = 4
    limited = limit(samples)
    assert limited[499, 0] == pytest.approx(limited[499, 1])

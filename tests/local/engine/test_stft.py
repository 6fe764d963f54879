"""Samples to spectra and back."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine import stft


def noise(frames: int) -> np.ndarray:
    """Stereo noise."""
    return np.random.default_rng(0).normal(0, 0.1, (frames, 2)).astype(np.float32)


@pytest.mark.parametrize("length", [256, 1024, 4096])
@pytest.mark.parametrize("frames", [1, 1023, 1024, 4096, 50_000])
def test_there_and_back_changes_nothing(frames: int, length: int) -> None:
    """However long it and its spectra are, to its first and last sample."""
    samples = noise(frames)
    spectra = stft.analyse(samples, 64, length)
    assert spectra.dtype == np.complex64
    assert spectra.shape[2] == length // 2 + 1
    assert spectra.shape[1] % 64 == 0
    back = stft.synthesise(spectra, frames)
    assert back.dtype == np.float32
    assert np.abs(back - samples).max() < 1e-6


def test_a_tone_is_at_its_frequency() -> None:
    """On its own channel only."""
    samples = np.zeros((20_000, 2), np.float32)
    samples[:, 1] = np.sin(2 * np.pi * 100 / 4096 * np.arange(20_000))
    middle = np.abs(stft.analyse(samples))[:, 10]
    assert not middle[0].any()
    assert middle[1].argmax() == 100
    assert middle[1].max() == pytest.approx(4096 / 4, rel=0.01)  # half the sum of the window


@pytest.mark.parametrize("length", [1024, 4096])
def test_a_click_is_at_its_time(length: int) -> None:
    """The spectra that hold it are those whose middles are near."""
    samples = np.zeros((20_000, 1), np.float32)
    samples[8_000] = 1
    power = np.abs(stft.analyse(samples, length=length)[0]).sum(axis=1)
    loudest = stft.times(len(power), 10_000, length)[power.argmax()]
    assert loudest == pytest.approx(0.8, abs=length / 4 / 10_000)
    assert stft.frequencies(10_000, length)[-1] == 5_000


def test_fast_lengths_are_not_much_longer() -> None:
    """They are even, and have small prime factors only."""
    for length in [*range(1, 400), 165_326, 455_680]:
        fast = stft.fast_length(length)
        assert length <= fast <= max(4, 1.25 * length)
        assert fast % 2 == 0
        assert 2**20 * 15**2 % fast == 0

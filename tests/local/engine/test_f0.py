"""The fundamental frequency is found where there is a voice, and only there."""

from __future__ import annotations

import numpy as np
import pytest

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


# ---- levels


@pytest.mark.parametrize("decibels", [20, -30, -60])
def test_the_level_does_not_matter(vowel: Samples, decibels: float) -> None:
    """A broken buzz that fades by 40 dB is voiced, and in tune, in the same frames."""
    broken = np.asarray(vowel * np.geomspace(1, 0.01, len(vowel)), np.float32)
    broken[VOICE_RATE // 2 : VOICE_RATE] = 0
    changed = broken * np.float32(10 ** (decibels / 20))
    assert np.allclose(estimate_f0(changed, TIMES), estimate_f0(broken, TIMES), rtol=1e-3)


@pytest.mark.parametrize("decibels", [-70, -100])
def test_noise_floors_have_no_pitch(decibels: float) -> None:
    """Neither white nor pink noise, and not the rounding to 16 bits, becomes a voice."""
    white = np.random.default_rng(0).standard_normal(2 * VOICE_RATE)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 10), len(white))
    for noise in (white, pink):
        floor = noise / noise.std() * 10 ** (decibels / 20)
        for samples in (floor, np.round(floor * 32768) / 32768):
            assert (estimate_f0(samples.astype(np.float32), TIMES) > 0).mean() < 0.02


def test_what_is_far_below_the_song_is_no_voice(vowel: Samples) -> None:
    """A trace of a melody, such as separation leaves of a guitar: 60 dB below the song."""
    assert not estimate_f0(1e-3 * vowel, TIMES, level=0.15).any()
    assert (estimate_f0(0.1 * vowel, TIMES, level=0.15) > 0).mean() > 0.9


# ---- high notes


def soprano(f0: float, breath: float = 0.03) -> Samples:
    """A note with vibrato and some breath; each harmonic 12 dB softer than the one below."""
    times = np.arange(2 * VOICE_RATE) / VOICE_RATE
    phase = 2 * np.pi * f0 * times + 0.02 * f0 / 5.5 * np.sin(2 * np.pi * 5.5 * times)
    harmonics = (np.sin(k * phase) / k**2 for k in range(1, int(7500 / f0) + 1))
    noise = np.random.default_rng(0).normal(0, breath, len(times))
    return np.asarray(0.1 * (np.sum(list(harmonics), axis=0) + noise), np.float32)


@pytest.mark.parametrize("f0", [900, 1000, 1100, 1400, 1750, 2000])
def test_high_notes_are_found(f0: float) -> None:
    """Up to 2 kHz, whole and in tune, vibrato included."""
    found = estimate_f0(soprano(f0), TIMES)[20:-20]
    assert (found > 0).all()
    assert np.abs(cents(found, f0)).max() < 80


def test_whispers_have_no_high_pitch() -> None:
    """Noise through the formants of a vowel, which the network half takes for a whistle."""
    noise = np.fft.rfft(np.random.default_rng(2).standard_normal(2 * VOICE_RATE))
    frequencies = np.fft.rfftfreq(2 * VOICE_RATE, 1 / VOICE_RATE)
    vowel = sum(
        1 / (1 + ((frequencies - formant) / width) ** 2)
        for formant, width in ((600, 120), (1500, 200), (2700, 300), (5000, 1500))
    )
    whisper = np.fft.irfft(noise * vowel)
    whisper = (0.1 * whisper / whisper.std()).astype(np.float32)
    assert (estimate_f0(whisper, TIMES) > 0).mean() < 0.02

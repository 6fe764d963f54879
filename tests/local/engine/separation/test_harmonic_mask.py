"""The fallback: the harmonics of a melody in the middle are taken for vocals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics

RATE = 44_100
SECONDS = 3


def buzz(f0: float, vibrato: float = 0.0) -> np.ndarray:
    """All harmonics of a tone up to 5 kHz, mono."""
    time = np.arange(SECONDS * RATE) / RATE
    phase = 2 * np.pi * f0 * time + vibrato * np.sin(2 * np.pi * 5 * time)
    parts = [np.sin(k * phase) / k for k in range(1, int(5000 / f0))]
    return np.asarray(0.1 * np.sum(parts, axis=0))


def stereo(sound: np.ndarray, left: float, right: float) -> np.ndarray:
    """Put ``sound`` somewhere between the channels."""
    return (sound[:, None] * [left, right]).astype(np.float32)


def error(found: np.ndarray, true: np.ndarray) -> float:
    """Power of what is wrong, in dB of what is right."""
    return float(10 * np.log10(((found - true) ** 2).sum() / (true**2).sum()))


VOICE = stereo(buzz(220, vibrato=0.5), 1, 1)
NOISE = np.random.default_rng(0).normal(0, 0.05, VOICE.shape).astype(np.float32)


def test_voice_is_kept() -> None:
    """A voice alone, with vibrato, is nearly all there."""
    assert error(separate_harmonics(VOICE, RATE), VOICE) < -15


def test_voice_with_one_channel_inverted_is_kept() -> None:
    """And stays as it is."""
    inverted = stereo(buzz(220, vibrato=0.5), 1, -1)
    assert error(separate_harmonics(inverted, RATE), inverted) < -15


def test_noise_is_taken_away() -> None:
    """Of noise on both channels little is left between the harmonics."""
    mix = VOICE + NOISE
    assert error(separate_harmonics(mix, RATE), VOICE) < error(mix, VOICE) - 5


def test_sound_at_the_side_is_taken_away() -> None:
    """A lute on one side is no vocals, even where the voice is heard."""
    lute = stereo(buzz(311), 0.5, 0)
    mix = VOICE + lute
    assert error(separate_harmonics(mix, RATE), VOICE) < error(mix, VOICE) - 4


def test_without_a_pitch_there_are_no_vocals() -> None:
    """Noise in the middle is none."""
    middle = stereo(NOISE[:, 0], 1, 1)
    assert (separate_harmonics(middle, RATE) ** 2).mean() < 0.03 * (middle**2).mean()


@pytest.mark.parametrize("frames", [0, 1, 1023, 1024, 5000])
def test_any_length_is_kept(frames: int) -> None:
    """However short a window is."""
    vocals = separate_harmonics(VOICE[:frames], RATE)
    assert vocals.shape == (frames, 2)
    assert vocals.dtype == np.float32
    assert np.isfinite(vocals).all()


def test_it_can_be_sent_to_other_processes() -> None:
    """As functions of a module can."""
    assert pickle.loads(pickle.dumps(separate_harmonics)) is separate_harmonics

"""Recordings are read without their silence; what makes no voice is refused with advice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voiceshift.errors import CoverError
from voiceshift.local import demo
from voiceshift.local.engine.samples import VOICE_RATE, Samples
from voiceshift.local.engine.voices.knn.recordings import drop_silence, read_recording

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Twelve seconds of a demo voice, its peak at full scale."""
    samples, rate = soundfile.read(demo.VOICES["tenor"], frames=12 * VOICE_RATE, dtype="float32")
    assert rate == VOICE_RATE
    return np.asarray(samples / np.abs(samples).max())


def written(path: Path, samples: Samples) -> Path:
    """Write a recording of 16 bits."""
    soundfile.write(path, samples, VOICE_RATE)
    return path


def read(path: Path) -> Samples:
    """Read a recording as a whole."""
    return np.concatenate(list(read_recording(path)))


def test_pauses_are_left_out(tmp_path: Path, speech: Samples) -> None:
    """Waiting before and after adds nothing to a voice."""
    waiting = np.zeros(5 * VOICE_RATE, np.float32)
    path = written(tmp_path / "speech.wav", np.concatenate([waiting, speech, waiting]))
    assert 0.8 * len(speech) < len(read(path)) < 1.05 * len(speech)


def test_full_scale_is_not_clipped(tmp_path: Path, speech: Samples) -> None:
    """A recording that was made as loud as it can be is good."""
    assert len(read(written(tmp_path / "loud.wav", speech))) > 0.8 * len(speech)


def test_clipping_is_refused(tmp_path: Path, speech: Samples) -> None:
    """A recording that is 12 dB too loud is to be made again, and the message says how."""
    path = written(tmp_path / "clipped.wav", np.clip(4 * speech, -1, 1))
    with pytest.raises(CoverError, match=r"'clipped\.wav' is clipped: .*% .* level turned down"):
        read(path)


@pytest.mark.parametrize("noise", [0.0, 1e-5])
def test_silence_is_refused(tmp_path: Path, noise: float) -> None:
    """Nothing was recorded, or only the noise of a closed microphone."""
    samples = noise * np.random.default_rng(0).normal(size=30 * VOICE_RATE)
    with pytest.raises(CoverError, match=r"'silent\.wav' is silent; check the microphone"):
        read(written(tmp_path / "silent.wav", samples.astype(np.float32)))


def test_two_different_channels_are_refused(tmp_path: Path, speech: Samples) -> None:
    """Two people with a microphone each are no single voice."""
    path = written(tmp_path / "interview.wav", np.stack([speech, speech[::-1]], axis=1))
    with pytest.raises(CoverError, match=r"two channels of 'interview\.wav' hold different sounds"):
        read(path)


def test_one_voice_on_two_channels_is_read(tmp_path: Path, speech: Samples) -> None:
    """As a room has it on both, or only one microphone was plugged in."""
    room = np.stack([speech, 0.5 * speech + 0.2 * np.roll(speech, 8)], axis=1)
    single = np.stack([speech, 0 * speech], axis=1)
    for number, samples in enumerate((room, single)):
        assert len(read(written(tmp_path / f"{number}.wav", samples))) > 0.8 * len(speech)


@pytest.mark.parametrize(("delay", "sign"), [(8, 1), (400, 1), (0, -1), (8, -0.5)])
def test_one_voice_on_two_microphones_is_one_voice(
    tmp_path: Path, speech: Samples, delay: int, sign: float
) -> None:
    """One is further away, or has its wires the other way round: nothing of it is lost."""
    samples = np.stack([0.9 * speech, 0.9 * sign * np.roll(speech, delay)], axis=1)
    alone = read(written(tmp_path / "alone.wav", 0.9 * speech))
    both = read(written(tmp_path / "both.wav", samples))
    assert abs(len(both) - len(alone)) < 0.02 * len(alone)
    assert np.std(both) == pytest.approx(np.std(alone), rel=0.05)


def test_a_recording_that_is_too_quiet_is_called_so(tmp_path: Path, speech: Samples) -> None:
    """It is not called silent, nor no voice."""
    path = tmp_path / "quiet.wav"
    soundfile.write(path, 5e-4 * speech, VOICE_RATE, subtype="FLOAT")
    with pytest.raises(CoverError, match=r"'quiet\.wav' is too quiet: -\d\d dB .* record it again"):
        read(path)


def test_what_is_no_audio_is_refused(tmp_path: Path) -> None:
    """With the file's name."""
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVEnothing")
    with pytest.raises(CoverError, match=r"'broken\.wav'"):
        read(path)


# ---- silence


def test_long_pauses_are_dropped_and_short_ones_kept() -> None:
    """Pauses of speech belong to it; waiting for the next sentence does not."""
    sound = np.full(VOICE_RATE, 0.1, np.float32)
    short, long = np.zeros(VOICE_RATE // 5, np.float32), np.zeros(VOICE_RATE, np.float32)
    kept = drop_silence(np.concatenate([sound, short, sound, long, sound]))
    assert len(kept) == 3 * len(sound) + len(short)


def test_background_noise_is_silence_too() -> None:
    """What counts is the level against the voice."""
    noise = np.random.default_rng(0).normal(0, 1e-4, VOICE_RATE).astype(np.float32)
    sound = np.full(VOICE_RATE, 0.1, np.float32)
    assert len(drop_silence(np.concatenate([sound, noise]))) == len(sound)


@pytest.mark.parametrize("length", [0, 1, VOICE_RATE])
def test_silence_alone_leaves_nothing(length: int) -> None:
    """Of any length."""
    assert len(drop_silence(np.zeros(length, np.float32))) == 0

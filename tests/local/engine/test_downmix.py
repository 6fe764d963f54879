"""A voice in stereo becomes mono, whatever the phases of its channels."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.phases import out_of_phase
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.downmix import downmix
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample, rms, to_mono


@pytest.fixture
def voice(vowel: Samples) -> Samples:
    """A second of a buzz at 220 Hz, mono at 44.1 kHz."""
    return resample(vowel[:VOICE_RATE], VOICE_RATE, SONG_RATE)


def noise(seed: int) -> Samples:
    """A second of noise, mono."""
    return np.random.default_rng(seed).normal(0, 0.1, SONG_RATE).astype(np.float32)


def test_channels_in_phase_give_their_mean(voice: Samples) -> None:
    """To the bit, also where one is softer or has an echo of its own."""
    for right in (voice, 0.3 * voice, 0 * voice, voice + 0.1 * np.roll(voice, 1000)):
        stereo = np.stack([voice, right], axis=1)
        assert np.array_equal(downmix(stereo), to_mono(stereo))


def test_timbre_and_pitch_are_those_of_one_channel(voice: Samples) -> None:
    """Nothing cancels out: the spectra differ by less than 3 dB, and nearly all by less than 1."""

    def analysed(sound: Samples) -> vocoder.Features:
        return vocoder.analyse(resample(sound, SONG_RATE, VOICE_RATE), with_aperiodicity=False)

    inner = slice(40, -40)
    alone = analysed(voice)
    for stereo in out_of_phase(voice):
        both = analysed(downmix(stereo))
        assert np.abs(1200 * np.log2(both.f0[inner] / alone.f0[inner])).max() < 10
        spectra = (vocoder.to_envelope(each.cepstra[inner]) for each in (both, alone))
        decibels = np.abs(np.subtract(*(10 * np.log10(each) for each in spectra)))
        assert decibels.max() < 3
        assert np.percentile(decibels, 90) < 1


def test_it_is_as_loud_as_the_channels_are(voice: Samples) -> None:
    """Its power is the mean of theirs."""
    for stereo in out_of_phase(voice):
        inner = slice(SONG_RATE // 10, -SONG_RATE // 10)
        assert rms(downmix(stereo)[inner]) == pytest.approx(rms(stereo[inner]), rel=0.03)


def test_different_sounds_are_added(voice: Samples) -> None:
    """A voice on one side and noise on the other: both are there, none of it turned."""
    noisy = 0.2 * noise(1)
    mono = downmix(np.stack([voice, noisy], axis=1))
    for each in (voice, noisy):
        assert (mono @ each) / np.sqrt((mono @ mono) * (each @ each)) > 0.1


@pytest.mark.parametrize("frames", [0, 1, 2, 5000])
def test_silence_stays_silence(frames: int) -> None:
    """Of any length."""
    assert not downmix(np.zeros((frames, 2), np.float32)).any()
    assert downmix(np.zeros((frames, 2), np.float32)).shape == (frames,)

"""One window: the timbre of the voice in it changes, and the rest of it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.phases import out_of_phase
from voiceshift.local import demo
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.loudness import a_weighted_rms
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import (
    SONG_RATE,
    VOICE_RATE,
    Samples,
    resample,
    rms,
    to_mono,
    to_stereo,
)
from voiceshift.local.engine.window_tasks import analyse, convert
from voiceshift.local.engine.windows import AnalysedWindow, Window, split

if TYPE_CHECKING:
    from voiceshift.local.engine.voices import Conversion, Voice


def everything(mix: Samples, rate: int) -> Samples:
    """Take all of it for the vocals."""
    return mix


def left(mix: Samples, rate: int) -> Samples:
    """Take the left channel for the vocals."""
    return mix * np.array([1, 0], np.float32)


def pitches(samples: Samples) -> np.ndarray:
    """Return the F0 every 5 ms."""
    vocals_16k = resample(to_mono(samples), SONG_RATE, VOICE_RATE)
    return estimate_f0(vocals_16k, np.arange(0, len(vocals_16k) / VOICE_RATE, 0.005))


PHRASE = 5
"""Seconds."""


@pytest.fixture(scope="module")
def window() -> Window:
    """A window of the first phrase of the demo song."""
    song = np.asarray(soundfile.read(demo.SONG, frames=PHRASE * SONG_RATE, dtype="float32")[0])
    return next(iter(split([song])))


@pytest.fixture(scope="module")
def conversion(window: Window, baritone: Voice) -> Conversion:
    """From whatever sounds in the demo song to a demo voice."""
    return baritone.learn_conversion(analyse(window, everything).features)


@pytest.mark.parametrize(
    "pitch", [0, pytest.param(-1, marks=pytest.mark.slow), pytest.param(1, marks=pytest.mark.slow)]
)
def test_the_vocals_stay_as_loud(window: Window, conversion: Conversion, pitch: int) -> None:
    """Within 1 dB, as they are heard, whatever timbre and pitch they have."""
    sung = convert(window, everything, conversion, pitch)
    before, after = a_weighted_rms(to_mono(window.samples)), a_weighted_rms(to_mono(sung.samples))
    assert 20 * np.log10(after / before) == pytest.approx(0, abs=1)


@pytest.mark.parametrize(("pitch", "kinds"), [(0, slice(None)), (-1, slice(3, 4))])
def test_the_phase_does_not_matter(
    window: Window, conversion: Conversion, pitch: int, kinds: slice
) -> None:
    """Vocals whose channels do not add up are converted, within 1.5 dB and without clicks."""
    sung_part = to_mono(window.samples[SONG_RATE : 2 * SONG_RATE])
    for samples in list(out_of_phase(sung_part))[kinds]:
        sung = convert(Window(samples, is_last=True), everything, conversion, pitch).samples
        level = a_weighted_rms(sung) / a_weighted_rms(samples)
        assert 20 * np.log10(level) == pytest.approx(0, abs=1.5)
        steps, before = (np.abs(np.diff(each, axis=0)).max() for each in (sung, samples))
        assert steps < 2.5 * before
        assert not np.allclose(sung, samples, atol=0.01)


def test_whispers_stay_as_loud(window: Window, conversion: Conversion) -> None:
    """Within 1.5 dB, as measured and as heard, though little in their window is voiced."""
    noise = np.random.default_rng(2).standard_normal(len(window.samples) - SONG_RATE)
    frequencies = np.fft.rfftfreq(len(noise), 1 / SONG_RATE)
    vowel = 1 / (1 + ((frequencies - 1500) / 800) ** 2)
    samples = 0.1 * window.samples
    samples[SONG_RATE:] = 0.3 * np.fft.irfft(np.fft.rfft(noise) * vowel, len(noise))[:, None]
    sung = convert(Window(samples, is_last=True), everything, conversion, 0).samples
    before, after = samples[2 * SONG_RATE :], sung[2 * SONG_RATE :]
    assert 20 * np.log10(rms(after) / rms(before)) == pytest.approx(0, abs=1.5)
    level = a_weighted_rms(after) / a_weighted_rms(before)
    assert 20 * np.log10(level) == pytest.approx(0, abs=1.5)


def test_songs_may_be_very_soft(window: Window, conversion: Conversion) -> None:
    """At -80 dBFS the cover is nearly the same, only softer."""
    gain = np.float32(1e-4 / rms(window.samples))
    loud, soft = (
        convert(Window(samples, is_last=True), everything, conversion, 0).samples
        for samples in (window.samples, gain * window.samples)
    )
    assert rms(soft / gain - loud) < 0.1 * rms(loud)


def test_the_accompaniment_is_not_touched(window: Window, conversion: Conversion) -> None:
    """Where the separator finds nothing, the cover is the song."""
    covered = convert(window, left, conversion, 0).samples
    assert np.allclose(covered[:, 1], window.samples[:, 1], atol=1e-6)
    assert not np.allclose(covered[:, 0], window.samples[:, 0], atol=0.01)


@pytest.mark.slow
def test_at_its_own_pitch_a_voice_stays_in_key(baritone: Voice) -> None:
    """Of the frames that are voiced before and after, 99 % are within 50 cents."""
    window = next(iter(split(read_blocks(demo.VOICES["tenor"], SONG_RATE))))
    conversion = baritone.learn_conversion(analyse(window, everything).features)
    before = pitches(window.samples)
    after = pitches(convert(window, everything, conversion, 0).samples)
    both = (before > 0) & (after > 0)
    assert both.sum() > 0.95 * (before > 0).sum()
    assert (np.abs(1200 * np.log2(after[both] / before[both])) < 50).mean() > 0.99


def test_what_was_analysed_is_converted_alike(window: Window, conversion: Conversion) -> None:
    """Whether the window was analysed before or not, the cover is the same."""
    analysed = analyse(window, left)
    whole, apart = (convert(each, left, conversion, 0).samples for each in (window, analysed))
    assert isinstance(analysed, AnalysedWindow)
    assert np.array_equal(whole, apart)


@pytest.mark.parametrize("pitch", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_silence_within_a_sung_window_stays_silent(
    window: Window, conversion: Conversion, pitch: int
) -> None:
    """Digital silence, of which no spectrum has a loudness, is followed by singing as before."""
    samples = window.samples.copy()
    samples[: 2 * SONG_RATE] = 0
    sung = convert(Window(samples, is_last=False), everything, conversion, pitch).samples
    assert np.abs(sung[:SONG_RATE]).max() < 1e-4
    assert a_weighted_rms(to_mono(sung[3 * SONG_RATE :])) > 0.01


# ---- analysis


def half(mix: Samples, rate: int) -> Samples:
    """Take half of the mix for the vocals."""
    return mix / np.float32(2)


@pytest.fixture
def singing(vowel: Samples) -> Window:
    """A window in which somebody sings."""
    return Window(to_stereo(resample(vowel, VOICE_RATE, SONG_RATE)[:, None]), is_last=True)


def test_the_vocals_are_those_of_the_separator(singing: Window) -> None:
    """The song itself is kept beside them."""
    analysed = analyse(singing, half)
    assert analysed.window is singing
    assert np.array_equal(analysed.vocals, singing.samples / 2)


def test_a_voice_is_sung(singing: Window, vowel: Samples) -> None:
    """Its features are those of the vocals."""
    analysed = analyse(singing, half)
    assert analysed.is_sung
    assert np.allclose(analysed.vocals_16k[100:-100], vowel[100:-100] / 2, atol=0.01)
    assert np.median(analysed.features.f0) == pytest.approx(220, rel=0.01)


def test_silence_is_not_sung(singing: Window) -> None:
    """There is nothing to convert."""
    assert not analyse(Window(np.zeros_like(singing.samples), is_last=True), half).is_sung

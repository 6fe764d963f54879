"""A voice stands where the singer stood."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from voiceshift.local.engine.loudness import a_weighted_rms
from voiceshift.local.engine.samples import SONG_RATE, Samples, to_mono
from voiceshift.local.engine.vocoder import Features
from voiceshift.local.engine.voices.rvc.mixing import UNHEARD, heard_frames, placed
from voiceshift.local.engine.windows import AnalysedWindow, Window

SECONDS = 3
TIMES = np.arange(SECONDS * SONG_RATE) / SONG_RATE
RATE = 16_000


def window(vocals: Samples) -> AnalysedWindow:
    """Return a window with these vocals and nothing else."""
    nothing = np.zeros((0, 40))
    features = Features(np.zeros(0), nothing, nothing)
    return AnalysedWindow(Window(vocals, is_last=True), vocals, np.zeros(0, np.float32), features)


def tone(frequency: float, left: float = 0.1, right: float = 0.1) -> Samples:
    """Return a stereo tone."""
    wave = np.sin(2 * np.pi * frequency * TIMES)
    return np.stack([left * wave, right * wave], axis=1).astype(np.float32)


def voice(frequency: float = 600, level: float = 0.9) -> Samples:
    """Return what a voice of 16 kHz sings, a little longer than the window."""
    times = np.arange(SECONDS * RATE + 160) / RATE
    return (level * np.sin(2 * np.pi * frequency * times)).astype(np.float32)


def sung(sound: Samples, rate: int, window: AnalysedWindow) -> Samples:
    """Return a whole window sung."""
    return placed(sound, rate, slice(0, 100 * SECONDS), window)


def test_it_is_as_loud_as_the_singer() -> None:
    """To ears, whatever level its training had."""
    for level in (0.01, 0.9):
        result = sung(voice(level=level), RATE, window(tone(400)))
        assert result.shape == (len(TIMES), 2)
        assert a_weighted_rms(to_mono(result)) == pytest.approx(
            a_weighted_rms(to_mono(tone(400))), rel=0.02
        )


def test_channels_of_the_singer_may_be_inverted() -> None:
    """They are no silence, though their mean is."""
    result = sung(voice(), RATE, window(tone(400, 0.1, -0.1)))
    assert a_weighted_rms(result) == pytest.approx(a_weighted_rms(tone(400)), rel=0.02)


@pytest.mark.parametrize(("left", "right"), [(0.2, 0.2), (0.2, 0.05), (0.0, 0.2)])
def test_it_is_on_the_same_side(left: float, right: float) -> None:
    """The levels of both channels are to each other as the singer's are."""
    result = sung(voice(), RATE, window(tone(400, left, right)))
    levels = np.sqrt(np.mean(np.square(result[SONG_RATE:-SONG_RATE]), axis=0))
    assert levels[0] * right == pytest.approx(levels[1] * left, abs=1e-3)


def test_it_is_silent_in_pauses() -> None:
    """Where the singer is, and nowhere else."""
    vocals = tone(400)
    vocals[SONG_RATE : 2 * SONG_RATE] *= 1e-4
    result = sung(voice(), RATE, window(vocals))
    quiet = result[round(1.1 * SONG_RATE) : round(1.9 * SONG_RATE)]
    assert np.abs(quiet).max() < 1e-3
    assert np.abs(result[: round(0.9 * SONG_RATE)]).max() > 0.05


def test_silence_stays_silence() -> None:
    """Nothing is divided by zero."""
    assert not sung(voice(), RATE, window(tone(400, 0, 0))).any()


def test_air_above_the_voice_s_band_is_the_singer_s() -> None:
    """A voice of 16 kHz has nothing above 8 kHz."""
    air = tone(11_000, 0.02, 0.01)
    with_air = sung(voice(), RATE, window(tone(400) + air))
    spectrum = np.abs(np.fft.rfft(with_air[:, 0])) * 2 / len(TIMES)
    assert spectrum[11_000 * SECONDS] == pytest.approx(0.7 * 0.02, rel=0.02)
    assert sung(voice(), 48_000, window(tone(400) + air))[:, 0].std() > 0


def test_only_what_is_heard_need_be_made() -> None:
    """Not the silence before and after the singing, and not the ends that neighbours have."""
    vocals = tone(400)
    assert heard_frames(window(vocals)) == slice(0, 300)
    inner = evolve(window(vocals), window=Window(vocals, is_last=False, start=441))
    assert heard_frames(inner) == slice(UNHEARD, 300 - UNHEARD)
    vocals[:SONG_RATE] = 0
    vocals[2 * SONG_RATE :] = 0
    heard = heard_frames(window(vocals))
    assert 90 <= heard.start <= 100
    assert 200 <= heard.stop <= 210
    heard = heard_frames(window(np.zeros_like(vocals)))
    assert heard.stop - heard.start == 1


def test_a_part_is_put_in_its_place() -> None:
    """As loud as the singer is there; outside there is nothing but air."""
    result = placed(voice()[:RATE], RATE, slice(100, 200), window(tone(400)))
    assert result.shape == (len(TIMES), 2)
    assert np.abs(result[1000 : SONG_RATE - 1000]).max() < 1e-3
    inside = to_mono(result[SONG_RATE : 2 * SONG_RATE])
    assert a_weighted_rms(inside) == pytest.approx(a_weighted_rms(to_mono(tone(400))), rel=0.02)

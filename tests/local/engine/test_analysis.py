"""A window is analysed: what is sung in it, and whether anything is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voiceshift.local.engine.analysis import analyse
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, to_stereo
from voiceshift.local.engine.windows import Window

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples


def half(mix: Samples, rate: int) -> Samples:
    """Take half of the mix for the vocals."""
    return mix / np.float32(2)


@pytest.fixture
def window(vowel: Samples) -> Window:
    """A window in which somebody sings."""
    return Window(to_stereo(resample(vowel, VOICE_RATE, SONG_RATE)[:, None]), is_last=True)


def test_the_vocals_are_those_of_the_separator(window: Window) -> None:
    """The song itself is kept beside them."""
    analysed = analyse(window, half)
    assert analysed.window is window
    assert np.array_equal(analysed.vocals, window.samples / 2)


def test_a_voice_is_sung(window: Window, vowel: Samples) -> None:
    """Its features are those of the vocals."""
    analysed = analyse(window, half)
    assert analysed.is_sung
    assert np.allclose(analysed.vocals_16k[100:-100], vowel[100:-100] / 2, atol=0.01)
    assert np.median(analysed.features.f0) == pytest.approx(220, rel=0.01)


def test_silence_is_not_sung(window: Window) -> None:
    """There is nothing to convert."""
    assert not analyse(Window(np.zeros_like(window.samples), is_last=True), half).is_sung

"""Sound is measured as it is heard."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.loudness import a_weighted_rms, a_weighting
from voiceshift.local.engine.samples import SONG_RATE, Samples


def tone(frequency: float, seconds: float = 1.0) -> Samples:
    """A tone with a root mean square of 0.1."""
    times = np.arange(round(seconds * SONG_RATE)) / SONG_RATE
    return np.asarray(0.1 * np.sqrt(2) * np.sin(2 * np.pi * frequency * times), np.float32)


@pytest.mark.parametrize(
    ("frequency", "decibels"),
    [(31.62, -39.4), (100, -19.1), (500, -3.2), (1000, 0.0), (4000, 1.0), (7943, -1.1)],
)
def test_weights_are_those_of_the_standard(frequency: float, decibels: float) -> None:
    """To a tenth of a decibel, as the table of IEC 61672-1 has them at these exact frequencies."""
    weight = a_weighting(np.array([float(frequency)]))[0]
    assert 10 * np.log10(weight) == pytest.approx(decibels, abs=0.1)


def test_nothing_is_heard_at_zero_hertz() -> None:
    """A constant has a weight of zero, not of something undefined."""
    assert a_weighting(np.zeros(1))[0] == 0
    assert a_weighted_rms(np.full(1000, 0.5, np.float32)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("frames", [SONG_RATE, SONG_RATE - 1])
def test_level_of_a_tone_at_1_khz_is_its_root_mean_square(frames: int) -> None:
    """There the weight is one; for an even and an odd number of samples."""
    assert a_weighted_rms(tone(1000)[:frames]) == pytest.approx(0.1, rel=0.01)


def test_level_of_two_channels_is_that_of_their_mean_power() -> None:
    """Whatever their phases: inverted, they are as loud as ever."""
    left, right = tone(1000), 0.5 * tone(1000)
    for each in (right, -right):
        both = a_weighted_rms(np.stack([left, each], axis=1))
        assert both == pytest.approx(0.1 * np.sqrt((1 + 0.25) / 2), rel=0.01)


def test_level_of_several_tones_adds_up_in_power() -> None:
    """Two tones of the same level are 3 dB louder than one."""
    both = tone(1000) + tone(1200)
    assert a_weighted_rms(both) == pytest.approx(
        0.1 * np.sqrt(1 + a_weighting(np.array([1200.0]))[0]), rel=0.01
    )

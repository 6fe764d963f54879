"""Surround goes to two loudspeakers, each channel to its side; other rates keep the length."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.samples import (
    Samples,
    default_layout,
    layout_of_mask,
    resample,
    to_mono,
    to_stereo,
)


def alone(channel: int, channels: int) -> Samples:
    """Return what is heard on the left and on the right of one channel."""
    samples = np.zeros((1, channels), np.float32)
    samples[0, channel] = 1
    return np.asarray(to_stereo(samples)[0])


@pytest.mark.parametrize("channels", [2, 3, 4, 5, 6, 7, 8])
def test_left_and_right_stay_apart(channels: int) -> None:
    """The first channel is the left, the second the right one."""
    left, right = alone(0, channels), alone(1, channels)
    assert left[0] > 0
    assert left[1] == 0
    assert right[0] == 0
    assert right[1] == left[0]


def test_five_channels_and_a_subwoofer() -> None:
    """The centre on both sides, the back on its side, low frequencies left out."""
    left, centre, low, back = (alone(channel, 6) for channel in (0, 2, 3, 5))
    assert np.allclose(centre, left[0] * 0.5**0.5)
    assert not low.any()
    assert np.allclose(back, [0, left[0] * 0.5**0.5])


@pytest.mark.parametrize("channels", range(1, 9))
def test_vorbis_has_the_same_loudspeakers_in_its_own_order(channels: int) -> None:
    """And left comes first in it, too."""
    vorbis, wav = default_layout(channels, is_vorbis=True), default_layout(channels)
    assert sorted(vorbis) == sorted(wav)
    assert vorbis[0] == wav[0]


@pytest.mark.parametrize(
    ("mask", "channels", "layout"),
    [
        (0xB, 3, "FL FR LFE"),
        (0x107, 4, "FL FR FC BC"),
        (0x60F, 6, "FL FR FC LFE SL SR"),
        (0x8, 1, "FC"),
        (0x3, 3, "FL FR FC"),
        (0x80000003, 3, "FL FR FC"),
    ],
)
def test_channel_masks_name_loudspeakers(mask: int, channels: int, layout: str) -> None:
    """One that does not fit the number of channels is not believed."""
    assert layout_of_mask(mask, channels) == layout.split()


def test_a_side_without_a_loudspeaker_is_silent() -> None:
    """A mask may name those of one side alone."""
    samples = to_stereo(np.ones((3, 3), np.float32), ["FL", "FLC", "SL"])
    assert np.allclose(samples, [[1, 0]] * 3)


@pytest.mark.parametrize("channels", range(1, 9))
def test_the_loudest_does_not_clip(channels: int) -> None:
    """All channels together at full scale are full scale."""
    assert np.allclose(to_stereo(np.ones((3, channels), np.float32)), 1)


def test_resample_gives_the_asked_length() -> None:
    """Rounding never makes a window longer or shorter than it was."""
    for length in (1, 999, 1000, 1001):
        assert len(resample(np.ones(1000, np.float32), 16_000, 16_000, length)) == length


def test_mono_is_the_mean() -> None:
    """What is only on one side is half as loud in the middle."""
    assert to_mono(np.array([[1, 0], [0.5, 0.5]], np.float32)).tolist() == [0.5, 0.5]

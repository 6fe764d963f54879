"""A song split into windows and joined again is the song."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
import pytest

from tests.support.properties import given, settings, st
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.windows import (
    FADE,
    FIRST_HOP,
    GUARD,
    HOP,
    OVERLAP,
    overlap_join,
    split,
)


def song(frames: int) -> Samples:
    """Return noise, which has no two alike seconds."""
    return np.random.default_rng(frames).uniform(-1, 1, (frames, 2)).astype(np.float32)


def tone(frames: int, phase: float | npt.NDArray[np.float64] = 0.0) -> Samples:
    """Return 220 Hz, stereo."""
    turns = 2 * np.pi * 220 * np.arange(frames) / SONG_RATE
    return np.repeat(0.5 * np.sin(turns + phase)[:, None], 2, axis=1).astype(np.float32)


@given(frames=st.integers(1, 35 * SONG_RATE), block=st.integers(SONG_RATE // 4, 40 * SONG_RATE))
@settings(max_examples=25, deadline=None)
def test_split_and_join_give_the_song_back(frames: int, block: int) -> None:
    """Windows left as they are join to what was split, whatever the blocks were."""
    samples = song(frames)
    blocks = [samples[start : start + block] for start in range(0, frames, block)]
    assert np.allclose(np.concatenate(list(overlap_join(split(blocks)))), samples, atol=1e-6)


@pytest.mark.parametrize("frames", [HOP + OVERLAP, HOP + OVERLAP + 1, 2 * HOP + OVERLAP + 1])
def test_no_window_is_shorter_than_the_overlap(frames: int) -> None:
    """The last one, too, holds all that it has in common with the one before."""
    windows = list(split([song(frames)]))
    assert [window.is_last for window in windows] == [False] * (len(windows) - 1) + [True]
    assert min(len(window.samples) for window in windows) > OVERLAP
    assert max(len(window.samples) for window in windows) <= HOP + OVERLAP


def test_neighbours_overlap() -> None:
    """What ends one window begins the next."""
    first, second, *_ = split([song(3 * HOP)])
    assert np.array_equal(first.samples[-OVERLAP:], second.samples[:OVERLAP])


def test_join_fades_from_one_window_to_the_next() -> None:
    """Windows that were changed differently do not meet in a step."""
    windows = split([np.ones((2 * HOP, 2), np.float32)])
    changed = (
        attrs.evolve(window, samples=window.samples * np.float32(number))
        for number, window in enumerate(windows)
    )
    joined = np.concatenate(list(overlap_join(changed)))[:, 0]
    assert joined[HOP + GUARD - 1] == 0
    assert joined[HOP + OVERLAP - GUARD] == 1
    assert 0 < np.diff(joined).max() < 2 / FADE


@pytest.mark.parametrize("pause", [0.55, 0.7, 0.85])
def test_the_seam_is_where_nobody_sings(pause: float) -> None:
    """Two windows whose voices are out of phase change over in the pause, under a loud band."""
    band = song(2 * HOP)
    voices = [tone(2 * HOP, phase) for phase in (0, np.pi)]
    silent = slice(HOP + round(pause * SONG_RATE), HOP + round((pause + 0.1) * SONG_RATE))
    for voice in voices:
        voice[silent] = 0
    windows = [
        attrs.evolve(window, samples=window.samples + voice[start : start + len(window.samples)])
        for window, voice, start in zip(split([band]), voices, (0, HOP), strict=True)
    ]
    joined = np.concatenate(list(overlap_join(windows))) - band
    assert np.allclose(joined[: silent.start], voices[0][: silent.start], atol=1e-6)
    assert np.allclose(joined[silent.stop :], voices[1][silent.stop :], atol=1e-6)


def test_the_seam_is_where_the_voices_are_most_alike() -> None:
    """Where nobody pauses: voices that drift apart and meet again change over when they meet."""
    steady = tone(2 * HOP)
    meeting = HOP + round(0.75 * SONG_RATE)
    drift = 2 * np.pi * 0.4 * (np.arange(2 * HOP) - meeting) / SONG_RATE
    drifting = tone(2 * HOP, drift)
    voices = (steady, drifting)
    windows = [
        attrs.evolve(window, samples=voice[start : start + len(window.samples)])
        for window, voice, start in zip(split([steady]), voices, (0, HOP), strict=True)
    ]
    joined = np.concatenate(list(overlap_join(windows)))
    assert np.allclose(joined[: meeting - FADE], steady[: meeting - FADE], atol=1e-6)
    assert np.allclose(joined[meeting + FADE :], drifting[meeting + FADE :], atol=1e-6)


def test_nothing_gives_no_window() -> None:
    """An empty stream has no windows."""
    assert list(split([])) == []


def test_windows_begin_where_frames_of_10_ms_do() -> None:
    """So that two of them analyse the same moments; the first may be short."""
    for first_hop in (HOP, FIRST_HOP):
        samples = song(3 * HOP)
        windows = list(split([samples], first_hop))
        assert [window.start for window in windows[:3]] == [0, first_hop, first_hop + HOP]
        for window in windows:
            assert window.start % (SONG_RATE // 100) == 0
            end = window.start + len(window.samples)
            assert np.array_equal(window.samples, samples[window.start : end])
        joined = np.concatenate(list(overlap_join(windows)))
        assert np.allclose(joined, samples, atol=1e-6)

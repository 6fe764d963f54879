"""A song cut into windows and joined again is the song."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceshift.local.engine.audio import SONG_RATE, Samples
from voiceshift.local.engine.windows import CONTEXT, FADE, HOP, cut, join


def song(frames: int) -> Samples:
    """Return noise, which has no two alike seconds."""
    return np.random.default_rng(frames).uniform(-1, 1, (frames, 2)).astype(np.float32)


@given(frames=st.integers(1, 35 * SONG_RATE), block=st.integers(SONG_RATE // 4, 40 * SONG_RATE))
@settings(max_examples=25, deadline=None)
def test_cut_and_join_give_the_song_back(frames: int, block: int) -> None:
    """Windows left as they are join to what they were cut from, whatever the blocks were."""
    samples = song(frames)
    blocks = [samples[start : start + block] for start in range(0, frames, block)]
    assert np.allclose(np.concatenate(list(join(cut(blocks)))), samples, atol=1e-6)


@pytest.mark.parametrize("frames", [HOP + CONTEXT, HOP + CONTEXT + 1, 2 * HOP + CONTEXT + 1])
def test_own_parts_are_never_too_short_for_the_fade(frames: int) -> None:
    """The last window, too, has a second and more of its own."""
    windows = list(cut([song(frames)]))
    own = [len(window.samples) - window.before - window.after for window in windows]
    assert sum(own) == frames
    assert min(own) >= CONTEXT


def test_windows_carry_context() -> None:
    """Between two windows each has a second of the other."""
    samples = song(3 * HOP)
    first, second, *_ = cut([samples])
    assert (first.before, first.after) == (0, CONTEXT)
    assert second.before == CONTEXT
    assert np.array_equal(first.samples[HOP - CONTEXT :], second.samples[: 2 * CONTEXT])


def test_join_fades_from_one_window_to_the_next() -> None:
    """Windows that were changed differently do not meet in a step."""
    windows = cut([np.ones((2 * HOP, 2), np.float32)])
    changed = (
        attrs.evolve(window, samples=window.samples * np.float32(number))
        for number, window in enumerate(windows)
    )
    joined = np.concatenate(list(join(changed)))[:, 0]
    assert joined[HOP - 1] == 0
    assert joined[HOP + FADE] == 1
    assert 0 < np.diff(joined).max() < 2 / FADE


def test_nothing_gives_no_window() -> None:
    """An empty stream has no windows."""
    assert list(cut([])) == []

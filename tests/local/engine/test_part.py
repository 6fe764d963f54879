"""Parts of songs, to the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.properties import given, st
from voiceshift.errors import CoverError
from voiceshift.local.engine.part import Part
from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.local.engine.samples import Samples

SONG = np.arange(3 * SONG_RATE, dtype=np.float32)[:, None] * np.ones(2, np.float32)
"""Three seconds of which each sample tells its place."""


def blocks(size: int) -> Iterator[Samples]:
    """The song in blocks."""
    for start in range(0, len(SONG), size):
        yield SONG[start : start + size]


@given(
    start=st.floats(0, 2.99),
    length=st.none() | st.floats(0.001, 5),
    size=st.integers(5_000, 200_000),
)
def test_a_part_is_cut_to_the_sample(start: float, length: float | None, size: int) -> None:
    """Whatever the blocks, and as long as was said beforehand."""
    part = Part(start, length)
    taken = np.concatenate(list(part.of(blocks(size))))
    first = round(start * SONG_RATE)
    assert taken[0, 0] == first
    assert len(taken) == part.frames(len(SONG))
    assert np.array_equal(taken, SONG[first : first + len(taken)])


def test_what_comes_after_a_part_is_not_asked_for() -> None:
    """So that the beginning of a song costs no more than it does."""
    asked = iter(blocks(SONG_RATE))
    list(Part(0, 0.5).of(asked))
    assert len(list(asked)) == 2


@pytest.mark.parametrize("start", [3, 100])
def test_a_part_beyond_the_end_is_refused(start: float) -> None:
    """With the length of the song."""
    part = Part(start)
    with pytest.raises(CoverError, match=r"the song is 0:03 long"):
        part.frames(len(SONG))
    with pytest.raises(CoverError, match=r"the song is 0:03 long"):
        list(part.of(blocks(SONG_RATE)))

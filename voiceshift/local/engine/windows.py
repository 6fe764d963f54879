"""A stream of samples cut into overlapping windows, and windows joined to a stream.

Every window can be worked on by itself: it carries a second of the song on both sides of its own
part, so that filters and analyses have settled where that part begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine.audio import SONG_RATE, Samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Window", "cut", "join"]

HOP = 10 * SONG_RATE
"""Frames from one window's own part to the next one's."""

CONTEXT = SONG_RATE
"""Frames of its neighbours that a window carries on each side."""

FADE = round(0.030 * SONG_RATE)
"""Frames over which one window goes over into the next: 30 ms, several periods of a voice."""


@attrs.frozen(eq=False)
class Window:
    """A stretch of the song.

    Attributes:
        samples: Stereo ``(frames, 2)``, the context included.
        before: Frames of context at the beginning; 0 in the first window.
        after: Frames of context at the end; 0 in the last window.
    """

    samples: Samples
    before: int
    after: int


def cut(blocks: Iterable[Samples]) -> Iterator[Window]:
    """Cut a stream of stereo blocks of any length into windows.

    The last window takes what is left, so its own part is between 1 and 11 s long, and a window is
    never too short for the fade to its neighbour. Only a shorter song gives a shorter window.
    """
    buffer = np.zeros((0, 2), np.float32)
    before = 0
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        while len(buffer) > before + HOP + CONTEXT:
            yield Window(buffer[: before + HOP + CONTEXT], before, CONTEXT)
            buffer = buffer[before + HOP - CONTEXT :]
            before = CONTEXT
    if len(buffer):
        yield Window(buffer, before, 0)


def join(windows: Iterable[Window]) -> Iterator[Samples]:
    """Join windows to the stream they were cut from, fading from each to the next."""
    rising = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
    overlap = None
    for window in windows:
        end = len(window.samples) - window.after
        own = window.samples[window.before : end].copy()
        if overlap is not None:
            own[:FADE] = rising * own[:FADE] + (1 - rising) * overlap
        overlap = window.samples[end : end + FADE]
        yield own

"""A stream of samples cut into overlapping windows, and windows joined again.

Every window can be worked on by itself, in any process: around what will be heard of it, it carries
enough of the song for filters and analyses to settle. What two windows have in common is heard from
one up to the place where they differ least, and from the other after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine.samples import SONG_RATE, Samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Window", "cut", "join"]

OVERLAP = 3 * SONG_RATE // 2
"""Frames that two neighbours have in common."""

HOP = 448 * 1024 - 3072 - OVERLAP
"""Frames from the beginning of one window to that of the next: 8.8 s. A window is as long as 448
spectra of the separator, which takes multiples of 64 and fills up what is shorter."""

SETTLING = SONG_RATE // 2
"""Frames at both ends of the overlap in which one of the windows is not to be trusted yet."""

FADE = round(0.030 * SONG_RATE)
"""Frames over which one window goes over into the next: 30 ms, several periods of a voice."""


@attrs.frozen(eq=False)
class Window:
    """A stretch of the song.

    Attributes:
        samples: Stereo ``(frames, 2)``; its last 1.5 s are the next window's first.
        is_last: Whether the song ends with it; then nothing overlaps its end.
    """

    samples: Samples
    is_last: bool


def cut(blocks: Iterable[Samples]) -> Iterator[Window]:
    """Cut a stream of stereo blocks of any length into windows of 10.3 s.

    The last one takes what is left, more than 1.5 s; only a shorter song gives a shorter window.
    """
    buffer = np.zeros((0, 2), np.float32)
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        while len(buffer) > HOP + OVERLAP:
            yield Window(buffer[: HOP + OVERLAP], is_last=False)
            buffer = buffer[HOP:]
    if len(buffer):
        yield Window(buffer, is_last=True)


def join(windows: Iterable[Window]) -> Iterator[Samples]:
    """Join windows to the stream they were cut from, fading from each to the next."""
    held = None  # the end of the window before, which this one begins with
    for window in windows:
        samples = window.samples if held is None else _faded(held, window.samples)
        end = len(samples) - (0 if window.is_last else OVERLAP)
        yield samples[:end]
        held = samples[end:]


def _faded(held: Samples, samples: Samples) -> Samples:
    """Return ``samples`` with their beginning taken from ``held``, up to the best place to fade."""
    overlap = samples[: len(held)]
    start = _quietest(held - overlap)
    place = slice(start, start + FADE)
    rising = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
    # Linear, since most of both is the same sound: the accompaniment would swell in another fade.
    fade = (1 - rising) * held[place] + rising * overlap[place]
    return np.concatenate([held[:start], fade, samples[place.stop :]])


def _quietest(difference: Samples) -> int:
    """Return where a fade has the least of the ``difference`` between two windows in it.

    What differs is the voice that was made in each of them: there is the least of it in a pause of
    the singer, however loud the band plays on, and else where the two voices are most alike.
    """
    energy = np.cumsum(np.square(difference, dtype=np.float64).sum(axis=1))
    stretches = energy[FADE:] - energy[:-FADE]
    return SETTLING + int(np.argmin(stretches[SETTLING:-SETTLING]))

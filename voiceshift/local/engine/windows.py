"""A stream of samples split into overlapping windows, and windows joined again.

Every window can be worked on by itself, in any process: around what will be heard of it, it has
enough of the song for filters and analyses to settle. Two windows are crossfaded where they differ
least.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Features

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LENGTH = 448 * 1024 - 3072
"""Frames of a window, 10.3 s: as long as 448 spectra of Spleeter, which takes multiples of 64 and
pads what is shorter."""

HOP = 883 * SONG_RATE // 100
"""Frames from the beginning of one window to that of the next: a whole number of the 10 ms that
analyses step by, so that those of two windows fall on the same moments."""

FIRST_HOP = 2 * SONG_RATE
"""The same for a first window that is to be done soon: 2 s."""

OVERLAP = LENGTH - HOP
"""Frames that two neighbours have in common, 1.5 s."""

GUARD = SONG_RATE // 2
"""Frames at both ends of the overlap in which one of the windows has not settled yet."""

FADE = round(0.030 * SONG_RATE)
"""Frames of the crossfade from one window to the next: 30 ms, several periods of a voice."""

MIN_VOICED_FRAMES = FRAMES_PER_SECOND // 5
"""Voiced frames below which a window counts as not sung: a few are found in any music."""


@frozen(eq=False)
class Window:
    """A part of the song.

    Attributes:
        samples: Stereo ``(frames, 2)``; its last 1.5 s are the next window's first.
        is_last: Whether the song ends with it; then nothing overlaps its end.
        start: Frames of the song before it, a multiple of 441.
        guide: What decides where it is crossfaded with its neighbours, in place of ``samples``.
    """

    samples: Samples
    is_last: bool
    start: int = 0
    guide: Samples | None = None


@frozen(eq=False)
class AnalysedWindow:
    """A window and the singing in it.

    Attributes:
        window: The song as it is.
        vocals: The vocals in it, stereo, 44.1 kHz.
        vocals_16k: The vocals below 8 kHz, mono, 16 kHz.
        features: Of ``vocals_16k``, without the aperiodicity.
    """

    window: Window
    vocals: Samples
    vocals_16k: Samples
    features: Features

    @property
    def is_sung(self) -> bool:
        """Whether there is a voice to convert."""
        return bool(self.features.voiced.sum() >= MIN_VOICED_FRAMES)


def split(blocks: Iterable[Samples], first_hop: int = HOP) -> Iterator[Window]:
    """Split a stream of stereo blocks of any length into windows of 10.3 s.

    The last one has what is left, more than 1.5 s; only a shorter song makes a shorter window.

    Args:
        blocks: The stream.
        first_hop: Frames from the beginning of the first window to that of the second.
    """
    buffer, start, hop = np.zeros((0, 2), np.float32), 0, first_hop
    for block in blocks:
        buffer = np.concatenate([buffer, block])
        while len(buffer) > hop + OVERLAP:
            yield Window(buffer[: hop + OVERLAP], is_last=False, start=start)
            buffer, start, hop = buffer[hop:], start + hop, HOP
    if len(buffer):
        yield Window(buffer, is_last=True, start=start)


def overlap_join(windows: Iterable[Window]) -> Iterator[Samples]:
    """Join windows to the stream that was split, with a crossfade from each to the next."""
    last: Window | None = None
    for window in windows:
        samples = window.samples
        if last is not None:
            place = _best_crossfade(_difference(last, window))
            samples = _crossfaded(last.samples[-OVERLAP:], samples, place)
        yield samples[: len(samples) - (0 if window.is_last else OVERLAP)]
        last = window


def _difference(last: Window, window: Window) -> Samples:
    """Return how two neighbours differ where they overlap."""
    ends, begins = (one.samples if one.guide is None else one.guide for one in (last, window))
    return ends[-OVERLAP:] - begins[:OVERLAP]


def _crossfaded(tail: Samples, samples: Samples, start: int) -> Samples:
    """Return ``samples`` with their beginning replaced by ``tail``, up to a crossfade."""
    overlap = samples[: len(tail)]
    place = slice(start, start + FADE)
    rising = np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
    # Linear, since most of both is the same: in another fade the accompaniment would swell.
    fade = (1 - rising) * tail[place] + rising * overlap[place]
    return np.concatenate([tail[:start], fade, samples[place.stop :]])


def _best_crossfade(difference: Samples) -> int:
    """Return where a crossfade has the least of the ``difference`` between two windows in it.

    What differs is the voice that was made in each of them. There is the least of it where the
    singer pauses, however loud the band plays on, or else where the two voices are most alike.
    """
    energy = np.cumsum(np.square(difference, dtype=np.float64).sum(axis=1))
    energies = energy[FADE:] - energy[:-FADE]
    return GUARD + int(np.argmin(energies[GUARD:-GUARD]))

"""A cover from beginning to end, window by window.

The windows are worked on side by side, on an executor; what is before and after them is one stream:
decoding and cutting, joining and encoding. First a few windows are taken apart, to learn who sings.
From then on each window is one task.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING

import attrs

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.ordered_map import in_order, result_of
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.timbre import Conversion
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND
from voiceshift.local.engine.vorbis import VorbisStream
from voiceshift.local.engine.window_tasks import Part, convert, finish, take_apart
from voiceshift.local.engine.windows import Window, cut, join

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voice import Voice

__all__ = ["Pipeline"]

ENOUGH_SINGING = 5 * FRAMES_PER_SECOND
"""Voiced frames from which the singer is learned; two windows mostly have twice as many."""

LONGEST_WAIT = 4
"""Sung windows after which the singer is learned from what there is."""

OPENING = 2
"""Windows that are taken apart at a time, until the singer is known: one for each of two cores."""


@attrs.frozen
class Pipeline:
    """Makes covers in one voice, at one pitch.

    Attributes:
        voice: Who is to sing.
        pitch: Octaves by which the voice moves.
        separate: Finds the vocals in a window.
        executor: Runs the work on the windows.
        ahead: Windows that may be under way, or wait for the one before them, at the same time.
    """

    voice: Voice
    pitch: int
    separate: Separator
    executor: Executor
    ahead: int

    def cover(self, song: Path, max_duration: float | None = None) -> Generator[bytes, None, None]:
        """Make one cover; see :meth:`voiceshift.local.engine.Engine.cover`."""
        stream = VorbisStream()
        windows = cut(read_blocks(song, SONG_RATE, max_duration))
        for samples in join(self._converted(windows)):
            if chunk := stream.encode(samples):
                yield chunk
        yield stream.finish()

    def _converted(self, windows: Iterator[Window]) -> Iterator[Window]:
        """Convert what is sung; what is before it need not wait until the singer is known."""
        opening: deque[Part] = deque()
        while not _is_enough(opening) and (some := self._next_few(windows)):
            for part in in_order(self._take_apart, some, self.ahead):
                if opening or part.is_sung:
                    opening.append(part)
                else:
                    yield finish(part.window)
        if not opening:
            return
        conversion = result_of(self._learn(opening))

        def converted(window: Window | Part) -> Future[Window]:
            return self.executor.submit(convert, window, self.separate, conversion, self.pitch)

        rest: Iterator[Window | Part] = chain(_taken_from(opening), windows)
        yield from in_order(converted, rest, self.ahead)

    def _next_few(self, windows: Iterator[Window]) -> list[Window]:
        return list(islice(windows, min(self.ahead, OPENING)))

    def _take_apart(self, window: Window) -> Future[Part]:
        return self.executor.submit(take_apart, window, self.separate)

    def _learn(self, parts: Iterable[Part]) -> Future[Conversion]:
        singing = vocoder.concatenate([part.features for part in parts])
        return self.executor.submit(Conversion.learn, singing, self.voice)


def _is_enough(parts: deque[Part]) -> bool:
    frames = sum(part.features.voiced.sum() for part in parts)
    return bool(frames >= ENOUGH_SINGING) or len(parts) >= LONGEST_WAIT


def _taken_from(parts: deque[Part]) -> Iterator[Part]:
    """Yield the parts without keeping them: each is some ten megabytes."""
    while parts:
        yield parts.popleft()

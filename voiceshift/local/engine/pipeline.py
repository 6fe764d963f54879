"""A cover from beginning to end, window by window.

The windows are worked on side by side, on an executor; what comes before and after them is one
stream: decoding and splitting, joining and encoding. The first windows are only analysed, to learn
who sings. From then on each window is one task.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, islice
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.local.engine import DEFAULT_RENDITION, FEATURES, Rendition, vocoder
from voiceshift.local.engine.encoding import EncodedStream, needs_length
from voiceshift.local.engine.marks import Marks
from voiceshift.local.engine.mix import Mix
from voiceshift.local.engine.octaves import OctaveChoice
from voiceshift.local.engine.ordered_map import SequentialExecutor, ordered_map, result_of
from voiceshift.local.engine.part import Part
from voiceshift.local.engine.reader import count_frames, duration, log_warning, read_blocks
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.transposition import require_transposition
from voiceshift.local.engine.window_tasks import analyse, convert
from voiceshift.local.engine.windows import (
    FIRST_HOP,
    HOP,
    AnalysedWindow,
    Window,
    overlap_join,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from voiceshift.local.engine.octaves import Pitch
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices import Voice

MAX_LEARNING_WINDOWS = 4
"""Sung windows after which the singer is learned from what there is."""

FIRST_WINDOWS = 2
"""Windows that are analysed at a time, until the singer is known: one for each of two cores. With a
voice that is slow it is one, so that its conversion begins at once."""


@frozen
class WorldEngine:
    """Moves the timbre of the singing towards a voice, by the WORLD vocoder.

    Melody and timing are kept. The result resembles the voice, it is not a clone of it. The covers
    are stereo, at 44.1 kHz, in Opus at 48 kHz. The same song, voice and pitch always give the same
    samples.

    Attributes:
        separate: Finds the vocals in the mix; see
            :func:`~voiceshift.local.separators.load_separator`. To be used in other processes it
            must be picklable, as functions of a module are.
        max_duration: Longest song that is accepted, in seconds; ``None`` is no limit.
        max_pending: Windows of a cover that may be worked on, or wait for the one before them, at
            the same time; one more than the executor has workers keeps all of them busy. Each
            takes some 10 MB.
    """

    separate: Separator
    max_duration: float | None = None
    max_pending: int = 5

    @property
    def features(self) -> frozenset[str]:
        """What it can do beyond the documented protocol."""
        return FEATURES

    def cover(
        self,
        song: Path,
        voice: Voice,
        pitch: Pitch,
        executor: Executor | None = None,
        rendition: Rendition = DEFAULT_RENDITION,
    ) -> Generator[bytes, None, None]:
        """Make one cover; see :meth:`voiceshift.local.engine.Engine.cover`.

        Without an ``executor`` all is done in the calling thread, whenever a chunk is asked for.
        """
        if rendition.key:
            require_transposition()
        part = Part(rendition.start, rendition.length)
        frames = self._frames(song, part, rendition)
        progress = _Progress(frames, rendition.report)

        def marks() -> Marks:
            return Marks(rendition.title() if rendition.title else song.stem, voice.name)

        stream = EncodedStream(rendition.format, marks, frames)
        warn = rendition.warn or log_warning
        blocks = part.of(read_blocks(song, SONG_RATE, self.max_duration, warn))
        windows = split(blocks, FIRST_HOP if voice.is_slow else HOP)
        converted = self._converted(windows, voice, pitch, executor, rendition)
        for samples in overlap_join(converted):
            if chunk := stream.encode(samples):
                yield chunk
            progress.add(len(samples))
        yield stream.finish()
        progress.end()

    def _frames(self, song: Path, part: Part, rendition: Rendition) -> int | None:
        """Samples of each channel that the cover will have; ``None`` where nobody needs to know."""
        if needs_length(rendition.format):
            return part.frames(count_frames(song, SONG_RATE, self.max_duration))
        if rendition.report is None:
            return None
        seconds = duration(song)
        return None if seconds is None else part.frames(round(seconds * SONG_RATE))

    def _converted(
        self,
        windows: Iterator[Window],
        voice: Voice,
        pitch: Pitch,
        executor: Executor | None,
        rendition: Rendition,
    ) -> Iterator[Window]:
        """Convert what is sung; what comes before it need not wait until the singer is known."""
        max_pending = self.max_pending if executor else 1
        submit = (executor or SequentialExecutor()).submit
        mix = Mix(rendition.vocals, rendition.accompaniment, rendition.key)

        def start_analysis(window: Window) -> Future[AnalysedWindow]:
            return submit(analyse, window, self.separate)

        sung: deque[AnalysedWindow] = deque()
        few = 1 if voice.is_slow else min(max_pending, FIRST_WINDOWS)
        while not _is_enough(sung, voice.learning_frames) and (some := list(islice(windows, few))):
            for analysed in ordered_map(start_analysis, some, max_pending):
                if sung or analysed.is_sung:
                    sung.append(analysed)
                else:
                    yield mix.unsung(analysed.window)
        if not sung:
            return
        singing = vocoder.concatenate([window.features for window in sung])
        octave = OctaveChoice.of(pitch, singing, voice.median_f0)
        if rendition.report_octave:
            rendition.report_octave(octave)
        conversion = result_of(submit(voice.learn_conversion, singing))

        def start_conversion(window: Window | AnalysedWindow) -> Future[Window]:
            octaves = octave.pitch + mix.key / 12
            return submit(convert, window, self.separate, conversion, octaves, mix)

        rest: Iterator[Window | AnalysedWindow] = chain(_popped(sung), windows)
        yield from ordered_map(start_conversion, rest, max_pending)


class _Progress:
    """Tells which share of a song has been made, where its length is known."""

    def __init__(self, total: int | None, report: Callable[[float], object] | None) -> None:
        self._report = report
        self._total = total
        self._frames = 0

    def add(self, frames: int) -> None:
        self._frames += frames
        if self._report and self._total:
            self._report(min(self._frames / self._total, 1.0))

    def end(self) -> None:
        if self._report:
            self._report(1.0)


def _is_enough(sung: deque[AnalysedWindow], needed: int) -> bool:
    frames = sum(window.features.voiced.sum() for window in sung)
    return bool(sung and frames >= needed) or len(sung) >= MAX_LEARNING_WINDOWS


def _popped(windows: deque[AnalysedWindow]) -> Iterator[AnalysedWindow]:
    """Yield the windows without keeping them: each is some ten megabytes."""
    while windows:
        yield windows.popleft()

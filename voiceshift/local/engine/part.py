"""A part of a song, cut to the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.errors import CoverError
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.util.text import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voiceshift.local.engine.samples import Samples


@frozen
class Part:
    """Where a cover begins in its song, and how long it is.

    Attributes:
        start: In seconds.
        length: In seconds; ``None`` is up to the song's end.
    """

    start: float = 0.0
    length: float | None = None

    def of(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Yield the part of a stream at 44.1 kHz; what comes after it is not asked for.

        Raises:
            CoverError: The stream ends before the part begins.
        """
        skipped, left = self._start, self._length
        place = 0
        for block in blocks:
            place += len(block)
            wanted = block[skipped:]
            skipped -= len(block) - len(wanted)
            if len(wanted := wanted[:left]):
                yield wanted
            if left is not None:
                left -= len(wanted)
                if not left:
                    return
        if place <= self._start:
            raise CoverError(self._too_late(place))

    def frames(self, all_frames: int) -> int:
        """Return how many frames the part of a song with ``all_frames`` has.

        Raises:
            CoverError: The song ends before the part begins.
        """
        rest = all_frames - self._start
        if rest <= 0:
            raise CoverError(self._too_late(all_frames))
        return rest if self._length is None else min(rest, self._length)

    def _too_late(self, frames: int) -> str:
        return (
            f"the song is {clock(frames / SONG_RATE)} long, so no cover of it can start at "
            f"{clock(self.start)}"
        )

    @property
    def _start(self) -> int:
        return round(self.start * SONG_RATE)

    @property
    def _length(self) -> int | None:
        return None if self.length is None else max(1, round(self.length * SONG_RATE))

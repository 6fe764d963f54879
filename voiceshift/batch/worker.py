"""One cover of a batch, on whatever the executor runs it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from voiceshift.batch.cover_files import attach_partial, complete_file, cover_in, finish
from voiceshift.batch.outcome import Outcome
from voiceshift.cover import refuse_song
from voiceshift.errors import VoiceShiftError, WorkerLost
from voiceshift.files import left_parts

if TYPE_CHECKING:
    from voiceshift.cover import Cover
    from voiceshift.messages import CoverRequest

__all__ = ["Maker", "make_outcome"]


class Maker(Protocol):
    """Who makes covers; travels to the executor's workers."""

    def name(self, request: CoverRequest) -> str:
        """What the cover's file is to be called, without a suffix."""
        ...

    def make(self, request: CoverRequest, to: Path | None) -> Cover:
        """Make one cover.

        Raises:
            VoiceShiftError: It could not be made.
        """
        ...


def make_outcome(
    maker: Maker, request: CoverRequest, target: Path | None, *, resume: bool
) -> Outcome:
    """Make one cover, or say why it could not be made.

    Args:
        maker: Who makes it.
        request: What is asked for.
        target: The file to write; ``None`` is memory.
        resume: Whether a file that is complete already will do.
    """
    try:
        if target is None:
            return Outcome(request, maker.make(request, None))
        # Also here, since a cluster may run this again after it was done.
        if (path := complete_file(target)) is not None:
            if resume:
                return Outcome(request, cover_in(path, request, {}), resumed=True)
            refuse_song(path, Path(request.song))
        return Outcome(request, _make_file(maker, request, target))
    except VoiceShiftError as error:
        return Outcome(request, error=error)


def _make_file(maker: Maker, request: CoverRequest, target: Path) -> Cover:
    earlier = left_parts(target)
    try:
        cover = maker.make(request, target)
    except WorkerLost as error:
        attach_partial(error, target, request)
        raise
    path = finish(target)
    for part in earlier:
        with suppress(OSError):  # somebody else has it open, on Windows
            part.unlink()
    return evolve(cover, path=path)

"""One cover of a batch, wherever the executor runs it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from voiceshift.batch.folder import attach_partial, complete_file, finish, load_cover
from voiceshift.batch.outcome import Outcome
from voiceshift.cover import refuse_song
from voiceshift.errors import VoiceShiftError, WorkerLost
from voiceshift.util.part_file import left_parts

if TYPE_CHECKING:
    from voiceshift.cover import Cover
    from voiceshift.request import CoverRequest


class Backend(Protocol):
    """What makes the covers; it is sent to the executor's workers."""

    def name(self, request: CoverRequest) -> str:
        """The name of the cover's file, without a suffix."""
        ...

    def make(self, request: CoverRequest, to: Path | None) -> Cover:
        """Make one cover.

        Args:
            request: What is asked for.
            to: The file to write; ``None`` is memory.

        Raises:
            VoiceShiftError: It could not be made.
        """
        ...


def make_outcome(
    backend: Backend, request: CoverRequest, target: Path | None, *, resume: bool
) -> Outcome:
    """Make one cover, or say why it could not be made.

    Args:
        backend: What makes it.
        request: What is asked for.
        target: The file to write; ``None`` is memory.
        resume: Whether a file that is complete already will do.
    """
    try:
        if target is None:
            return Outcome(request, backend.make(request, None))
        # Also checked here, since a cluster may run this again after it was done.
        if (path := complete_file(target)) is not None:
            if resume:
                return Outcome(request, load_cover(path, request, {}), resumed=True)
            refuse_song(path, Path(request.song))
        return Outcome(request, _make_file(backend, request, target))
    except VoiceShiftError as error:
        return Outcome(request, error=error)


def _make_file(backend: Backend, request: CoverRequest, target: Path) -> Cover:
    earlier = left_parts(target)
    try:
        cover = backend.make(request, target)
    except WorkerLost as error:
        attach_partial(error, target, request)
        raise
    path = finish(target)
    for part in earlier:
        with suppress(OSError):  # another program has it open, on Windows
            part.unlink()
    return evolve(cover, path=path)

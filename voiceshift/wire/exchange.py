"""The receiving of one cover: from the request to a :class:`Cover`, whole or partial."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import evolve

from voiceshift.cover import Cover
from voiceshift.errors import SaveError, SettingsError, VoiceShiftError
from voiceshift.events import Queued, Segment
from voiceshift.settings import DEFAULT_MAX_EMBEDDED
from voiceshift.util.audio_format import recognise
from voiceshift.util.files import expand_user
from voiceshift.wire.connection import Connection, Take
from voiceshift.wire.event_queue import Arrived
from voiceshift.wire.sink import FileSink, MemorySink, Spool

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import Self

    from voiceshift.request import CoverRequest
    from voiceshift.util.deadline import Deadline

__all__ = ["Reception", "aborting", "receive", "stream"]

logger = logging.getLogger("voiceshift")


class Reception:
    """A cover in the making; as a context manager it hands what arrived to the error that ends it.

    Args:
        request: What is asked for.
        to: The file to write to; ``None`` for memory.
        wants_events: Whether each segment is to be announced.
        max_embedded: What the cover gets of that name.

    Raises:
        SettingsError: ``to`` cannot be written.
    """

    def __init__(
        self,
        request: CoverRequest,
        to: str | os.PathLike[str] | None,
        *,
        wants_events: bool,
        max_embedded: int = DEFAULT_MAX_EMBEDDED,
    ) -> None:
        self.request = request
        self._max_embedded = max_embedded
        self._started = time.monotonic()
        self._sink = _open_sink(to)
        self.take = Take(self._sink, wants_events=wants_events)

    def complete(self) -> Cover:
        """The whole cover; a file gets its own name.

        Raises:
            SaveError: It cannot be given; the audio stays under the ``.part`` name.
        """
        if isinstance(self._sink, FileSink):
            part = self._sink.part
            try:
                part.complete()
            except OSError as error:
                raise SaveError(f"cannot write {part.target}: {error.strerror}") from error
        return self._cover(complete=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            partial = self._partial()
            if isinstance(error, VoiceShiftError):
                error.partial = partial
            if partial is not None and partial.path is not None:
                _tell_where(error, partial.path)
        self._sink.close()

    def _partial(self) -> Cover | None:
        if not isinstance(self._sink, FileSink):
            return self._cover(complete=False) if self.take.segments else None
        part = self._sink.part
        part.keep()
        # Not the size of what arrived: on a full disk the last of it may be missing.
        size = part.path.stat().st_size if part.path.exists() else 0
        if not size:
            part.discard()
            return None
        return evolve(self._cover(complete=False), size=size)

    def _cover(self, *, complete: bool) -> Cover:
        media_type, suffix = recognise(self._sink.head)
        path, audio = (
            (self._sink.part.path, None)
            if isinstance(self._sink, FileSink)
            else (None, self._sink.content())
        )
        return Cover(
            request=self.request,
            title=self.take.title,
            segments=self.take.segments,
            size=self._sink.size,
            complete=complete,
            elapsed=time.monotonic() - self._started,
            media_type=media_type,
            suffix=suffix,
            path=path,
            max_embedded=self._max_embedded,
            audio=audio,
        )


def _open_sink(to: str | os.PathLike[str] | None) -> FileSink | MemorySink:
    if to is None:
        return MemorySink()
    try:
        return FileSink(expand_user(to))
    except SaveError as error:
        raise SettingsError(f"to: {error}") from error.__cause__
    except TypeError as error:
        raise SettingsError(f"to must be the path of a file, not {to!r}") from error


def _tell_where(error: BaseException, path: Path) -> None:
    """Say where the partial audio lies, in an error of ours; else, of the user's or Ctrl-C, log."""
    words = f"what arrived of the cover is kept in {path}"
    if isinstance(error, VoiceShiftError):
        error.args = (f"{error}; {words}",)
    else:
        logger.warning("%s", words)


def receive(
    connection: Connection,
    reception: Reception,
    deadline: Deadline,
    tick: Callable[[], object] | None = None,
) -> Iterator[Queued | Segment]:
    """Ask for the cover and receive it, yielding what happens; ``tick`` is called meanwhile.

    Raises:
        VoiceShiftError: The cover did not become complete; the connection is ended then, since
            its late segments could be credited to the next cover.
    """
    return _events(connection, reception.request, reception.take, deadline, tick)


def stream(
    connection: Connection, request: CoverRequest, max_buffered: int, deadline: Deadline
) -> Iterator[Segment]:
    """Ask for the cover and yield its audio as it arrives, holding it only until it is taken.

    Raises:
        VoiceShiftError: As for :func:`receive`.
    """
    take = Take(Spool(max_buffered), wants_events=True)
    try:
        for event in _events(connection, request, take, deadline):
            if isinstance(event, Segment):
                yield event
    finally:
        take.sink.close()


def _events(
    connection: Connection,
    request: CoverRequest,
    take: Take,
    deadline: Deadline,
    tick: Callable[[], object] | None = None,
) -> Iterator[Queued | Segment]:
    with aborting(connection):
        connection.start_cover(request, take)
        for event in connection.cover_events(deadline, tick):
            if isinstance(event, Queued):
                yield event
            elif not isinstance(event, Arrived):
                logger.debug("passed over a message of the unknown type %r", event.type)
            elif take.wants_events:
                audio = _taken(take, event.length)
                yield Segment(event.index, event.title, audio, event.is_final)


def _taken(take: Take, length: int) -> bytes:
    try:
        return take.sink.take(length)
    except OSError as error:
        raise SaveError(f"the audio could not be written: {error.strerror}") from error


@contextmanager
def aborting(connection: Connection) -> Iterator[None]:
    """End the connection where the block is left by an exception, Ctrl-C included."""
    try:
        yield
    except BaseException:
        connection.abort()
        raise

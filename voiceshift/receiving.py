"""The receiving of one cover: from the request to a :class:`Cover`, whole or partial."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import evolve

from voiceshift.connection import Connection, Take
from voiceshift.cover import Cover, Segment
from voiceshift.errors import SaveError, VoiceShiftError
from voiceshift.mailbox import Arrived
from voiceshift.media import recognise
from voiceshift.messages import CoverRequest, Queued
from voiceshift.settings import DEFAULT_MAX_EMBEDDED
from voiceshift.sinks import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import Self

    from voiceshift.deadlines import Deadline
    from voiceshift.destinations import Destination

__all__ = ["Reception", "aborting", "receive", "stream"]

logger = logging.getLogger("voiceshift")


class Reception:
    """A cover in the making; as a context manager it hands what arrived to the error that ends it.

    Args:
        request: What is asked for.
        destination: Where the audio goes; closed on leaving.
        wants_events: Whether each segment is to be announced.
        song_file: What the cover gets of that name.
        max_embedded: Likewise.
    """

    def __init__(
        self,
        request: CoverRequest,
        destination: Destination,
        *,
        wants_events: bool,
        song_file: Path | None,
        max_embedded: int = DEFAULT_MAX_EMBEDDED,
    ) -> None:
        self.request = request
        self._song_file = song_file
        self._max_embedded = max_embedded
        self._started = time.monotonic()
        self._destination = destination
        self.take = Take(destination.sink, wants_events=wants_events or destination.passes_on)

    def pass_on(self, audio: bytes) -> None:
        """Send the next segment on its way, where the destination is a pipe.

        Raises:
            SaveError: Whoever read it has gone.
        """
        self._destination.pass_on(audio)

    def complete(self) -> Cover:
        """The whole cover; a file gets its own name.

        Raises:
            SaveError: It cannot be given; the audio stays under the ``.part`` name.
        """
        suffix = recognise(self.take.sink.head).suffix
        self._destination.complete(self.take.title, suffix)
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
        self._destination.close()

    def _partial(self) -> Cover | None:
        size = self._destination.keep()
        if size is None or not (size or self.take.segments):
            return None
        return evolve(self._cover(complete=False), size=size)

    def _cover(self, *, complete: bool) -> Cover:
        media_type, suffix = recognise(self.take.sink.head)
        return Cover(
            request=self.request,
            title=self.take.title,
            segments=self.take.segments,
            size=self.take.sink.size,
            complete=complete,
            elapsed=time.monotonic() - self._started,
            media_type=media_type,
            suffix=suffix,
            path=self._destination.path,
            max_embedded=self._max_embedded,
            audio=self._destination.content(),
            song_file=self._song_file,
        )


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
    for event in _events(connection, reception.request, reception.take, deadline, tick):
        if isinstance(event, Segment):
            reception.pass_on(event.audio)
        yield event


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

"""One request and its answer: from what is asked for to a :class:`Cover`, whole or partial."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from voiceshift.cover import Cover
from voiceshift.errors import ConnectionLost, SettingsError, VoiceShiftError
from voiceshift.events import Segment
from voiceshift.request import in_format
from voiceshift.util.audio_format import FORMATS_BY_SUFFIX, MAX_EMBEDDED, recognise
from voiceshift.util.logs import SafeLogger
from voiceshift.util.monotonic_clock import monotonic
from voiceshift.wire.messages import AudioSegment, features_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typing_extensions import Self

    from voiceshift.events import Progress, Queued
    from voiceshift.request import CoverRequest
    from voiceshift.util.deadline import Deadline
    from voiceshift.wire.connection import Connection
    from voiceshift.wire.sink import Sink

logger = SafeLogger("voiceshift")


class Exchange:
    """A cover in the making.

    As a context manager it hands what arrived to the error that ends it. It ends the connection as
    well where its final segment was not reached: what still comes could be taken for the next
    cover's.

    Args:
        request: What is asked for.
        sink: Where the audio goes; closed at the end.
        announces: Whether each segment is an event, or only the final one. An event for every
            message costs more than receiving a small one.
        song_file: What the cover gets of that name.
        max_embedded: Likewise.

    Attributes:
        title: Title as the service gives it.
    """

    def __init__(
        self,
        request: CoverRequest,
        sink: Sink,
        *,
        announces: bool = False,
        song_file: Path | None = None,
        max_embedded: int = MAX_EMBEDDED,
    ) -> None:
        self.title = ""
        self._request = request
        self._sink = sink
        self._announces = announces or sink.needs_caller
        self._song_file = song_file
        self._max_embedded = max_embedded
        self._process = os.getpid()
        self._started = monotonic()
        self._stored = 0
        self._read = 0
        self._connection: Connection | None = None

    def events(
        self,
        connection: Connection,
        deadline: Deadline,
        tick: Callable[[], object] | None = None,
    ) -> Iterator[Queued | Progress | AudioSegment]:
        """Ask for the cover, and what happens to it until its final segment.

        Args:
            connection: An authenticated one.
            deadline: When to give up.
            tick: Called again and again while nothing happens.

        Raises:
            SettingsError: The service does not know an option of the request; nothing was sent.
            VoiceShiftError: The cover did not become complete.
        """
        self._request = self._in_format_of_file(connection)
        names = [*self._request.options, *(["pitch"] if self._request.pitch == "auto" else [])]
        connection.require(features_of(self._request), ", ".join(names))
        self._connection = connection
        connection.start_cover(self._request, self.store)
        is_final = False
        while not is_final:
            self._check_process()
            event = connection.next_of_cover(deadline, tick)
            if isinstance(event, AudioSegment):
                self._sink.pass_on(event.length)
                is_final = event.is_final
            if is_final:
                self._connection = None
            yield event

    def _in_format_of_file(self, connection: Connection) -> CoverRequest:
        """The request, for the format that the file's suffix names, where the service has it."""
        suffix = self._sink.suffix
        if not suffix or "format" not in connection.service.features:
            return self._request
        if suffix not in FORMATS_BY_SUFFIX:
            raise SettingsError(
                f"to: the service cannot make {suffix} files, but {', '.join(FORMATS_BY_SUFFIX)}"
            )
        return in_format(self._request, FORMATS_BY_SUFFIX[suffix])

    def store(self, segment: AudioSegment, audio: bytes) -> bool:
        """Keep the audio of a segment; whether it is to be announced. For the reader thread.

        Raises:
            SaveError: It could not be written.
        """
        self._sink.write(audio)
        self._stored += 1
        self.title = segment.title
        return self._announces or segment.is_final

    def read(self, segment: AudioSegment) -> Segment:
        """The next segment with its audio, which is read from where it was stored.

        Raises:
            SaveError: It could not be written there.
        """
        audio = self._sink.read(segment.length)
        self._read += 1
        return Segment(self._read - 1, segment.title, audio, segment.is_final)

    def complete(self) -> Cover:
        """The whole cover, in its place.

        Raises:
            SaveError: It cannot be brought there; a file keeps its ``.part`` name.
        """
        self._check_process()
        self._sink.complete(self.title)
        return self._cover(self._sink.size, complete=True)

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise ConnectionLost("this process was forked, and the cover is its parent's")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if self._process != os.getpid():
            return  # the parent's reader may have held the sink's lock just then
        if self._connection is not None:
            self._connection.abort()
        if error is not None:
            self._hand_over(error)
        self._sink.close()

    def _hand_over(self, error: BaseException) -> None:
        """Make what arrived the error's partial cover."""
        size = self._sink.keep()
        partial = self._cover(size, complete=False) if size else None
        if isinstance(error, VoiceShiftError):
            error.partial = partial
        if partial is not None and partial.path is not None:
            _add_location(error, partial.path)

    def _cover(self, size: int, *, complete: bool) -> Cover:
        media_type, suffix = recognise(self._sink.head)
        return Cover(
            request=self._request,
            title=self.title,
            segments=self._stored,
            size=size,
            complete=complete,
            elapsed=monotonic() - self._started,
            media_type=media_type,
            suffix=suffix,
            path=self._sink.path,
            max_embedded=self._max_embedded,
            audio=self._sink.content(),
            song_file=self._song_file,
        )


def _add_location(error: BaseException, path: Path) -> None:
    """Say where the partial audio is: in our own error, or in the log for any other."""
    notice = f"what arrived of the cover is kept in {path}"
    if isinstance(error, VoiceShiftError):
        error.args = (f"{error}; {notice}",)
    else:
        logger.warning("%s", notice)

"""One connection to the service: the reader thread, its mailbox, deadlines and the close.

The reader owns the socket's reading side. It writes audio into the running cover's sink and puts
small events into the mailbox, the last of which is always the error that ended the connection. It
never runs a user's code and never waits for the caller, so pings are answered however slow the
caller is. It holds this object, never the client.
"""

from __future__ import annotations

import copy
import itertools
import os
import threading
import time
import traceback
from typing import TYPE_CHECKING

from voiceshift.errors import (
    AuthError,
    AuthTimeout,
    ClientClosed,
    ConnectError,
    ConnectionLost,
    CoverError,
    IdleTimeout,
    ProtocolError,
    SaveError,
    ServiceFull,
    VoiceShiftError,
)
from voiceshift.events import Queued
from voiceshift.util.deadline import Deadline, earliest
from voiceshift.util.text import one_line
from voiceshift.wire.event_queue import Arrived, Mail, Mailbox, Opened
from voiceshift.wire.messages import (
    AudioSegment,
    AuthRequired,
    AuthSuccess,
    Message,
    ServiceError,
    Unknown,
    authentication_text,
    cover_text,
    parse,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.request import CoverRequest
    from voiceshift.settings import Settings
    from voiceshift.wire.sink import Sink
    from voiceshift.wire.transport import WebSocket

__all__ = ["Connection", "Take"]

numbers = itertools.count(1)

LAST_WORDS = 1.0
"""Seconds to wait, after a failed send, for what the service said before it went."""

JOIN_TIMEOUT = 0.5
"""Seconds to wait for the reader, once its socket is shut down."""


class Take:
    """What the reader has received of one cover.

    Attributes:
        sink: Where its audio goes.
        wants_events: Whether each segment is announced in the mailbox, or only the final one. An
            event for every message costs more than receiving a small one.
        title: Title in the service's words.
        segments: Number of messages so far.
    """

    def __init__(self, sink: Sink, *, wants_events: bool) -> None:
        self.sink = sink
        self.wants_events = wants_events
        self.title = ""
        self.segments = 0


class Connection:
    """A WebSocket to the service, from dialing to the close.

    Args:
        settings: What to connect to, and all limits.
        deadline: For opening the WebSocket.

    Attributes:
        state: ``connecting``, ``open``, ``authenticated``, ``covering`` or ``closed``.
    """

    def __init__(self, settings: Settings, deadline: Deadline) -> None:
        from voiceshift.wire.dialer import Dialer

        self.state = "connecting"
        self._settings = settings
        self._deadline = deadline
        self._dialer = Dialer(settings, deadline)
        self._mailbox = Mailbox()
        self._websocket: WebSocket | None = None
        self._take: Take | None = None
        self._take_lock = threading.Lock()
        self._last_message = time.monotonic()
        self._closing: VoiceShiftError | None = None
        self._end: VoiceShiftError | None = None
        self._process = os.getpid()
        self._reader = threading.Thread(
            target=self._read, name=f"voiceshift-reader-{next(numbers)}", daemon=True
        )
        self._reader.start()

    # ---- the caller's side

    def is_ready(self) -> bool:
        """Whether a cover can be started; passes over what came since the last one.

        Raises:
            AuthError: The service took the authentication back in the meantime.
        """
        if self._process != os.getpid() or self.state != "authenticated":
            return False
        try:
            while (event := self._mailbox.take()) is not None:
                self._accept(event)
        except AuthError:
            raise
        except VoiceShiftError:
            return False
        return self._reader.is_alive()

    def wait_until_open(self) -> None:
        """Wait for the WebSocket.

        Raises:
            ConnectError: It cannot be opened.
            DeadlineExceeded: Not in time.
        """
        self._next(self._deadline)
        self.state = "open"

    def authenticate(self, deadline: Deadline) -> None:
        """Answer the service's challenge with the token.

        Args:
            deadline: A limit beside ``auth_timeout``.

        Raises:
            AuthError: The service refused the token.
            ConnectError: The connection ended before that.
            ProtocolError: The service said anything else.
            DeadlineExceeded: Not in time.
        """
        token = self._settings.token
        assert token is not None
        own = Deadline(self._settings.auth_timeout, AuthTimeout, "answer to the authentication")
        deadline = earliest(own, deadline)
        self._expect(AuthRequired, deadline)
        self._send(authentication_text(token))
        self._expect(AuthSuccess, deadline)
        self.state = "authenticated"

    def start_cover(self, request: CoverRequest, take: Take) -> None:
        """Send a request; its audio goes into ``take`` from here on.

        Raises:
            VoiceShiftError: The connection ended; the request may have been sent.
        """
        with self._take_lock:
            self._take = take
        self._last_message = time.monotonic()
        self.state = "covering"
        self._send(cover_text(request, self._settings.request_type))

    def cover_events(
        self, deadline: Deadline, tick: Callable[[], object] | None = None
    ) -> Iterator[Queued | Arrived | Unknown]:
        """What happens to the running cover, until its final segment.

        Args:
            deadline: When to give up.
            tick: Called again and again while nothing happens.

        Raises:
            CoverError: The service could not make it.
            ServiceFull: It did not take it.
            VoiceShiftError: The connection ended, broke the protocol, or a deadline passed.
        """
        while True:
            event = self._next_of_cover(deadline, tick)
            match event:
                case Queued():
                    yield event
                case Unknown():
                    yield Unknown(self._redacted(event.type))  # it is logged
                case Arrived():
                    if event.is_final:
                        self.state = "authenticated"
                    yield event
                    if event.is_final:
                        return
                case ServiceError():
                    kind = ServiceFull if event.is_full else CoverError
                    raise kind(self._redacted(event.message))
                case _:
                    raise ProtocolError(
                        f"the service sent {type(event).__name__} in the middle of a cover"
                    )

    def close(self) -> None:
        """Close with a handshake bounded by ``close_timeout``; from any thread, at any moment."""
        if not self._begin_end(ClientClosed("the client was closed")):
            return
        deadline = Deadline(self._settings.close_timeout, IdleTimeout, "close")
        if self._websocket is not None and self._websocket.begin_close(JOIN_TIMEOUT):
            self._reader.join(deadline.remaining())
        self._finish_end()

    def abort(self) -> None:
        """End the connection without waiting for the service."""
        if not self._begin_end(ClientClosed("the connection was given up")):
            return
        if self._websocket is not None:
            self._websocket.begin_close(0)
        self._finish_end()

    def _begin_end(self, end: VoiceShiftError) -> bool:
        """Note why this side ends the connection; ``False`` in a forked child, whose it is not."""
        self.state = "closed"
        if self._process != os.getpid():
            return False
        self._closing = self._closing or end
        return True

    def _finish_end(self) -> None:
        self._dialer.cancel()
        if threading.current_thread() is not self._reader:
            self._reader.join(JOIN_TIMEOUT)
        with self._take_lock:
            self._take = None  # a reader that is still there writes nothing more into it

    def _expect(self, kind: type[Mail], deadline: Deadline) -> None:
        event = self._next(deadline)
        if not isinstance(event, kind):
            raise ProtocolError(
                f"the service sent {type(event).__name__} where {kind.__name__} was due; "
                f"is {self._settings.uri} the right service?"
            )

    def _send(self, text: str) -> None:
        assert self._websocket is not None
        try:
            self._websocket.send_message(text)
        except ConnectionLost:
            # The service may have said why it went, and the reader is about to read it.
            event = self._mailbox.next(Deadline(LAST_WORDS, IdleTimeout, "last words"))
            if event is not None:
                self._accept(event)
            raise

    def _next(self, deadline: Deadline, tick: Callable[[], object] | None = None) -> Mail:
        """The next event, or the error that ended the connection."""
        if self._end is not None:
            raise copy.copy(self._end) from self._end.__cause__
        event = self._mailbox.next(deadline, tick)
        if event is None:
            raise deadline.exceeded()
        return self._accept(event)

    def _next_of_cover(self, deadline: Deadline, tick: Callable[[], object] | None) -> Mail:
        """Like :meth:`_next`, with ``idle_timeout`` counted from the last message received."""
        while True:
            seconds = self._settings.idle_timeout
            idle = Deadline(seconds, IdleTimeout, "message of the service", self._last_message)
            try:
                return self._next(earliest(deadline, idle), tick)
            except IdleTimeout:
                # Segments may have arrived that were not announced.
                if self._end is not None or self._last_message == idle.since:
                    raise

    def _accept(self, event: Mail) -> Mail:
        """``event``, or raise it where it is the end."""
        if not isinstance(event, VoiceShiftError):
            return event
        self._end = event
        if isinstance(event, ConnectionLost) and self.state in ("connecting", "open"):
            self._end = ConnectError(f"before the authentication was done, {event}")
            self._end.__cause__ = event
        self.state = "closed"
        raise copy.copy(self._end) from self._end.__cause__

    def _redacted(self, text: str) -> str:
        """The service's words, fit to be shown: it might quote the token."""
        text = one_line(text)
        return self._settings.token.redact(text) if self._settings.token else text

    # ---- the reader's side

    def _read(self) -> None:
        """Open, read until the end, close. The end is the last item the mailbox ever gets."""
        try:
            self._open()
            assert self._websocket is not None
            self._mailbox.put(Opened())
            while True:
                self._receive(parse(self._websocket.receive()))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is waiting for it
            end = self._translate(error)
            _forget_frames(error)
        self._dialer.close()
        if self._websocket is not None:
            self._websocket.release()
        self._mailbox.put(end)

    def _open(self) -> None:
        stream = self._dialer.dial()
        from voiceshift.wire.transport import connect

        try:
            self._websocket = connect(stream, self._settings)
        except TimeoutError as error:
            raise self._deadline.exceeded() from error

    def _receive(self, message: Message) -> None:
        self._last_message = time.monotonic()
        if not isinstance(message, AudioSegment):
            self._mailbox.put(message)
            return
        with self._take_lock:
            event = self._store(message)
        if event is not None:
            self._mailbox.put(event)

    def _store(self, segment: AudioSegment) -> Arrived | None:
        take = self._take
        if take is None:
            raise ProtocolError("the service sent audio that belongs to no cover")
        try:
            take.sink.write(segment.audio)
        except OSError as error:
            raise SaveError(f"the audio could not be written: {error.strerror}") from error
        index = take.segments
        take.segments += 1
        take.title = segment.title
        if segment.is_final:
            self._take = None
        elif not take.wants_events:
            return None
        return Arrived(index, segment.title, len(segment.audio), segment.is_final)

    def _translate(self, error: BaseException) -> VoiceShiftError:
        if self._closing is not None:
            return self._closing
        if not isinstance(error, VoiceShiftError):
            failure = ConnectionLost(f"the reader failed: {type(error).__name__}", code=1006)
            failure.__cause__ = error
            return failure
        if isinstance(error, (AuthError, ConnectionLost)):
            # A service might quote the token that it refuses.
            error.reason = self._redacted(error.reason)
            error.args = (self._redacted(str(error)),)
        return error


def _forget_frames(error: BaseException | None) -> None:
    """Empty the frames of a traceback: they hold messages and the buffer they were read into.

    Whoever keeps the error would keep those megabytes too.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__

"""One connection to the service: the reader thread, its event queue, deadlines and the close.

The reader owns the socket's reading side. It writes audio into the running cover's sink and puts
small events into the queue, the last of which is always the error that ended the connection. It
never runs a user's code and never waits for the caller, so pings are answered however slow the
caller is. It holds this object, never the client.
"""

from __future__ import annotations

import itertools
import os
import threading
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from voiceshift.errors import (
    AuthError,
    AuthTimeout,
    ClientClosed,
    ConnectError,
    ConnectionLost,
    CoverError,
    IdleTimeout,
    ProtocolError,
    ServiceFull,
    SettingsError,
    VoiceShiftError,
)
from voiceshift.events import Authenticated, Connected, Progress, Queued, ServiceInfo
from voiceshift.util.deadline import Deadline, bounded, earliest
from voiceshift.util.files import reason
from voiceshift.util.logs import SafeLogger
from voiceshift.util.monotonic_clock import monotonic
from voiceshift.util.open_files import lack_of_descriptors
from voiceshift.util.text import one_line
from voiceshift.util.tracebacks import forget_frames, hides_arguments
from voiceshift.wire.dialer import Dialer
from voiceshift.wire.event_queue import EventQueue, WireEvent
from voiceshift.wire.messages import (
    VOICES_TEXT,
    AudioSegment,
    AuthRequired,
    Message,
    Parser,
    ServiceError,
    Unknown,
    Voices,
    authentication_text,
    cover_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from voiceshift.request import CoverRequest, VoiceInfo
    from voiceshift.settings import Settings
    from voiceshift.wire.transport import WebSocket

logger = SafeLogger("voiceshift")

numbers = itertools.count(1)

CLOSE_REASON_GRACE = 1.0
"""Seconds to wait, after a failed send, for the reason with which the service closed."""

MIN_TURN, MAX_TURN = 0.1, 2.0
"""Seconds that the reader has to read what has come, before the service is said to be silent: more
the later this process notices that the time is up."""

JOIN_TIMEOUT = 0.5
"""Seconds to wait for the reader, once its socket is shut down."""

Expected = TypeVar("Expected", bound=WireEvent)


class State(Enum):
    """How far a connection has come, as far as its user knows; it ends from any of these."""

    NEW = "new"
    """There is no connection yet."""
    CONNECTING = "connecting"
    OPEN = "open"
    """The WebSocket is open."""
    AUTHENTICATED = "authenticated"
    """The service accepted the token; a cover can be started."""
    COVERING = "covering"
    """A cover was asked for, and its final segment has not come."""
    CLOSED = "closed"


class Connection:
    """A WebSocket to the service, from dialing to the close.

    Args:
        settings: What to connect to, and all limits.
        deadline: For opening the WebSocket.

    Attributes:
        service: What the service says of itself, once it has accepted the token.
    """

    def __init__(self, settings: Settings, deadline: Deadline) -> None:
        self.service = ServiceInfo()
        self._settings = settings
        self._deadline = deadline
        self._progress = State.CONNECTING
        self._dialer = Dialer(settings, deadline)
        self._parser = Parser(settings.token)
        self._queue = EventQueue()
        self._websocket: WebSocket | None = None
        self._store: Callable[[AudioSegment, bytes], bool] | None = None
        self._store_lock = threading.Lock()
        self._last_message = monotonic()
        self._process = os.getpid()
        try:
            self._reader = threading.Thread(
                target=self._read, name=f"voiceshift-reader-{next(numbers)}", daemon=True
            )
            self._reader.start()
        except RuntimeError as error:  # as in a browser, and while the interpreter ends
            raise ConnectError(
                f"this connection needs a thread, and none can be started: {error}; is there a "
                "limit of threads, or does Python end?"
            ) from error

    # ---- the caller's side

    @property
    def state(self) -> State:
        """How far it has come; never :attr:`State.NEW`."""
        return self._progress if self._queue.end is None else State.CLOSED

    def is_ready(self) -> bool:
        """Whether a cover can be started; passes over what came since the last one.

        Raises:
            AuthError: The service took the authentication back in the meantime.
        """
        if self._process != os.getpid() or self._progress is not State.AUTHENTICATED:
            return False
        self._queue.clear()
        if isinstance(self._queue.end, AuthError):
            self._next(self._deadline)  # raises it
        return self._queue.end is None

    def open(self, deadline: Deadline) -> Iterator[Connected | Authenticated]:
        """Wait for the WebSocket, then answer the service's challenge with the token.

        Args:
            deadline: A limit beside ``connect_timeout`` and ``auth_timeout``.

        Yields:
            What happens.

        Raises:
            AuthError: The service refused the token.
            ConnectError: The WebSocket cannot be opened, or the connection ended before that.
            ProtocolError: The service said anything else.
            DeadlineExceeded: Not in time.
        """
        try:
            yield self._wait_until_open()
            yield self._authenticate(deadline)
        except ConnectionLost as error:  # until the token is accepted, there is none to lose
            raise ConnectError(f"before the authentication was done, {error}") from error

    def _wait_until_open(self) -> Connected:
        event = self._expect(Connected, self._deadline)
        self._progress = State.OPEN
        return event

    def _authenticate(self, deadline: Deadline) -> Authenticated:
        token = self._settings.token
        assert token is not None
        own = Deadline(self._settings.auth_timeout, AuthTimeout, "answer to the authentication")
        deadline = earliest(own, deadline)
        self._expect(AuthRequired, deadline)
        self._send(authentication_text(token))
        event = self._expect(Authenticated, deadline)
        self.service = event.service
        self._progress = State.AUTHENTICATED
        return event

    def require(self, features: Iterable[str], what: str) -> None:
        """Check that the service has features, before anything that needs them is sent.

        Args:
            features: Their names.
            what: What needs them, for the message.

        Raises:
            SettingsError: It has not said that it has one of them.
        """
        if missing := sorted(set(features) - self.service.features):
            raise SettingsError(
                f"the service at {self._settings.address} does not have {', '.join(missing)}, so "
                f"nothing was sent; leave out {what}, or use the embedded service "
                "(Client.local() in a script, --local in a shell)"
            )

    def voices(self) -> tuple[VoiceInfo, ...]:
        """Ask for the voices that the service offers.

        Raises:
            SettingsError: It is not one that tells.
            CoverError: It says that it cannot.
            VoiceShiftError: The connection ended, or ``idle_timeout`` passed.
        """
        self.require(["voices"], "the question for its voices")
        self._last_message = monotonic()
        self._send(VOICES_TEXT)
        limit = Deadline(None, IdleTimeout, "answer")
        while not isinstance(event := self._next_before_idle(limit, None), Voices):
            if isinstance(event, ServiceError):
                raise CoverError(one_line(event.message))
        return event.voices

    def start_cover(
        self,
        request: CoverRequest,
        store: Callable[[AudioSegment, bytes], bool],
    ) -> None:
        """Send a request.

        Args:
            request: What is asked for.
            store: Called by the reader with each segment and its audio, up to the final one; tells
                whether the segment is to be announced to the caller.

        Raises:
            VoiceShiftError: The connection ended; the request may have been sent.
        """
        with self._store_lock:
            self._store = store
        self._last_message = monotonic()
        self._progress = State.COVERING
        # Always, since warnings come with it.
        progress = "progress" in self.service.features
        self._send(cover_text(request, self._settings.request_type, progress=progress))

    def next_of_cover(
        self, deadline: Deadline, tick: Callable[[], object] | None = None
    ) -> Queued | Progress | AudioSegment:
        """What happens next to the running cover.

        Args:
            deadline: When to give up, beside ``idle_timeout``.
            tick: Called again and again while nothing happens.

        Raises:
            CoverError: The service could not make it.
            ServiceFull: It did not take it.
            VoiceShiftError: The connection ended, broke the protocol, or a deadline passed.
        """
        while True:
            match event := self._next_before_idle(deadline, tick):
                case AudioSegment():
                    if event.is_final:
                        self._progress = State.AUTHENTICATED
                    return event
                case Queued() | Progress():
                    return event
                case Voices():
                    logger.debug("passed over voices that nobody asked for")
                case Unknown():
                    logger.debug("passed over a message of the unknown type %r", event.type)
                case ServiceError():
                    kind = ServiceFull if event.is_full else CoverError
                    raise kind(one_line(event.message))
                case _:
                    raise ProtocolError(
                        f"the service sent {type(event).__name__} in the middle of a cover"
                    )

    def close(self) -> None:
        """Close with a handshake bounded by ``close_timeout``; from any thread, at any moment."""
        self._close(ClientClosed("the client was closed"), is_polite=True)

    def abort(self) -> None:
        """End the connection without waiting for the service."""
        self._close(ClientClosed("the connection was given up"), is_polite=False)

    def _close(self, end: VoiceShiftError, *, is_polite: bool) -> None:
        if self._process != os.getpid():  # a forked child, whose connection it is not
            return
        if self._queue.close(end):
            try:
                sent = self._websocket is not None and self._websocket.begin_close(
                    JOIN_TIMEOUT if is_polite else 0
                )
                if sent and is_polite:
                    self._join_reader(bounded(self._settings.close_timeout))
            finally:
                self._dialer.cancel()
        self._join_reader(JOIN_TIMEOUT)
        with self._store_lock:
            self._store = None  # a reader that is still there stores nothing more

    def _join_reader(self, timeout: float | None) -> None:
        if threading.current_thread() is not self._reader:
            self._reader.join(timeout)

    def _expect(self, kind: type[Expected], deadline: Deadline) -> Expected:
        event = self._next(deadline)
        if not isinstance(event, kind):
            raise ProtocolError(
                f"the service sent {type(event).__name__} where {kind.__name__} was due; "
                f"is {self._settings.address} the right service?"
            )
        return event

    @hides_arguments
    def _send(self, text: str) -> None:
        assert self._websocket is not None
        try:
            self._websocket.send_message(text)
        except ConnectionLost:
            # The service may have said why it closed, and the reader is about to read it.
            grace = Deadline(CLOSE_REASON_GRACE, IdleTimeout, "close")
            while self._queue.next(grace) is not None:
                pass
            raise

    def _next(self, deadline: Deadline) -> WireEvent:
        event = self._queue.next(deadline)
        if event is None:
            raise deadline.exceeded()
        return event

    def _next_before_idle(self, deadline: Deadline, tick: Callable[[], object] | None) -> WireEvent:
        """The next event; ``idle_timeout`` counts from the last message that was received."""
        while True:
            seconds = self._settings.idle_timeout
            idle = Deadline(seconds, IdleTimeout, "message of the service", self._last_message)
            first = earliest(deadline, idle)
            event = self._queue.next(first, tick)
            if event is None and first is idle:
                # This process may have been stopped or suspended, and messages lie in the socket.
                late = min(monotonic() - idle.at, MAX_TURN)
                turn = Deadline(MIN_TURN + late, IdleTimeout, "turn of the reader")
                event = self._queue.next(earliest(deadline, turn), tick)
            if event is not None:
                return event
            # Segments may have arrived that were not announced.
            if first is deadline or self._last_message == idle.since:
                raise first.exceeded()

    def _redacted(self, text: str) -> str:
        """The service's words, fit to be shown: it might quote the token."""
        text = one_line(text)
        return self._settings.token.redact(text) if self._settings.token else text

    # ---- the reader's side

    def _read(self) -> None:
        """Open, read until the end, close; then the end is put into the queue."""
        try:
            self._open()
            assert self._websocket is not None
            self._queue.put(Connected(self._settings.address))
            while True:
                self._receive(*self._parser.parse(self._websocket.receive()))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller is waiting for it
            end = self._as_end(error)
            # They hold messages and the buffer they were read into: a caller that keeps the error
            # would keep those megabytes too.
            forget_frames(error)
        self._dialer.close()
        if self._websocket is not None:
            self._websocket.release()
        self._queue.close(end)

    def _open(self) -> None:
        from voiceshift.wire.transport import connect

        stream = self._dialer.dial()
        try:
            self._websocket = connect(stream, self._settings)
        except TimeoutError as error:
            raise self._deadline.exceeded() from error

    def _receive(self, message: Message, audio: bytes) -> None:
        self._last_message = monotonic()
        if not isinstance(message, AudioSegment) or self._store_segment(message, audio):
            self._queue.put(message)

    def _store_segment(self, segment: AudioSegment, audio: bytes) -> bool:
        with self._store_lock:
            store = self._store
            if store is None:
                if self._queue.end is not None:  # it could not know yet that nobody wants it
                    return False
                raise ProtocolError("the service sent audio that belongs to no cover")
            if segment.is_final:
                self._store = None
            return store(segment, audio)

    def _as_end(self, error: BaseException) -> VoiceShiftError:
        if self._websocket is None and (lack := lack_of_descriptors(error.__cause__ or error)):
            failure = ConnectError(reason(lack))
            failure.__cause__ = lack
            return failure
        if not isinstance(error, VoiceShiftError):
            return self._unforeseen(error)
        if isinstance(error, (AuthError, ConnectionLost)):
            # A service might quote the token that it refuses.
            error.reason = self._redacted(error.reason)
            error.args = (self._redacted(str(error)),)
        if isinstance(error, AuthError) and self._settings.token:
            error.args = (f"{error}{self._settings.token.hint()}",)
        return error

    def _unforeseen(self, error: BaseException) -> VoiceShiftError:
        """The error for what nobody has thought of, in the words that it has."""
        words = self._redacted(f"{type(error).__name__}: {error}")
        failure: VoiceShiftError
        if self._websocket is None:
            failure = ConnectError(
                f"no connection to {self._settings.address} could be made: {words}"
            )
        else:
            failure = ConnectionLost(f"the connection had to be ended: {words}")
        failure.__cause__ = error
        return failure

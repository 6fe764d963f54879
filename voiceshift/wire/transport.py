"""websocket-client, extended: bounded reading into one buffer, close codes, keep-alive.

The only module that imports websocket-client. Its exceptions, and the operating system's, are
mapped to voiceshift's here.

:class:`WebSocket` differs from the library's in these ways, where the library was seen to fail:

* a close from the service keeps its code and reason, also where they are illegal or where our half
  of the close cannot be sent;
* sizes are checked at the frame header, over all fragments of a message together;
* the fragments of a message are joined in linear time, and frames are read with few calls into one
  reused buffer;
* text is not validated character by character in Python: the parser decodes it strictly anyway;
* a silent service is pinged, and given up when it stays silent;
* any protocol error is final.
"""

from __future__ import annotations

import selectors
import ssl
import struct
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voiceshift.errors import (
    AuthError,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    MessageTooBig,
    ProtocolError,
    VoiceShiftError,
)
from voiceshift.settings import Secret
from voiceshift.util.deadline import Deadline, bounded
from voiceshift.util.monotonic_clock import monotonic
from voiceshift.wire.http_answer import SWITCHING_PROTOCOLS, Answer, read_answer
from voiceshift.wire.library import missing_library, refuse_other_module
from voiceshift.wire.messages import UNAUTHORIZED

refuse_other_module()
try:
    import websocket
    from websocket import ABNF, WebSocketException, frame_buffer
except Exception as error:  # whatever another module of that name raises
    raise missing_library() from error

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from voiceshift.settings import Settings
    from voiceshift.wire.segment import Payload

READ_AHEAD = 128 * 1024
"""Bytes read past the current frame: many small frames in one call, without much to move. Twice as
many are no faster, and every connection has a buffer of its own."""

MAX_CONTROL_FRAME = 125
"""Bytes of payload, RFC 6455 section 5.5."""

NO_STATUS = 1005
ABNORMAL_CLOSURE = 1006
"""Close codes, RFC 6455 section 7.4.1."""

MEANINGS = {
    401: "it wants a login before any WebSocket; see `headers` of Settings",
    403: "it refuses access, perhaps to this network or program",
    404: "there is no WebSocket at this path; is the URL right?",
    408: "it waited too long for the request; try again later",
    425: "it does not take the request so early; try again later",
    429: "too many requests, or too many connections at once; try again later",
    503: "the service takes no connections now; try again later",
    511: "this network wants a login first, perhaps on a page in the browser",
}
"""What some HTTP statuses mean."""

USER_AGENT = f"voiceshift websocket-client/{getattr(websocket, '__version__', 'unknown')}"
"""Without our version: to look it up takes as long as all the rest of connecting."""

LIBRARY_ERRORS = (OSError, ValueError, WebSocketException)
"""What the operating system and the library raise."""


class FrameBuffer(frame_buffer):  # type: ignore[misc]
    """The library's frame parser, fed from one reused buffer and bounded at the header.

    Args:
        receive_into: Reads at least one byte into a buffer and returns how many.
        max_message_size: In bytes.

    Attributes:
        opcode: Of the frame that was begun last.
        payload: Of the frame that was read last, also where the library then refused the frame.
        message_size: Bytes of the unfinished message; set by what joins the fragments.
    """

    def __init__(self, receive_into: Callable[[memoryview], int], max_message_size: int) -> None:
        super().__init__(None, skip_utf8_validation=True)
        self._receive_into = receive_into
        self._max_message_size = max_message_size
        self._view = memoryview(bytearray(READ_AHEAD + MAX_CONTROL_FRAME))
        self._start = self._end = 0
        self.opcode = 0
        self.payload: bytes | memoryview = b""
        self.message_size = 0

    def recv_length(self) -> None:
        """Read the frame's length, and refuse the frame where it breaks a rule or a limit."""
        super().recv_length()
        is_last, is_compressed, _, _, self.opcode, has_mask, _ = self.header
        if is_compressed:
            raise ProtocolError(
                "the service sent a compressed message, though nobody asked for compression; does "
                "a proxy between add it?"
            )
        if has_mask:
            raise ProtocolError("the service sent a masked frame")
        if self.opcode >= ABNF.OPCODE_CLOSE:
            if self.length > MAX_CONTROL_FRAME or not is_last:
                raise ProtocolError("the service sent a control frame that is too long or split")
        elif self.message_size + self.length > self._max_message_size:
            size, limit = self.message_size + self.length, self._max_message_size
            raise MessageTooBig(
                f"the service announced a message of {size} bytes; max_message_size is {limit}",
                size=size,
                limit=limit,
            )

    def recv_strict(self, bufsize: int) -> bytes | memoryview:
        """Exactly ``bufsize`` bytes; long ones as a view that is valid until the next call.

        Nothing is consumed where reading fails, so that it can be called again.
        """
        if self._end - self._start < bufsize:
            self._fill(bufsize)
        view = self._view[self._start : self._start + bufsize]
        self._start += bufsize
        self.payload = bytes(view) if bufsize <= MAX_CONTROL_FRAME else view
        return self.payload

    def _fill(self, size: int) -> None:
        held = self._end - self._start
        if self._start + size + READ_AHEAD > len(self._view):
            # A bytearray with views on it cannot grow: take a new one only where moving the rest to
            # the front is not enough.
            room = size + READ_AHEAD
            target = self._view if room <= len(self._view) else memoryview(bytearray(room))
            target[:held] = self._view[self._start : self._end]
            self._view, self._start, self._end = target, 0, held
        limit = self._start + size + READ_AHEAD
        while self._end - self._start < size:
            self._end += self._receive_into(self._view[self._end : limit])


class WebSocket(websocket.WebSocket):  # type: ignore[misc]
    """One WebSocket, read by one thread and written by any.

    Args:
        settings: ``max_message_size``, ``ping_interval`` and ``ping_timeout`` are used.
    """

    def __init__(self, *, settings: Settings, **options: Any) -> None:
        super().__init__(**options)
        self._ping_interval = bounded(settings.ping_interval)
        self._ping_timeout = bounded(settings.ping_timeout)
        self.frame_buffer = FrameBuffer(self._receive_into, settings.max_message_size)
        self._pinged_at: float | None = None

    def receive(self) -> Payload:
        """The next whole message; a view is valid until the next call.

        Raises:
            AuthError: The service closed with code 4001.
            ConnectionLost: The connection ended in any other way.
            ProtocolError: The service broke the WebSocket protocol.
            MessageTooBig: The message is larger than ``max_message_size``.
        """
        fragments: bytearray | None = None
        while True:
            frame = self._next_frame()
            if frame.opcode == ABNF.OPCODE_PING:
                # The service may be gone already; what it sent before is still to be read. Only a
                # timeout is final: part of the pong may have been sent.
                with _map_errors(), suppress(OSError, websocket.WebSocketConnectionClosedException):
                    self.pong(frame.data)
            elif frame.opcode == ABNF.OPCODE_CLOSE:
                raise self._closed_by_service(frame.data)
            elif frame.opcode != ABNF.OPCODE_PONG:
                if (frame.opcode == ABNF.OPCODE_CONT) == (fragments is None):
                    raise ProtocolError("the service mixed up the fragments of its messages")
                if fragments is None and frame.fin:
                    payload: Payload = frame.data
                    return payload
                fragments = bytearray() if fragments is None else fragments
                fragments += frame.data
                self.frame_buffer.message_size = len(fragments)
                if frame.fin:
                    self.frame_buffer.message_size = 0
                    return fragments

    def send_message(self, text: str) -> None:
        """Send a text message.

        Raises:
            ConnectionLost: It could not be sent, or not all of it.
        """
        with _map_errors():
            self.send_text(text)

    def begin_close(self, timeout: float) -> bool:
        """Send our half of the close, where that is possible without waiting for the service.

        The library's ``close`` is of no use here: called while another thread reads it can hang for
        ever, or leave that thread blocked.

        Args:
            timeout: Seconds to wait for another thread that is sending.

        Returns:
            Whether it was sent.
        """
        if not self.lock.acquire(timeout=timeout):
            return False
        try:
            if not self._wait_for(selectors.EVENT_WRITE, 0):
                return False
            frame = ABNF.create_frame(struct.pack("!H", 1000), ABNF.OPCODE_CLOSE)
            self.sock.sendall(frame.format())
        except (OSError, ValueError):  # it is closed already, perhaps by the reader just now
            return False
        else:
            return True
        finally:
            self.lock.release()

    def release(self) -> None:
        """Let go of the receive buffer, after the last :meth:`receive`.

        It and the WebSocket refer to each other: without this it would stay until Python next looks
        for such cycles, and with every lost connection there would be one more.
        """
        del self.frame_buffer

    def _next_frame(self) -> ABNF:
        try:  # not _map_errors(), which takes as long as a small frame
            return self.frame_buffer.recv_frame()
        except VoiceShiftError:  # several of these are OSError or ValueError too
            raise
        except LIBRARY_ERRORS as error:
            is_close = self.frame_buffer.opcode == ABNF.OPCODE_CLOSE
            if is_close and isinstance(error, websocket.WebSocketProtocolException):
                # The library refuses illegal codes; the user is to see them all the same.
                raise self._closed_by_service(bytes(self.frame_buffer.payload)) from None
            raise _map_error(error) from error

    def _closed_by_service(self, payload: bytes) -> VoiceShiftError:
        """The error for a close frame, after our half of the close was sent where possible."""
        with suppress(OSError, WebSocketException):
            self.send(payload[:2], ABNF.OPCODE_CLOSE)
        code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else NO_STATUS
        reason = payload[2:].decode(errors="replace")
        detail = f": {reason}" if reason else ""
        if code == UNAUTHORIZED:
            return AuthError(
                f"the service refused the token (close {code}{detail}); check VC_TOKEN",
                code=code,
                reason=reason,
            )
        return ConnectionLost(
            f"the service closed the connection (code {code}{detail})", code=code, reason=reason
        )

    def _receive_into(self, view: memoryview) -> int:
        while True:
            try:
                if isinstance(self.sock, ssl.SSLSocket):
                    self._wait_outside_of_tls(self.sock)
                count: int = self.sock.recv_into(view)
            except TimeoutError:
                self._keep_alive()
                continue
            if count == 0:
                raise ConnectionLost("the connection ended without a close", code=ABNORMAL_CLOSURE)
            if self._pinged_at is not None:
                self._pinged_at = None
                self.sock.settimeout(self._ping_interval)
            return count

    def _wait_outside_of_tls(self, stream: ssl.SSLSocket) -> None:
        """Wait for bytes: CPython 3.13.6 lets no other thread send while one waits inside TLS."""
        if not stream.pending() and not self._wait_for(selectors.EVENT_READ, stream.gettimeout()):
            raise TimeoutError

    def _keep_alive(self) -> None:
        """Called after a silence: ping the service, or give it up."""
        if self._wait_for(selectors.EVENT_READ, 0):  # this process was stopped, not the service
            return
        if self._pinged_at is not None:
            silence = monotonic() - self._pinged_at
            raise ConnectionLost(
                f"the service is silent: no byte for {silence:.0f} seconds after a ping",
                code=ABNORMAL_CLOSURE,
            )
        self.sock.settimeout(self._ping_timeout)
        self.ping()
        self._pinged_at = monotonic()

    def _wait_for(self, event: int, timeout: float | None) -> bool:
        # poll where there is one: select cannot watch descriptors above 1024.
        kind = getattr(selectors, "PollSelector", selectors.SelectSelector)
        with kind() as selector:
            selector.register(self.sock, event)
            return bool(selector.select(timeout))


def connect(stream: socket.socket, settings: Settings) -> WebSocket:
    """Open a WebSocket on a connected stream.

    Args:
        stream: Connected to the service, TLS included; closed where this fails.
        settings: ``uri``, ``headers`` and everything :class:`WebSocket` uses.

    Raises:
        ConnectError: The other side speaks no WebSocket, or refused with an HTTP status.
        TimeoutError: The stream's own timeout passed.
    """
    opened = WebSocket(settings=settings)
    opening = _Opening(stream, settings)
    try:
        opened.connect(
            settings.uri,
            socket=opening,
            host=urlsplit(settings.uri).netloc,
            header=[f"{name}: {value.reveal()}" for name, value in _headers(settings)],
            redirect_limit=0,  # a redirect could lead the token to anyone
            suppress_origin=True,  # it is browsers that say where they come from
        )
    except (VoiceShiftError, TimeoutError):
        raise
    except websocket.WebSocketTimeoutException as error:
        raise TimeoutError from error
    except (*LIBRARY_ERRORS, IndexError) as error:
        raise _no_websocket(settings) from error
    opened.sock = stream
    stream.settimeout(bounded(settings.ping_interval))
    return opened


class _Opening:
    """The stream as the library gets it for the handshake: it sees only an answer that opens.

    The library takes informational answers for refusals, and reads what comes with a refusal to
    its end, however long that is.
    """

    def __init__(self, stream: socket.socket, settings: Settings) -> None:
        self._stream = stream
        self._settings = settings
        self._deadline = Deadline(stream.gettimeout(), ConnectTimeout, "opening handshake")
        self._answer: bytes | None = None

    def send(self, data: bytes) -> int:
        self._stream.sendall(data)
        return len(data)

    def recv(self, size: int) -> bytes:
        if self._answer is None:
            answer = read_answer(self._stream, self._remaining)
            if answer.status != SWITCHING_PROTOCOLS:
                raise _refused(self._settings, answer)
            self._answer = answer.head
        data, self._answer = self._answer[:size], self._answer[size:]
        return data

    def gettimeout(self) -> float | None:
        return self._stream.gettimeout()

    def close(self) -> None:
        self._stream.close()

    def _remaining(self) -> float | None:
        remaining = self._deadline.remaining()
        if remaining == 0:
            raise TimeoutError
        return remaining


def _headers(settings: Settings) -> list[tuple[str, Secret]]:
    """The headers to send: the user's, and who asks where they do not say it."""
    if any(name.lower() == "user-agent" for name, _ in settings.headers):
        return list(settings.headers)
    return [("User-Agent", Secret(USER_AGENT)), *settings.headers]


def _no_websocket(settings: Settings) -> ConnectError:
    return ConnectError(
        f"{settings.address} did not answer as a WebSocket server; are host, port and wss:// or "
        "ws:// right?"
    )


def _refused(settings: Settings, answer: Answer) -> ConnectError:
    """The error for an HTTP status; nothing else that the answer says is quoted."""
    seconds = _retry_after(answer.headers.get("retry-after", ""))
    later = "" if seconds is None else f"; it asks to wait {seconds:.0f} seconds"
    return ConnectError(
        f"{settings.address} answered with HTTP status {answer.status}: "
        f"{_meaning(answer.status)}{later}",
        status=answer.status,
        retry_after=seconds,
    )


def _meaning(status: int) -> str:
    if status in MEANINGS:
        return MEANINGS[status]
    if 300 <= status < 400:
        return "a redirect, which is not followed; is the URL right?"
    if 520 <= status <= 530:
        return "Cloudflare, which stands before the service, does not reach it"
    if 500 <= status < 600:
        return "the service, or a server before it, has failed; try again later"
    return "not a WebSocket; is the URL right?"


def _retry_after(value: str) -> float | None:
    """Seconds to wait, from a number of them or a date (RFC 9110 section 10.2.3)."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    from email.utils import parsedate_to_datetime  # slow to import

    try:
        date = parsedate_to_datetime(value)
        return max(0.0, date.timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


@contextmanager
def _map_errors() -> Iterator[None]:
    """Map what the library and the operating system raise to voiceshift's exceptions."""
    try:
        yield
    except VoiceShiftError:
        raise
    except LIBRARY_ERRORS as error:
        raise _map_error(error) from error


def _map_error(error: Exception) -> VoiceShiftError:
    if isinstance(error, websocket.WebSocketProtocolException):
        return ProtocolError(f"the service broke the WebSocket protocol: {error}")
    return ConnectionLost(
        f"the connection broke: {str(error) or type(error).__name__}", code=ABNORMAL_CLOSURE
    )

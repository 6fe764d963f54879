"""The service's end of one connection: it reads through websockets, and sends any bytes at all."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from voiceshift.testing.frames import CLOSE, PING, PONG, frame

if TYPE_CHECKING:
    from websockets.frames import Frame
    from websockets.http11 import Request

CLOSE_TIMEOUT = 1.0
"""Seconds that a client may take for its half of a close."""

READ_CHECK = b"have you read it?"
"""Content of the ping that :meth:`Peer.wait_until_read` sends."""


class Peer:
    """One connection. Pings and closes of the client are answered while it is read from.

    Attributes:
        is_open: Whether the answer to the opening handshake was sent.

    Raises:
        ImportError: websockets is not installed.
    """

    def __init__(self, stream: socket.socket) -> None:
        from websockets.server import ServerProtocol

        self.is_open = False
        self._stream = stream
        self._protocol = ServerProtocol()
        self._events: deque[Any] = deque()
        self._lock = threading.RLock()  # a close may come from another thread

    # ---- reading; the end of the stream is an EOFError

    def receive_opening(self) -> bytes:
        """Read the client's opening handshake; return the answer to it, still to be sent."""
        request: Request = self._next_event()
        self._protocol.send_response(self._protocol.accept(request))
        return b"".join(self._protocol.data_to_send())

    def receive_message(self) -> dict[str, Any]:
        """The client's next message.

        Raises:
            ValueError: It is not a JSON object.
        """
        content = b""
        while True:
            event: Frame = self._next_event()
            if event.opcode in (CLOSE, PING, PONG):  # websockets has answered it
                continue
            content += event.data
            if event.fin:
                break
        message = json.loads(content)
        if not isinstance(message, dict):
            raise ValueError("a message is not a JSON object")
        return message

    def ignore(self) -> None:
        """Answer nothing but pings and a close, until the client ends the connection."""
        while True:
            self._next_event()

    def drain(self) -> None:
        """Answer nothing at all, until the client ends the connection."""
        while self._stream.recv(2**16):
            pass

    def wait_until_read(self) -> None:
        """Wait until the client has read what was sent, which a reset would discard."""
        self.send(frame(PING, READ_CHECK))
        while not any(_is_read_check(event) for event in self._events):
            self._read()
        self._events = deque(event for event in self._events if not _is_read_check(event))

    # ---- sending

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        with self._lock:
            self._stream.sendall(data)

    def refuse(self, status: int) -> None:
        """Read the opening handshake, and answer with an HTTP status."""
        self._next_event()
        self._protocol.send_response(self._protocol.reject(status, "refused by the script\n"))
        self._flush()

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake; end the connection where there can be none.

        Raises:
            OSError: The client ended the connection first.
        """
        from websockets.exceptions import InvalidState

        # The lock is held where the client does not read what is being sent.
        if not self.is_open or not self._lock.acquire(timeout=CLOSE_TIMEOUT):
            self.shut_down()
            return
        try:
            with suppress(InvalidState):  # it is being closed already
                self._protocol.send_close(code, reason)
            self._flush()
        finally:
            self._lock.release()

    def half_close(self) -> None:
        """End the service's direction of the stream only."""
        self._stream.shutdown(socket.SHUT_WR)

    def shut_down(self) -> None:
        """End the connection without a close frame, from any thread."""
        with suppress(OSError):
            self._stream.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """End the connection with a TCP reset, once the client has read what was sent."""
        if self.is_open:
            self.wait_until_read()
        # Lingering for zero seconds makes the close a reset.
        self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream.close()

    def close_socket(self) -> None:
        """Free the socket."""
        self._stream.close()

    def _next_event(self) -> Any:
        while not self._events:
            self._read()
        return self._events.popleft()

    def _read(self) -> None:
        """Read once; answer what the protocol answers."""
        data = self._stream.recv(2**16)
        if not data:
            raise EOFError
        with self._lock:
            self._protocol.receive_data(data)
            self._flush()
            self._events += self._protocol.events_received()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.send(data)
            else:  # how websockets says that it has ended its direction
                self.half_close()


def _is_read_check(event: Frame) -> bool:
    return event.opcode == PONG and event.data == READ_CHECK

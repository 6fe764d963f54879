"""A peer that says exactly the bytes a test gives it, on real sockets of this machine.

It knows just enough of HTTP and of RFC 6455 to open a WebSocket.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from voiceshift.testing.frames import json_frame

if TYPE_CHECKING:
    import ssl

    from typing_extensions import Self

HANDSHAKE_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What RFC 6455 section 4.2.2 has a server append to the client's key."""

PATIENCE = 30.0
"""Seconds that any step of a conversation may take on a busy machine."""


class Peer:
    """The service's end of one connection.

    Attributes:
        stream: The socket.
    """

    def __init__(self, stream: socket.socket) -> None:
        self.stream = stream
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.stream.sendall(data)

    def receive(self, size: int) -> bytes:
        """Exactly ``size`` bytes.

        Raises:
            EOFError: The client ended the connection before.
        """
        while len(self._buffer) < size:
            if not (data := self.stream.recv(2**16)):
                raise EOFError
            self._buffer += data
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def receive_head(self) -> str:
        """An HTTP message up to the empty line that ends its header."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.receive(1)
        return head.decode()

    def receive_opening(self) -> bytes:
        """Hear the client's opening handshake out; the right answer to it, still to be sent."""
        for line in self.receive_head().splitlines():
            name, _, value = line.partition(": ")
            if name.lower() == "sec-websocket-key":
                digest = hashlib.sha1(value.encode() + HANDSHAKE_KEY).digest()
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )

    def open_websocket(self) -> None:
        """Answer the client's opening handshake."""
        self.send(self.receive_opening())

    def authenticate(self) -> None:
        """Open the WebSocket and accept any token."""
        self.open_websocket()
        self.send(json_frame(type="auth_required"))
        self.receive_frame()
        self.send(json_frame(type="auth_success"))

    def send_segment(self, audio: bytes, *, is_final: bool = False) -> None:
        """Send a piece of a cover."""
        encoded = base64.b64encode(audio).decode()
        self.send(
            json_frame(
                type="audio_segment", song_title="Title", audio_data=encoded, is_final=is_final
            )
        )

    def receive_frame(self) -> tuple[int, bytes]:
        """Opcode and content of the client's next frame, which must be whole and masked."""
        first, second = self.receive(2)
        assert first & 0x80, "the client split a message"
        assert second & 0x80, "the client sent a frame that is not masked"
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", self.receive(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.receive(8))
        mask = self.receive(4)
        payload = self.receive(length)
        return first & 0x0F, bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))

    def half_close(self) -> None:
        """End the service's direction of the stream only."""
        self.stream.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        # Lingering for zero seconds makes the close a reset.
        self.stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.close()

    def wait_for_end(self) -> None:
        """Wait until the client ended the connection, whatever it says before."""
        with suppress(ConnectionError):
            while self.stream.recv(2**16):
                pass


Conversation = Callable[[Peer], None]
"""What a peer says and hears on one connection."""


class RawService:
    """Takes connections on a free port; each has its conversation, in a thread of its own.

    When a conversation is over, the client gets the end of the stream. Leaving the context waits
    for all conversations, and raises what one of them raised, a failed ``assert`` for example.

    Args:
        conversations: One for each connection, in their order; further ones get the last.
        tls: Speak TLS with these certificates.

    Attributes:
        host: An address of this machine.
        port: The port.
        connections: How many were taken so far.
    """

    def __init__(self, *conversations: Conversation, tls: ssl.SSLContext | None = None) -> None:
        self._conversations = conversations
        self._tls = tls
        self._failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()
        self._acceptor = threading.Thread(target=self._accept, name="raw-service", daemon=True)
        self._acceptor.start()

    @property
    def uri(self) -> str:
        """The address for a client, by number or with TLS by name."""
        return f"wss://localhost:{self.port}" if self._tls else f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        # Closing alone does not wake the thread that accepts; on macOS shutting down alone fails.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        _join([self._acceptor])
        if kind is not None:  # the test failed already, and its conversations may never end
            for peer in self._peers:
                with suppress(OSError):
                    peer.stream.shutdown(socket.SHUT_RDWR)
        _join(self._threads)
        if self._failures and kind is None:
            raise self._failures[0]

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            conversation = self._conversations[min(self.connections, len(self._conversations) - 1)]
            self.connections += 1
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer = Peer(stream)
            thread = threading.Thread(target=self._converse, args=(peer, conversation))
            self._threads.append(thread)
            self._peers.append(peer)
            thread.start()

    def _converse(self, peer: Peer, conversation: Conversation) -> None:
        peer.stream.settimeout(PATIENCE)
        try:
            if self._tls is not None:
                peer.stream = self._tls.wrap_socket(peer.stream, server_side=True)
            conversation(peer)
            # Closing with bytes unread would reset, and the client lose what was sent last.
            peer.stream.shutdown(socket.SHUT_WR)
            peer.wait_for_end()
        except OSError:
            pass  # the client went first, as it may, or the conversation closed the stream
        except BaseException as error:  # noqa: BLE001 - raised where the test can see it
            self._failures.append(error)
        finally:
            peer.stream.close()


def _join(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a conversation does not end"

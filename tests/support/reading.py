"""What comes of the bytes that a service sends, read by the real transport and parser.

The bytes go through a real socket, in the pieces that are asked for, without a thread and without a
wait: property tests and fuzzing read thousands of streams this way.
"""

from __future__ import annotations

import socket
from contextlib import closing, suppress
from typing import TYPE_CHECKING, NamedTuple

from voiceshift.errors import VoiceShiftError
from voiceshift.settings import Settings
from voiceshift.wire.messages import Message, Parser
from voiceshift.wire.transport import WebSocket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import ReadableBuffer, WriteableBuffer

    from voiceshift.wire.segment import Payload

MAX_MESSAGE_SIZE = 2**17
"""Bytes: more than any valid message of these tests, and little enough for others to pass it."""

LARGEST_PIECE = 2**14
"""Bytes that a socket takes at once, on any system."""


class Feed(socket.socket):
    """A socket whose other end sends one more piece each time it is read dry.

    So the reader meets every cut where it was made. After the last piece the other end is closed,
    and reading cannot wait for ever.

    Attributes:
        answers: What the reader sent.
    """

    def __init__(self, data: bytes, piece_sizes: Iterator[int]) -> None:
        own, self._peer = socket.socketpair()
        super().__init__(own.family, own.type, own.proto, own.detach())
        self._peer.setblocking(False)
        self._unsent = memoryview(data)
        self._piece_sizes = piece_sizes
        self._unread = 0
        self.answers = b""

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """As the socket's own, after the next piece was sent where one is due."""
        if not self._unread:
            self._send_piece()
        count = super().recv_into(buffer, nbytes, flags)
        self._unread -= count
        return count

    def send(self, data: ReadableBuffer, flags: int = 0) -> int:
        """As the socket's own; taken at the other end at once, so that it cannot fill up."""
        count = super().send(data, flags)
        with suppress(BlockingIOError):
            while answer := self._peer.recv(2**16):
                self.answers += answer
        return count

    def close(self) -> None:
        """Close both ends."""
        super().close()
        self._peer.close()

    def _send_piece(self) -> None:
        size = min(next(self._piece_sizes, LARGEST_PIECE), LARGEST_PIECE)
        piece, self._unsent = self._unsent[:size], self._unsent[size:]
        if piece:
            self._peer.sendall(piece)
            self._unread = len(piece)
        else:
            self._peer.shutdown(socket.SHUT_WR)


class WholeParser(Parser):
    """The parser without its short cut."""

    def _parse_segment_fast(self, _: Payload) -> None:
        """Never taken."""


class Reading(NamedTuple):
    """What came of a stream.

    Attributes:
        messages: Of the service, in their order, each with its audio.
        error: Class, words and attributes of the error at the end.
        answers: What the client sent, as bytes.
    """

    messages: list[tuple[Message, bytes]]
    error: tuple[type[VoiceShiftError], str, dict[str, object]]
    answers: bytes


def read(
    data: bytes,
    piece_sizes: Iterator[int],
    parse_message: Callable[[Payload], tuple[Message, bytes]] | None = None,
) -> Reading:
    """Read a stream to its end, as a connection's reader thread does.

    Args:
        data: What the service sends.
        piece_sizes: In what pieces, in bytes; where they do not suffice, the rest in large ones.
        parse_message: In place of the client's own.
    """
    settings = Settings(
        uri="ws://127.0.0.1", token="a-token", ping_interval=None, max_message_size=MAX_MESSAGE_SIZE
    )
    parse_message = parse_message or Parser(settings.token).parse
    with closing(Feed(data, piece_sizes)) as feed:
        # As the opening handshake leaves it; without a mask, so that answers can be compared.
        websocket = WebSocket(settings=settings, get_mask_key=bytes)
        websocket.sock, websocket.connected = feed, True
        messages: list[tuple[Message, bytes]] = []
        try:
            while True:
                messages.append(parse_message(websocket.receive()))
        except VoiceShiftError as error:
            return Reading(messages, (type(error), str(error), vars(error)), feed.answers)


def in_pieces(size: int) -> Iterator[int]:
    """Pieces of one size without end."""
    while True:
        yield size

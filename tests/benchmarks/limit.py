"""The contender that does only what no client can leave out."""

from __future__ import annotations

import io
import json
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.benchmarks.library import REQUEST, TOKEN, Library, Opening
from tests.benchmarks.wire import placements
from tests.support.raw_service import Peer
from voiceshift.testing.frames import TEXT, frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.wire import Placement

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""An opening handshake with the sample key of RFC 6455, section 1.3."""


class Limit(Library):
    """What cannot be left out: read, decode strictly, keep. Where each frame lies is known.

    The decoder is the client's own, and what the audio goes into is what its sinks are made of.
    """

    def __init__(self, opening: Opening) -> None:
        from voiceshift.wire.segment import strict_decode

        assert opening.plan is not None
        self._decode = strict_decode
        self._placements = list(placements(opening.plan))
        parts = urlsplit(opening.uri)
        stream = socket.create_connection((parts.hostname, parts.port))
        if opening.tls is not None:
            stream = opening.tls.wrap_socket(stream, server_hostname=parts.hostname)
        self._stream = stream
        self._buffer = memoryview(bytearray(max(each.frame_size for each in self._placements)))
        peer = Peer(stream)
        peer.send(UPGRADE.encode())
        peer.receive_head()
        _read_short_frame(peer)
        peer.send(frame(TEXT, json.dumps({"token": TOKEN}).encode(), mask=True))
        _read_short_frame(peer)

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """Frames at known offsets."""
        self.asked = time.perf_counter()
        self._stream.sendall(frame(TEXT, REQUEST.encode(), mask=True))
        for place in self._placements:
            self._fill(place)
            on_audio(self._decode(self._buffer[place.start : place.start + place.size]))

    def _fill(self, place: Placement) -> None:
        received = 0
        while received < place.frame_size:
            received += self._stream.recv_into(self._buffer[received : place.frame_size])

    def cover(self, to: Path | None) -> bytes | None:
        """Into the same kinds of file as the client's."""
        if to is not None:
            return super().cover(to)
        memory = io.BytesIO()
        self.receive(memory.write)
        return memory.getvalue()

    def close(self) -> None:
        """Without a handshake."""
        self._stream.close()


def _read_short_frame(peer: Peer) -> None:
    _, length = peer.receive(2)
    peer.receive(length)

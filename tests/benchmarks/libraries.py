"""The contenders: for each library the script that a user would write, and the limit.

Each opens and authenticates when it is made, and then receives covers. Its library is imported by
then, and only its own: what one contender imports costs no other.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import socket
import ssl
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.benchmarks.wire import Plan, placements
from tests.raw_service import TEXT, Peer, frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.wire import Placement

__all__ = ["LIBRARIES", "Library", "Opening"]

TOKEN = "benchmark-token"
REQUEST = json.dumps({"type": "cover", "song": "Amazing Grace", "model": "tenor", "pitch": -1})

UPGRADE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""An opening handshake with the sample key of RFC 6455, section 1.3."""


class Opening:
    """How to reach the service.

    Args:
        uri: Its address.
        authority: File with the certificate that signed the service's; for ``wss://``.
        plan: The cover that it sends, for the limit, which knows it beforehand.
        close_timeout: Seconds that a close may wait for the service.
    """

    def __init__(
        self, uri: str, authority: str | None, plan: Plan | None, close_timeout: float
    ) -> None:
        self.uri = uri
        self.tls = ssl.create_default_context(cafile=authority) if authority else None
        self.plan = plan
        self.close_timeout = close_timeout


class Library(ABC):
    """One contender, connected and authenticated.

    Attributes:
        asked: When the request was sent last, in seconds of ``time.perf_counter``.
    """

    asked = 0.0

    @abstractmethod
    def __init__(self, opening: Opening) -> None: ...

    @abstractmethod
    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """Ask for a cover and hand over the audio of each segment as it arrives."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def cover(self, to: Path | None) -> bytes | None:
        """Ask for a cover: its audio, or ``None`` where it was written to a file."""
        if to is None:
            parts: list[bytes] = []
            self.receive(parts.append)
            return b"".join(parts)
        with to.open("wb") as file:
            self.receive(file.write)
        return None


def piece(message: str | bytes) -> tuple[bytes, bool]:
    """A segment as a plain script reads it: its audio, and whether it is the last."""
    fields = json.loads(message)
    return base64.b64decode(fields["audio_data"]), fields["is_final"]


class NaiveWebSocketClient(Library):
    """A script with websocket-client, as its documentation shows it."""

    options: dict[str, Any] = {}  # noqa: RUF012 - it is replaced, never changed

    def __init__(self, opening: Opening) -> None:
        import websocket

        self._close_timeout = opening.close_timeout
        self.connection = websocket.create_connection(
            opening.uri, sslopt={"context": opening.tls}, **self.options
        )
        self.connection.recv()
        self.connection.send(json.dumps({"token": TOKEN}))
        self.connection.recv()

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """``recv()``, json and base64, message after message."""
        self.asked = time.perf_counter()
        self.connection.send(REQUEST)
        is_final = False
        while not is_final:
            audio, is_final = piece(self.connection.recv())
            on_audio(audio)

    def close(self) -> None:
        """The library's own close."""
        self.connection.close(timeout=self._close_timeout)


class WebSocketClient(NaiveWebSocketClient):
    """The same script, told not to validate each text in Python."""

    options = {"skip_utf8_validation": True}  # noqa: RUF012 - as above


class DirectWebSocketClient(WebSocketClient):
    """``recv_data`` with nothing behind it: messages are handed over as they came."""

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """Only the last message is looked into, which the flag at its end tells."""
        self.asked = time.perf_counter()
        self.connection.send(REQUEST)
        message = b""
        while not message.endswith(b"true}"):
            message = self.connection.recv_data()[1]
            on_audio(message)


class AsyncioWebSockets(Library):
    """A script with the asyncio interface of websockets."""

    def __init__(self, opening: Opening, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._opening = opening
        self.loop = loop or asyncio.new_event_loop()
        if loop is None:
            self.loop.run_until_complete(self.open())

    async def open(self) -> None:
        """Connect and authenticate; done already unless a loop was given."""
        from websockets.asyncio.client import connect

        self.connection = await connect(
            self._opening.uri,
            ssl=self._opening.tls,
            max_size=None,
            close_timeout=self._opening.close_timeout,
        )
        await self.connection.recv()
        await self.connection.send(json.dumps({"token": TOKEN}))
        await self.connection.recv()

    async def receive_within(self, on_audio: Callable[[bytes], object]) -> None:
        """What :meth:`receive` does, for a script that has more in its loop."""
        self.asked = time.perf_counter()
        await self.connection.send(REQUEST)
        is_final = False
        while not is_final:
            audio, is_final = piece(await self.connection.recv())
            on_audio(audio)

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """``await recv()``, json and base64, message after message."""
        self.loop.run_until_complete(self.receive_within(on_audio))

    def close(self) -> None:
        """The library's own close."""
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


class SyncWebSockets(Library):
    """A script with the threading interface of websockets."""

    def __init__(self, opening: Opening) -> None:
        from websockets.sync.client import connect

        self.connection = connect(
            opening.uri, ssl=opening.tls, max_size=None, close_timeout=opening.close_timeout
        )
        self.connection.recv()
        self.connection.send(json.dumps({"token": TOKEN}))
        self.connection.recv()

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """``recv()``, json and base64, message after message."""
        self.asked = time.perf_counter()
        self.connection.send(REQUEST)
        is_final = False
        while not is_final:
            audio, is_final = piece(self.connection.recv())
            on_audio(audio)

    def close(self) -> None:
        """The library's own close."""
        self.connection.close()


class Limit(Library):
    """What cannot be left out: read, decode strictly, keep. Where each frame lies is known.

    The decoder is the client's own, and what the audio goes into is what its sinks are made of.
    """

    def __init__(self, opening: Opening) -> None:
        from voiceshift.audio_data import decode

        assert opening.plan is not None
        self._decode = decode
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


class Ours(Library):
    """A script with this client: ``stream_cover`` for segments, ``create_cover`` for the whole."""

    def __init__(self, opening: Opening) -> None:
        from voiceshift import Client, Segment

        self._segment = Segment
        self.client = Client(
            opening.uri,
            TOKEN,
            ssl_context=opening.tls,
            close_timeout=opening.close_timeout,
        ).authenticate()

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """Segment after segment."""
        self.asked = time.perf_counter()
        for segment in self.client.stream_cover("Amazing Grace", "tenor", -1):
            on_audio(segment.audio)

    def cover(self, to: Path | None) -> bytes | None:
        """One call."""
        self.asked = time.perf_counter()
        cover = self.client.create_cover("Amazing Grace", "tenor", -1, to=to)
        return cover.audio if to is None else None

    def close(self) -> None:
        """The client's own close."""
        self.client.close()


class OursWithEvents(Ours):
    """A script with this client and a callback."""

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """``create_cover`` with ``on_event``."""

        def on_event(event: object) -> None:
            if isinstance(event, self._segment):
                on_audio(event.audio)

        self.asked = time.perf_counter()
        self.client.create_cover("Amazing Grace", "tenor", -1, on_event=on_event)


LIBRARIES: dict[str, type[Library]] = {
    "naive websocket-client": NaiveWebSocketClient,
    "websocket-client, skip_utf8_validation": WebSocketClient,
    "websocket-client, recv_data": DirectWebSocketClient,
    "websockets": AsyncioWebSockets,
    "websockets.sync": SyncWebSockets,
    "limit": Limit,
    "voiceshift": Ours,
    "voiceshift, on_event": OursWithEvents,
}

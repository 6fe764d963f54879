"""The contenders: for each library the script that a user would write.

Each opens and authenticates when it is made, and then receives covers. Its library is imported by
then, and only its own: what one contender imports costs no other.
"""

from __future__ import annotations

import asyncio
import base64
import json
import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.benchmarks.library import REQUEST, TOKEN, Library, Opening
from tests.benchmarks.limit import Limit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


class ThreadedWebSocketClient(DirectWebSocketClient):
    """``recv_data`` in a thread of its own: what any client with a background reader costs."""

    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """The shortest way between two threads that the standard library has."""
        messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        reader = threading.Thread(target=super().receive, args=(messages.put,))
        reader.start()
        message = b""
        while not message.endswith(b"true}"):
            message = messages.get()
            on_audio(message)
        reader.join()


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
    "websocket-client, recv_data in a thread": ThreadedWebSocketClient,
    "websockets": AsyncioWebSockets,
    "websockets.sync": SyncWebSockets,
    "limit": Limit,
    "voiceshift": Ours,
    "voiceshift, on_event": OursWithEvents,
}

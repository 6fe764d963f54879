"""A client of the embedded service that shares no code with ours: plain JSON over a WebSocket."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from websockets.sync.client import ClientConnection

    from voiceshift.local import Server

TOKEN = "a-token-for-tests"
"""The token of the services that tests talk to."""

REQUEST = {"type": "cover", "song": "demo", "model": "tenor", "pitch": 0}
"""A request as the protocol has it."""

PATIENCE = 60.0
"""Seconds to wait for a message on a busy machine."""


@contextmanager
def connected(server: Server, **options: Any) -> Iterator[ClientConnection]:
    """A client of which the service has asked the token; ``options`` are the library's."""
    with connect(server.uri, max_size=None, **options) as connection:
        assert hear(connection) == {"type": "auth_required"}
        yield connection


@contextmanager
def authenticated(server: Server, **options: Any) -> Iterator[ClientConnection]:
    """A client whose token was accepted; ``options`` are the library's."""
    with connected(server, **options) as connection:
        say(connection, token=server.token)
        assert hear(connection)["type"] == "auth_success"
        yield connection


def say(connection: ClientConnection, **fields: object) -> None:
    """Send one message."""
    connection.send(json.dumps(fields))


def say_at_once(connection: ClientConnection, *messages: Mapping[str, object]) -> None:
    """Send several messages in one piece: a close that answers the first meets none of them."""
    with connection.protocol_mutex:
        for message in messages:
            connection.protocol.send_text(json.dumps(message).encode())
        connection.socket.sendall(b"".join(connection.protocol.data_to_send()))


def ask(connection: ClientConnection, **changes: object) -> None:
    """Ask for a cover, as the protocol has it but for ``changes``."""
    say(connection, **REQUEST | changes)


def hear(connection: ClientConnection) -> dict[str, Any]:
    """Receive one message."""
    message: dict[str, Any] = json.loads(connection.recv(timeout=PATIENCE))
    return message


def hear_cover(connection: ClientConnection) -> tuple[list[str], list[dict[str, Any]]]:
    """Receive a whole cover: the words of the notices, and the segments after them."""
    notices = []
    while (message := hear(connection))["type"] == "job_queued":
        notices.append(message["message"])
    segments = [message]
    while not segments[-1]["is_final"]:
        segments.append(hear(connection))
    assert {segment["type"] for segment in segments} == {"audio_segment"}
    return notices, segments


def hear_error(connection: ClientConnection) -> str:
    """Receive an error, with or without notices before it; what it says."""
    while (message := hear(connection))["type"] == "job_queued":
        pass
    assert message["type"] == "error"
    assert set(message) == {"type", "message"}
    words: str = message["message"]
    return words


def audio_of(segments: list[dict[str, Any]]) -> bytes:
    """The decoded segments, joined."""
    return b"".join(base64.b64decode(segment["audio_data"], validate=True) for segment in segments)


def close_code(connection: ClientConnection) -> int | None:
    """Wait until the service closes the connection, which it must without a further message."""
    with suppress(ConnectionClosed):
        message = connection.recv(timeout=PATIENCE)
        raise AssertionError(f"the service did not close but said {message!r}")
    return connection.close_code

"""Clients of the embedded service on bare sockets: they read, answer and leave as a test wants."""

from __future__ import annotations

import json
import select
import socket
import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.uri import parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from voiceshift.local import Server

PATIENCE = 60.0
"""Seconds to wait for the service on a busy machine."""

SMALL = 2048
"""Bytes of a receive buffer that is soon full."""

PINGS = (b"\x89\xfd" + bytes(4) + b"p" * 125) * 200
"""Frames that the service answers with as many bytes."""


def address(server: Server) -> tuple[str, int]:
    """Host and port."""
    host, _, port = server.uri.partition("://")[2].partition(":")
    return host, int(port)


@contextmanager
def stranger(server: Server, *, receive_buffer: int | None = None) -> Iterator[socket.socket]:
    """A connection on which nothing was said; its system takes ``receive_buffer`` bytes for it."""
    with socket.socket() as client:
        client.settimeout(PATIENCE)
        if receive_buffer is not None:  # the system takes a smaller one only before it connects
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.connect(address(server))
        yield client


@contextmanager
def greeted(
    server: Server, *messages: dict[str, object], receive_buffer: int | None = None
) -> Iterator[socket.socket]:
    """A client that has opened a WebSocket and sent ``messages``; it answers no ping."""
    with stranger(server, receive_buffer=receive_buffer) as client:
        protocol = ClientProtocol(parse_uri(server.uri))
        protocol.send_request(protocol.connect())
        client.sendall(b"".join(protocol.data_to_send()))
        protocol.receive_data(client.recv(4096))
        for message in messages:
            protocol.send_text(json.dumps(message).encode())
        client.sendall(b"".join(protocol.data_to_send()))
        yield client


def asked(server: Server, *, cover: bool = True) -> AbstractContextManager[socket.socket]:
    """A client that sent its token and, with ``cover``, its request; it answers no ping."""
    request = {"type": "cover", "song": "demo", "model": "tenor", "pitch": 0}
    return greeted(server, {"token": server.token}, *([request] if cover else []))


def flood(*clients: socket.socket) -> None:
    """Send pings and read no pong, until the service takes nothing more, or cuts a client."""
    rest = dict.fromkeys(clients, PINGS)
    for client in clients:
        client.setblocking(False)
    with suppress(ConnectionError):
        while writable := select.select([], clients, [], 1)[1]:
            for client in writable:
                rest[client] = rest[client][client.send(rest[client]) :] or PINGS


def offer(client: socket.socket, data: bytes) -> None:
    """Send what the service may not want to hear to the end: it can close in the middle of it."""
    with suppress(ConnectionError):
        client.sendall(data)


def receive(client: socket.socket, size: int) -> None:
    """Take ``size`` bytes or a little more, whatever they are."""
    while size > 0:
        received = len(client.recv(4096))
        assert received, "the service closed the connection"
        size -= received


def read_to_end(client: socket.socket) -> bytes:
    """Take everything until the service ends the connection, in order or by a reset."""
    received = bytearray()
    with suppress(ConnectionError):
        while data := client.recv(65_536):
            received += data
    return bytes(received)


def reset(client: socket.socket) -> None:
    """Leave by a TCP reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()

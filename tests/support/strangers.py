"""Clients of the embedded service on bare sockets: they read, answer and leave as a test wants."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from websockets.client import ClientProtocol
from websockets.uri import parse_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.local import Server

__all__ = ["address", "asked", "offer", "read_to_end", "receive", "reset", "stranger"]

PATIENCE = 60.0
"""Seconds to wait for the service on a busy machine."""


def address(server: Server) -> tuple[str, int]:
    """Host and port."""
    host, _, port = server.uri.partition("://")[2].partition(":")
    return host, int(port)


@contextmanager
def stranger(server: Server) -> Iterator[socket.socket]:
    """A connection on which nothing was said."""
    with socket.create_connection(address(server), timeout=PATIENCE) as client:
        yield client


@contextmanager
def asked(server: Server, *, cover: bool = True) -> Iterator[socket.socket]:
    """A client that sent its token and, with ``cover``, its request; it answers no ping."""
    with stranger(server) as client:
        protocol = ClientProtocol(parse_uri(server.uri))
        protocol.send_request(protocol.connect())
        client.sendall(b"".join(protocol.data_to_send()))
        protocol.receive_data(client.recv(4096))
        messages: list[dict[str, object]] = [{"token": server.token}]
        if cover:
            messages.append({"type": "cover", "song": "demo", "model": "tenor", "pitch": 0})
        for message in messages:
            protocol.send_text(json.dumps(message).encode())
        client.sendall(b"".join(protocol.data_to_send()))
        yield client


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

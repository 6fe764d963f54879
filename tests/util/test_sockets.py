"""How connections are ended."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import pytest

from voiceshift.util.sockets import abort

PATIENCE = 60.0


def test_an_abort_wakes_the_reader_and_reaches_the_other_side() -> None:
    """Both see the end of the connection."""
    here, there = socket.socketpair()
    with here, there:
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.append(here.recv(1)), daemon=True)
        reader.start()
        abort(here)
        reader.join(PATIENCE)
        assert received == [b""]
        assert there.recv(1) == b""


def test_a_closed_connection_can_be_aborted() -> None:
    """It may be closed while others are being aborted."""
    here, there = socket.socketpair()
    with there:
        here.close()
        abort(here)


class GreenSocket:
    """A socket as eventlet has it: no subclass of Python's, and its methods are of each object."""

    def __init__(self, plain: socket.socket) -> None:
        self.shutdown = plain.shutdown


def test_a_socket_of_eventlet_can_be_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it has taken the place of Python's own."""
    here, there = socket.socketpair()
    monkeypatch.setattr(socket, "socket", GreenSocket)
    with here, there:
        green: Any = GreenSocket(here)
        abort(green)
        assert there.recv(1) == b""


@pytest.mark.parametrize("is_patched", [False, True], ids=["plain", "eventlet"])
def test_encryption_is_not_given_up(is_patched: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread that reads a TLS socket then finds its end, and nothing in the clear."""
    here, there = socket.socketpair()
    with (
        there,
        ssl.create_default_context().wrap_socket(
            here, server_hostname="localhost", do_handshake_on_connect=False
        ) as encrypted,
    ):
        if is_patched:
            monkeypatch.setattr(socket, "socket", GreenSocket)
        abort(encrypted)
        assert encrypted.read(1) == b""  # without encryption it would be a ValueError
        assert there.recv(1) == b""

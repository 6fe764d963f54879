"""How connections are ended."""

from __future__ import annotations

import socket
import threading

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

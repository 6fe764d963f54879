"""How the service ends connections: politely, within a time, or at once."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from websockets.sync.server import ServerConnection

__all__ = ["CLOSE_TIMEOUT", "close_all", "cut", "cut_after"]

GOING_AWAY = 1001
"""Close code of a service that stops, RFC 6455 section 7.4.1."""

CLOSE_TIMEOUT = 2.0
"""Seconds for a client's half of the close; then the connection is cut."""


def close_all(connections: Iterable[ServerConnection]) -> None:
    """Close connections with code 1001, all at once, and wait for it."""
    # In a thread each, since a client that does not answer holds up its own close.
    closers = {
        connection: threading.Thread(target=connection.close, args=(GOING_AWAY,))
        for connection in connections
    }
    for closer in closers.values():
        closer.start()
    deadline = time.monotonic() + CLOSE_TIMEOUT
    for connection, closer in closers.items():
        closer.join(max(0.0, deadline - time.monotonic()))
        if closer.is_alive():
            # A client that does not read: a send to it holds the connection's lock for long.
            cut(connection.socket)
            closer.join()


def cut(connection: socket.socket) -> None:
    """End a connection at once; whoever reads or writes it in another thread wakes up."""
    with suppress(OSError):  # it has ended already
        # Not the method of a TLS socket: that lets go of the encryption before the connection, and
        # what another thread sends in between would be sent in the clear.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def cut_after(seconds: float | None, connection: socket.socket) -> Iterator[None]:
    """Cut the connection if what is done meanwhile takes too long; ``None`` is no limit.

    The socket's own timeout would not do: it counts for the thread that reads, too, and changing it
    while that thread reads over TLS makes the read fail.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, cut, [connection])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

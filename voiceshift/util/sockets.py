"""How a connection is ended at once."""

from __future__ import annotations

import _socket
import socket
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def abort(connection: socket.socket) -> None:
    """End a connection at once; threads that wait for it, reading or writing, wake up."""
    # Closing alone would not wake them.
    with suppress(OSError):  # it is not connected, or closed already
        _plain_shutdown(connection)(socket.SHUT_RDWR)


def _plain_shutdown(connection: socket.socket) -> Callable[[int], object]:
    """The method of a plain socket.

    That of a TLS socket gives up the encryption first, and what other threads read or write
    meanwhile would be in the clear.
    """
    # gevent's sockets are none of the first kind, and eventlet's, without TLS, of neither.
    for kind in (_socket.socket, socket.socket):
        if isinstance(connection, kind) and hasattr(kind, "shutdown"):
            return partial(kind.shutdown, connection)
    return connection.shutdown

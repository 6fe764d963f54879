"""How a connection is ended at once."""

from __future__ import annotations

import socket
from contextlib import suppress

__all__ = ["abort"]


def abort(connection: socket.socket) -> None:
    """End a connection at once; threads that wait for it, reading or writing, wake up."""
    # Closing alone would not wake them. On a TLS socket the plain socket's method is called: the
    # TLS one gives up the encryption first, and what other threads read or write meanwhile would
    # be in the clear.
    with suppress(OSError):  # it is not connected, or closed already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

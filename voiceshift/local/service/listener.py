"""How connections begin and end: accepted up to a limit, each in a thread, and closed together.

The WebSocket library's own loop knows no limit, and it ends for good when accepting fails once: as
it does when descriptors run out, or when a client resets its connection before TLS has begun.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from voiceshift.util.sockets import abort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.sync.server import Server as LibraryServer
    from websockets.sync.server import ServerConnection

__all__ = ["CLOSE_TIMEOUT", "Listener", "close_all"]

CLOSE_TIMEOUT = 2.0
"""Seconds for the client's answer to a close frame; then the connection is aborted."""

GOING_AWAY = 1001
"""Close code of a service that stops, RFC 6455 section 7.4.1."""

RESOURCE_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Failures to accept that last a while. All others are of a connection that has ended again."""

RETRY_DELAY = 0.05
"""Seconds before accepting again after one of them; without it the loop would spin."""


class Listener:
    """Accepts connections in a thread of its own.

    Args:
        library: Holds the listening socket, and handles one connection; its loop is not run.
        max_connections: Connections at the same time; further ones are closed at once.
    """

    def __init__(self, library: LibraryServer, *, max_connections: int) -> None:
        self._library = library
        self._max_connections = max_connections
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self._stop_receiver, self._stop_sender = socket.socketpair()
        # A connection may have ended again when its turn comes: then accepting must not block.
        library.socket.setblocking(False)
        self._thread = threading.Thread(
            target=self._accept_all, name="voiceshift-listener", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._library.socket.getsockname()[1]
        return port

    def stop(self) -> None:
        """Stop listening, abort the connections that are left, and wait for their threads."""
        self._stop_sender.send(b"x")
        self._thread.join()
        self._stop_receiver.close()
        self._stop_sender.close()
        self._library.socket.close()
        self._library.serve_forever()  # returns at once; without having run, it cannot be shut down
        self._library.shutdown()
        _close_pipe(self._library)
        with self._lock:
            connections = dict(self._connections)
        for thread, connection in connections.items():
            abort(connection)
            thread.join()

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._library.socket, selectors.EVENT_READ)
            selector.register(self._stop_receiver, selectors.EVENT_READ)
            while self._stop_receiver not in [key.fileobj for key, _ in selector.select()]:
                self._accept()

    def _accept(self) -> None:
        try:
            connection, address = self._library.socket.accept()
        except OSError as error:
            if error.errno in RESOURCE_ERRORS:
                time.sleep(RETRY_DELAY)
            return
        connection.setblocking(True)  # some systems pass on the listening socket's mode
        thread = threading.Thread(
            target=self._handle, args=(connection, address), name="voiceshift-client", daemon=True
        )
        with self._lock:
            if len(self._connections) >= self._max_connections:
                connection.close()
                return
            self._connections[thread] = connection
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            self._forget(thread)
            connection.close()

    def _handle(self, connection: socket.socket, address: Any) -> None:
        try:
            self._library.handler(connection, address)
        finally:
            self._forget(threading.current_thread())

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            del self._connections[thread]


def close_all(connections: Iterable[ServerConnection]) -> None:
    """Close connections with code 1001, all at once, and wait until they are closed."""
    # In a thread each, since a client that does not answer delays its own close.
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
            abort(connection.socket)
            closer.join()


def _close_pipe(library: LibraryServer) -> None:
    """Close the pipe that stops the library's loop, which versions before 17 leave open."""
    for name in ("shutdown_watcher", "shutdown_notifier"):
        end = getattr(library, name, None)
        if isinstance(end, int):
            os.close(end)

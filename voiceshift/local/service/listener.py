"""How connections begin and end: accepted up to a limit, each in a thread, and closed together.

The WebSocket library's own loop knows no limit, and it ends for good when accepting fails once: as
it does when descriptors run out, or when a client resets its connection before TLS has begun.

Whoever has said nothing yet holds no place: when too many such connections are there, the oldest is
cut for the next one, so that no crowd of strangers keeps the owner out.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from voiceshift.util.monotonic_clock import monotonic
from voiceshift.util.sockets import abort

if TYPE_CHECKING:
    from collections.abc import Iterable

    from websockets.sync.server import Server as LibraryServer
    from websockets.sync.server import ServerConnection

CLOSE_TIMEOUT = 2.0
"""Seconds for the client's answer to a close frame; then the connection is aborted."""

GOING_AWAY = 1001
"""Close code of a service that stops, RFC 6455 section 7.4.1."""

MAX_STRANGERS = 10
"""Connections beyond the places for clients: one is needed to hear that the service is full."""

RESOURCE_ERRORS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Failures to accept that last a while. All others are of a connection that has ended again."""

RETRY_DELAY = 0.05
"""Seconds before accepting again after one of them; without it the loop would spin."""


class Listener:
    """Accepts connections in a thread of its own.

    Args:
        library: Holds the listening socket, and handles one connection; its loop is not run.
        max_clients: Connections at the same time that have sent a token; see :meth:`admit`.
    """

    def __init__(self, library: LibraryServer, *, max_clients: int) -> None:
        self._library = library
        self._max_clients = max_clients
        self._connections: dict[threading.Thread, socket.socket] = {}  # the oldest first
        self._clients: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stop_receiver, self._stop_sender = socket.socketpair()
        # A connection may have ended again when its turn comes: then accepting must not block.
        library.socket.setblocking(False)
        self._thread = threading.Thread(
            target=self._accept_all, name="voiceshift-listener", daemon=True
        )

    def start(self) -> None:
        """Begin to accept connections."""
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._library.socket.getsockname()[1]
        return port

    @property
    def is_full(self) -> bool:
        """Whether all places for clients are taken."""
        return len(self._clients) >= self._max_clients

    def admit(self) -> bool:
        """Give the connection of the calling thread a place, until its thread ends.

        Returns:
            Whether there was one.
        """
        with self._lock:
            if self.is_full:
                return False
            self._clients.add(threading.current_thread())
            return True

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
        if not self._make_room():
            connection.close()
            return
        with self._lock:
            self._connections[thread] = connection
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            self._forget(thread)
            connection.close()

    def _make_room(self) -> bool:
        """Cut the oldest connection without a place, if there are too many; whether that helped."""
        with self._lock:
            if len(self._connections) < self._max_clients + MAX_STRANGERS:
                return True
            oldest = next(thread for thread in self._connections if thread not in self._clients)
            abort(self._connections[oldest])
        oldest.join(CLOSE_TIMEOUT)
        return not oldest.is_alive()

    def _handle(self, connection: socket.socket, address: Any) -> None:
        try:
            self._library.handler(connection, address)
        finally:
            self._forget(threading.current_thread())

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            del self._connections[thread]
            self._clients.discard(thread)


def close_all(connections: Iterable[ServerConnection]) -> None:
    """Close connections with code 1001, all at once, and wait until they are closed."""
    # In a thread each, since a client that does not answer delays its own close.
    closers = {
        connection: threading.Thread(target=connection.close, args=(GOING_AWAY,))
        for connection in connections
    }
    for closer in closers.values():
        closer.start()
    deadline = monotonic() + CLOSE_TIMEOUT
    for connection, closer in closers.items():
        closer.join(max(0.0, deadline - monotonic()))
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

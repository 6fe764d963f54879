"""The service's door: accepts connections up to a limit, and gives each a thread.

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

from voiceshift.local.service.closing import cut

if TYPE_CHECKING:
    from websockets.sync.server import Server as LibraryServer

__all__ = ["Listener"]

LACKS = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Failures to accept that last a while. All others are of a connection that is gone again."""

PAUSE = 0.05
"""Seconds until the next try then; the loop would spin."""


class Listener:
    """Accepts connections in a thread of its own.

    Args:
        library: Holds the listening socket, and conducts one connection; its loop is not run.
        max_connections: Connections at the same time; further ones are closed unheard.
    """

    def __init__(self, library: LibraryServer, *, max_connections: int) -> None:
        self._library = library
        self._max_connections = max_connections
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        self._stop_signal, self._stopper = socket.socketpair()
        # A connection may be gone again when its turn comes: then accepting must not block.
        library.socket.setblocking(False)
        self._accepting = threading.Thread(
            target=self._accept_all, name="voiceshift-listener", daemon=True
        )
        self._accepting.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._library.socket.getsockname()[1]
        return port

    def stop(self) -> None:
        """Stop listening, cut the connections that there still are, and wait for their threads."""
        self._stopper.send(b"x")
        self._accepting.join()
        self._stop_signal.close()
        self._stopper.close()
        self._library.socket.close()
        self._library.serve_forever()  # returns at once; without having run, it cannot be shut down
        self._library.shutdown()
        _close_pipe(self._library)
        with self._lock:
            connections = dict(self._connections)
        for thread, connection in connections.items():
            cut(connection)
            thread.join()

    def _accept_all(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._library.socket, selectors.EVENT_READ)
            selector.register(self._stop_signal, selectors.EVENT_READ)
            while self._stop_signal not in [key.fileobj for key, _ in selector.select()]:
                self._accept()

    def _accept(self) -> None:
        try:
            connection, address = self._library.socket.accept()
        except OSError as error:
            if error.errno in LACKS:
                time.sleep(PAUSE)
            return
        connection.setblocking(True)  # some systems hand the listening socket's mode down
        thread = threading.Thread(
            target=self._conduct, args=(connection, address), name="voiceshift-client", daemon=True
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

    def _conduct(self, connection: socket.socket, address: Any) -> None:
        try:
            self._library.handler(connection, address)
        finally:
            self._forget(threading.current_thread())

    def _forget(self, thread: threading.Thread) -> None:
        with self._lock:
            del self._connections[thread]


def _close_pipe(library: LibraryServer) -> None:
    """Close the pipe that tells the library's loop to stop; before version 17 it leaves it open."""
    for name in ("shutdown_watcher", "shutdown_notifier"):
        end = getattr(library, name, None)
        if isinstance(end, int):
            os.close(end)

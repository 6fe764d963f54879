"""The embedded service: it listens, and gives each client a session. No signal processing."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.engine import Engine, WorldEngine
from voiceshift.local.extra import require_local_extra
from voiceshift.local.jobs import JobQueue
from voiceshift.local.songs import SongLibrary
from voiceshift.local.voices import VoiceLibrary
from voiceshift.settings import Secret, is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Self
    from websockets.sync.server import Server as Listener
    from websockets.sync.server import ServerConnection

    from voiceshift.local.session import Service

__all__ = ["Server"]

# The WebSocket library logs every message at DEBUG, the one with the token too.
frames_logger = logging.getLogger("voiceshift.local.websocket")
frames_logger.setLevel(logging.INFO)

GOING_AWAY = 1001
"""Close code of a service that stops, RFC 6455 section 7.4.1."""

CLOSE_TIMEOUT = 2.0
"""Seconds for a client's half of the close; then the connection is cut."""

LARGEST_REQUEST = 64 * 1024
"""Bytes of a client's message; a token or a song's title are far smaller."""


class Server:
    """The song-cover service in this process, for tests and for those who embed it.

    As a context manager it starts and stops itself.

    Args:
        token: What clients must send; ``None`` makes a random one.
        host: Address to listen on; by default only this machine is served.
        port: Port to listen on; 0 takes a free one.
        songs: Folder whose songs can be named by their title; ``None`` leaves the demo song.
        voices: Folder of voice models, beside the built-in ones.
        allow_files: Also take the path of an audio file for a song. Whoever has the token can then
            have any audio file covered that this process can read.
        engine: Makes the covers; ``None`` takes the built-in one.
        workers: Covers made at the same time.
        max_waiting: Covers that may wait beside them.
        auth_timeout: Seconds a client has to send its token.

    Attributes:
        token: As given, or the random one.

    Raises:
        SettingsError: The extra ``local`` is not installed, ``host`` is not this machine and there
            is no token, a folder does not exist, or a number is out of range.

    Example:
        >>> from voiceshift import Client
        >>> from voiceshift.local import Server
        >>> with Server() as server, Client(server.uri, server.token) as client:
        ...     client.create_cover("demo", "baritone").complete
        True
    """

    def __init__(  # noqa: PLR0913 - all but one are keywords
        self,
        token: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        songs: str | os.PathLike[str] | None = None,
        voices: str | os.PathLike[str] | None = None,
        allow_files: bool = False,
        engine: Engine | None = None,
        workers: int = 1,
        max_waiting: int = 100,
        auth_timeout: float = 10.0,
    ) -> None:
        require_local_extra()
        if token is None and not is_loopback(host):
            raise SettingsError(
                f"listening on {host} serves other machines too: give a token of your own"
            )
        if not 0 <= port < 2**16:
            raise SettingsError(f"port must be from 0 to 65535, not {port}")
        if workers < 1:
            raise SettingsError(f"workers must be 1 or more, not {workers}")
        self.token = token or secrets.token_urlsafe(32)
        self._host, self._port = host, port
        self._songs = SongLibrary(_folders(songs), allow_files=allow_files)
        self._voices = VoiceLibrary(_folders(voices))
        self._engine = engine or WorldEngine()
        self._workers, self._max_waiting = workers, max_waiting
        self._auth_timeout = auth_timeout
        self._listener: Listener | None = None
        self._service: Service | None = None
        self._sessions: dict[ServerConnection, threading.Thread] = {}
        self._lock = threading.Lock()

    @property
    def uri(self) -> str:
        """Address for the clients.

        Raises:
            RuntimeError: The server is not running.
        """
        if self._listener is None:
            raise RuntimeError("the server is not running; use it in a with statement")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self._listener.socket.getsockname()[1]}"

    def start(self) -> Self:
        """Listen, and serve in threads of its own.

        Raises:
            ConnectError: The port is taken, or the address is not this machine's.
        """
        from websockets.sync.server import serve

        from voiceshift.local.session import Service

        try:
            listener = serve(
                self._serve,
                self._host,
                self._port,
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
                compression=None,  # audio does not compress
                max_size=LARGEST_REQUEST,
                logger=frames_logger,
                server_header=None,
                close_timeout=CLOSE_TIMEOUT,
            )
        except OSError as error:
            raise ConnectError(
                f"cannot listen on {self._host} port {self._port}: {error.strerror}"
            ) from error
        self._service = Service(
            token=Secret(self.token),
            auth_timeout=self._auth_timeout,
            engine=self._engine,
            songs=self._songs,
            voices=self._voices,
            jobs=JobQueue(workers=self._workers, max_waiting=self._max_waiting),
        )
        self._listener = listener
        self._accepting = threading.Thread(
            target=listener.serve_forever, name="voiceshift-server", daemon=True
        )
        self._accepting.start()
        return self

    def stop(self) -> None:
        """Cancel the running covers, close the connections with code 1001, and stop listening."""
        with self._lock:  # from here on no session begins
            listener, self._listener = self._listener, None
            sessions = dict(self._sessions)
        if listener is None:
            return
        assert self._service is not None
        self._service.jobs.stop()
        _close_all(sessions)
        listener.shutdown()
        for thread in (*sessions.values(), self._accepting):
            thread.join()
        _close_pipe(listener)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<voiceshift.local.Server {self.uri if self._listener else 'stopped'}>"

    def _serve(self, connection: ServerConnection) -> None:
        from voiceshift.local.session import Session

        with self._lock:
            if self._listener is None:  # it is being stopped
                return
            self._sessions[connection] = threading.current_thread()
        assert self._service is not None
        try:
            Session(connection, self._service).run()
        finally:
            with self._lock:
                del self._sessions[connection]


def _close_all(connections: Iterable[ServerConnection]) -> None:
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
            # A client that does not read: a send to it holds the connection's lock for ever.
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
            closer.join()


def _close_pipe(listener: Listener) -> None:
    """Close the pipe that tells the listener to stop; websockets before 17 leaves it open."""
    for name in ("shutdown_watcher", "shutdown_notifier"):
        end = getattr(listener, name, None)
        if isinstance(end, int):
            os.close(end)


def _folders(folder: str | os.PathLike[str] | None) -> list[Path]:
    if folder is None:
        return []
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise SettingsError(f"{path} is no folder")
    return [path]

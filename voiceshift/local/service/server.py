"""The embedded service: it listens, and gives each client a session."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.engine import Engine, VersatileEngine, features_of
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.local.library.downloader import DownloadLimits
from voiceshift.local.library.song_cache import cached
from voiceshift.local.library.songs import SongLibrary
from voiceshift.local.library.voices import VoiceLibrary
from voiceshift.local.library.web_song import WebLibrary
from voiceshift.local.limits import Limits, LimitsOptions
from voiceshift.local.separators import Separator, separator_loader
from voiceshift.local.service.fair_executor import FairExecutor
from voiceshift.local.service.jobs import JobQueue
from voiceshift.local.service.lazy_engine import LazyEngine
from voiceshift.local.service.listener import CLOSE_TIMEOUT, Listener, close_all
from voiceshift.local.service.web_pages import page_guard, parse_origins
from voiceshift.local.workers.pool import WorkerPool, default_workers
from voiceshift.settings import Secret, is_loopback
from voiceshift.util.files import existing_folder
from voiceshift.util.logs import SafeLogger
from voiceshift.util.signatures import lists_options
from voiceshift.util.tracebacks import hides_arguments
from voiceshift.util.typing_backports import Self, Unpack
from voiceshift.util.validators import check_count
from voiceshift.util.version import package_version
from voiceshift.wire.messages import ServiceInfo

if TYPE_CHECKING:
    from pathlib import Path

    from websockets.http11 import Request, Response
    from websockets.sync.server import Server as LibraryServer
    from websockets.sync.server import ServerConnection

    from voiceshift.local.engine.pipeline import WorldEngine
    from voiceshift.local.service.session import Service

logger = SafeLogger("voiceshift.local")

# The WebSocket library logs every message at DEBUG, the one with the token too; and at ERROR a
# traceback for each connection that speaks another protocol, as those of port scanners do.
frames_logger = logging.getLogger("voiceshift.local.websocket")
frames_logger.setLevel(logging.CRITICAL)

INTERNAL_ERROR = 1011
"""Close code for a session that failed, RFC 6455 section 7.4.1."""

MAX_REQUEST_SIZE = 64 * 1024
"""Bytes of a client's message; a token or a song's title is far smaller."""


class Server:
    """The song-cover service in this process, for tests and for programs that embed it.

    As a context manager it starts and stops itself.

    Args:
        token: What clients must send; ``None`` makes a random one.
        host: Address to listen on; by default only this machine is served.
        port: Port to listen on; 0 takes a free one.
        songs: Folder whose songs can be named by their title; ``None`` leaves the demo song.
        voices: Folder of voice models, beside the built-in ones.
        allow_files: Also take the path of an audio file for a song. Anyone with the token can then
            have any audio file covered that this process can read.
        allow_private_addresses: Also fetch songs from addresses that are not public, such as this
            machine's. Anyone with the token can then reach what is behind your firewall.
        allow_origins: Origins of the web pages that may connect, such as ``https://example.com``.
            All other pages are refused, and where only this machine is served so is whoever asks
            for another host than this machine or those of the origins.
        page: Also answer browsers, at the same port: with a page that makes covers of titles and of
            files that people choose. It is let in where it was opened by an address or as
            ``localhost``; for another name, name its origin in ``allow_origins``.
        separator: What separates the vocals of a song: the name of a separator, or a function; see
            :func:`~voiceshift.local.separators.load_separator`.
        provider: What the networks of RVC voices are run on: ``cuda``, ``directml``, ``coreml`` or
            ``cpu``; ``None`` takes the first of these that the installed onnxruntime offers.
        engine: Makes the covers; ``None`` takes the built-in one, with that ``separator``, and
            ``max_duration`` as its limit.
        workers: Windows of ten seconds that are worked on at the same time; ``None`` is one for
            each core of this machine, but no more than four, since each takes some 400 MB.
        executor: Where the windows are worked on; ``None`` starts ``workers`` processes when they
            are needed. Another one, such as that of a cluster, must have as many ``workers``; it is
            not shut down. Several covers share it fairly, and those that have just begun go first.
        ssl_context: Makes it a ``wss://`` service; see
            :func:`~voiceshift.local.tls.certificate_context`.
        **limits: The fields of :class:`~voiceshift.local.limits.Limits`.

    Attributes:
        token: As given, or the random one.

    Raises:
        SettingsError: The extra ``local`` is not installed, ``host`` is not this machine and there
            is no token, a folder or separator does not exist, an origin is none, or a number is out
            of range.

    Example:
        >>> from voiceshift import Client
        >>> from voiceshift.local import Server
        >>> with Server() as server, Client(server.uri, server.token) as client:
        ...     client.create_cover("demo", "baritone").complete
        True
    """

    @lists_options(LimitsOptions, Limits)
    @hides_arguments
    def __init__(  # noqa: PLR0913 - all but one are keywords
        self,
        token: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        songs: str | os.PathLike[str] | None = None,
        voices: str | os.PathLike[str] | None = None,
        allow_files: bool = False,
        allow_private_addresses: bool = False,
        allow_origins: Iterable[str] = (),
        page: bool = False,
        separator: str | Separator | None = None,
        provider: str | None = None,
        engine: Engine | VersatileEngine | None = None,
        workers: int | None = None,
        executor: Executor | None = None,
        ssl_context: ssl.SSLContext | None = None,
        **limits: Unpack[LimitsOptions],
    ) -> None:
        require_local_extra()
        if not token and not is_loopback(host):
            raise SettingsError(
                f"listening on {host} serves other machines too; give a token of your own (token=, "
                "or --token-file or VC_SERVE_TOKEN of voiceshift serve)"
            )
        if not 0 <= port < 2**16:
            raise SettingsError(f"port must be from 0 to 65535, not {port}")
        if workers is not None:
            workers = check_count("workers", workers)
        self.token = token or secrets.token_urlsafe(32)
        self._host, self._port = host, port
        self._origins, self._has_page = parse_origins(allow_origins), page
        self._limits = Limits.load(**limits)
        self._web = WebLibrary(
            DownloadLimits(
                max_size=self._limits.max_download,
                max_duration=self._limits.max_duration,
                allow_private=allow_private_addresses,
            ),
            timeout=self._limits.download_timeout,
        )
        self._songs = SongLibrary(_folders(songs, "songs"), allow_files=allow_files)
        self._workers = workers or default_workers()
        self._voices = VoiceLibrary(
            _folders(voices, "voices"), provider=provider, workers=self._workers
        )
        self._engine = engine or LazyEngine(
            partial(self._world_engine, separator_loader(separator))
        )
        self._executor, self._ssl_context = executor, ssl_context
        self._pool: WorkerPool | None = None
        self._listener: Listener | None = None
        self._service: Service | None = None
        self._sessions: set[ServerConnection] = set()
        self._lock = threading.Lock()

    def _world_engine(self, load_separator: Callable[[], Separator]) -> WorldEngine:
        from voiceshift.local.engine.pipeline import WorldEngine

        return WorldEngine(
            cached(load_separator(), self._limits.max_cache),
            max_duration=self._limits.max_duration,
            max_pending=self._workers + 1,
        )

    @property
    def uri(self) -> str:
        """Where clients connect to.

        Raises:
            RuntimeError: The server is not running.
        """
        if self._listener is None:
            raise RuntimeError("the server is not running; use it in a with statement")
        host = f"[{self._host}]" if ":" in self._host else self._host
        scheme = "ws" if self._ssl_context is None else "wss"
        return f"{scheme}://{host}:{self._listener.port}"

    def start(self) -> Self:
        """Listen, and serve in threads of its own.

        Raises:
            ConnectError: The port is taken, or the address is not this machine's.
            SettingsError: Without an ``executor``: there is no Python for processes to run, as in a
                frozen program.
        """
        from voiceshift.local.service.session import Service

        if self._ssl_context is None and not is_loopback(self._host):
            logger.warning(
                "listening on %s without TLS: anyone on the network between can read the token and "
                "the covers",
                self._host or "all addresses",
            )
        executor = self._executor
        if executor is None:
            executor = self._pool = WorkerPool(self._workers)
        listener = Listener(self._listen(), max_clients=self._limits.max_clients)
        self._service = Service(
            token=Secret(self.token),
            limits=self._limits,
            listener=listener,
            engine=self._engine,
            songs=self._songs,
            web=self._web,
            voices=self._voices,
            jobs=JobQueue(
                FairExecutor(executor, self._workers),
                max_running=self._limits.max_running,
                max_waiting=self._limits.max_waiting,
            ),
            stopping=threading.Event(),
            info=ServiceInfo(
                "voiceshift", package_version(), features_of(self._engine) | {"voices", "progress"}
            ),
            has_page=self._has_page,
        )
        self._listener = listener
        listener.start()  # no session begins before all is there
        return self

    def _listen(self) -> LibraryServer:
        from websockets.sync.server import serve

        from voiceshift.local.service.connection import limited_connection

        try:
            return serve(
                self._serve,
                self._host,
                self._port,
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
                ssl=self._ssl_context,
                compression=None,  # audio does not compress
                max_size=MAX_REQUEST_SIZE,
                logger=frames_logger,
                server_header=None,
                open_timeout=self._limits.auth_timeout,
                ping_interval=self._limits.ping_interval,
                ping_timeout=self._limits.ping_timeout,
                close_timeout=CLOSE_TIMEOUT,
                process_request=self._first_answer(),
                create_connection=limited_connection(self._limits.auth_timeout),
            )
        except OSError as error:
            raise ConnectError(
                f"cannot listen on {self._host} port {self._port}: {error.strerror}"
            ) from error

    def _first_answer(self) -> Callable[[ServerConnection, Request], Response | None]:
        """What answers a request in place of a WebSocket."""
        from voiceshift.local.service import page

        scheme = "http" if self._ssl_context is None else "https"
        guard = page_guard(self._origins, self._host, scheme if self._has_page else None)
        if not self._has_page:
            return guard
        return lambda connection, request: guard(connection, request) or page.answer(request)

    def stop(self) -> None:
        """Cancel the running covers, close the connections with code 1001, and stop listening."""
        with self._lock:  # from here on no session begins
            listener, self._listener = self._listener, None
            sessions = list(self._sessions)
        if listener is None:
            return
        assert self._service is not None
        self._service.stopping.set()
        self._service.jobs.stop()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        close_all(sessions)
        listener.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<voiceshift.local.Server {self.uri if self._listener else 'stopped'}>"

    def _serve(self, connection: ServerConnection) -> None:
        from voiceshift.local.service.connection import LimitedConnection
        from voiceshift.local.service.session import Session

        with self._lock:
            if self._listener is None:  # it is being stopped
                return
            self._sessions.add(connection)
        assert isinstance(connection, LimitedConnection)
        assert self._service is not None
        try:
            Session(connection, self._service).run()
        except Exception:
            logger.exception("a session failed")
            connection.close(INTERNAL_ERROR)
        finally:
            with self._lock:
                self._sessions.discard(connection)


def _folders(folder: str | os.PathLike[str] | None, name: str) -> list[Path]:
    return [] if folder is None else [existing_folder(folder, name)]

"""Covers by a service: each worker holds one connection and reuses its authentication."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import asdict, frozen

from voiceshift.batch.dask import check_not_sent, mark_as_sent
from voiceshift.batch.folder import cover_name
from voiceshift.client import Client
from voiceshift.errors import ClientClosed, ConnectError, ConnectionLost, ServiceFull
from voiceshift.wire.destination import Verbatim
from voiceshift.wire.messages import TRY_AGAIN_LATER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.cover import Cover
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Settings

FULL_STATUSES = {429, 503}
"""HTTP statuses of a service that has too much to do (RFC 6585, RFC 9110)."""


class ClientPool:
    """Clients to use again, the last used first: its connection is the most likely to be open.

    Args:
        settings: For the clients; ``None`` lets each look up its own.
    """

    def __init__(self, settings: Settings | None) -> None:
        self.settings = settings
        self._idle: list[Client] = []
        self._all: list[Client] = []
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def acquire(self) -> Iterator[Client]:
        """A client for one cover.

        Raises:
            ClientClosed: The batch has ended.
        """
        client = self._pop()
        try:
            yield client
        except BaseException:
            self._idle.insert(0, client)  # its connection has most likely ended
            raise
        self._idle.append(client)

    def close(self) -> None:
        """Close all of them at once, also those in use."""
        with self._lock:
            self._closed = True
            clients = list(self._all)
        if clients:  # in a thread each, since a service that does not answer delays its close
            with ThreadPoolExecutor(len(clients), thread_name_prefix="voiceshift-closing") as pool:
                list(pool.map(Client.close, clients))

    def _pop(self) -> Client:
        with self._lock:
            if self._closed:
                raise ClientClosed("the batch was ended")
            if self._idle:
                return self._idle.pop()
            options = {} if self.settings is None else asdict(self.settings, recurse=False)
            client = Client(**options)
            self._all.append(client)
            return client


class ThreadLocal(threading.local):
    """What a thread of the caller's own executor keeps between covers, until it ends."""

    clients: ClientPool | None = None


thread_local = ThreadLocal()


@frozen
class ServiceBackend:
    """Makes covers by a service.

    Attributes:
        settings: For the clients; they are sent along, token and all. ``None`` leaves it to each
            worker to look up its own.
        timeout: Seconds that one cover may take; ``None`` is no limit.
        clients: Shared by all threads; ``None`` gives each thread its own.
    """

    settings: Settings | None = None
    timeout: float | None = None
    clients: ClientPool | None = None

    def name(self, request: CoverRequest) -> str:
        """See :class:`~voiceshift.batch.task.Backend`."""
        return cover_name(request)

    def make(self, request: CoverRequest, to: Path | None) -> Cover:
        """See :class:`~voiceshift.batch.task.Backend`.

        Raises:
            ServiceFull: The service has too much to do, in whatever way it said so.
        """
        check_not_sent()
        clients = self.clients or self._clients_of_this_thread()
        with clients.acquire() as client:
            try:
                client.authenticate()
            except ConnectError as error:
                if _is_full(error):
                    raise ServiceFull(str(error)) from error
                raise
            mark_as_sent()
            return client.create_cover(
                request.song,
                request.voice,
                request.pitch,
                user_id=request.user_id,
                timeout=self.timeout,
                to=None if to is None else Verbatim(to),
                progress=False,
                **request.options,
            )

    def _clients_of_this_thread(self) -> ClientPool:
        clients = thread_local.clients
        if clients is None or clients.settings != self.settings:
            if clients is not None:
                clients.close()
            clients = thread_local.clients = ClientPool(self.settings)
        return clients


def _is_full(error: ConnectError) -> bool:
    cause = error.__cause__
    was_closed = isinstance(cause, ConnectionLost) and cause.code == TRY_AGAIN_LATER
    return was_closed or error.status in FULL_STATUSES

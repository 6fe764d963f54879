"""Covers by a service: each worker holds one connection and reuses its authentication."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from voiceshift.batch.cover_files import cover_name
from voiceshift.batch.sending import mark_as_sent, refuse_to_send_again
from voiceshift.client import Client
from voiceshift.errors import ClientClosed, ConnectError, ConnectionLost, ServiceFull
from voiceshift.wire.messages import TRY_AGAIN_LATER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.cover import Cover
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Settings

__all__ = ["Clients", "HostedMaker"]

FULL_STATUSES = {429, 503}
"""HTTP statuses of a service that has too much to do (RFC 6585, RFC 9110)."""


class Clients:
    """Clients at rest, to be used again, the last used first: its connection is surely the best.

    Args:
        settings: For the clients; ``None`` lets each look up its own.
    """

    def __init__(self, settings: Settings | None) -> None:
        self.settings = settings
        self._resting: list[Client] = []
        self._all: list[Client] = []
        self._closed = False
        self._lock = threading.Lock()

    @contextmanager
    def borrowed(self) -> Iterator[Client]:
        """A client for one cover.

        Raises:
            ClientClosed: The batch has ended.
        """
        client = self._take()
        try:
            yield client
        except BaseException:
            self._resting.insert(0, client)  # its connection has most likely ended
            raise
        self._resting.append(client)

    def close(self) -> None:
        """Close all of them, also those in use, at once."""
        with self._lock:
            self._closed = True
            clients = list(self._all)
        if clients:  # in a thread each, since a service that does not answer holds up its close
            with ThreadPoolExecutor(len(clients), thread_name_prefix="voiceshift-closing") as pool:
                list(pool.map(Client.close, clients))

    def _take(self) -> Client:
        with self._lock:
            if self._closed:
                raise ClientClosed("the batch was ended")
            if self._resting:
                return self._resting.pop()
            options = {} if self.settings is None else attrs.asdict(self.settings, recurse=False)
            client = Client(**options)
            self._all.append(client)
            return client


class OfThisThread(threading.local):
    """What a thread of another's executor keeps between covers, until it ends: a client."""

    clients: Clients | None = None


of_this_thread = OfThisThread()


@attrs.frozen
class HostedMaker:
    """Makes covers by a service.

    Attributes:
        settings: For the clients; they travel with it, token and all. ``None`` leaves it to each
            worker to look up its own.
        timeout: Seconds that one cover may take; ``None`` is no limit.
        clients: Shared by all threads; ``None`` gives each thread its own.
    """

    settings: Settings | None = None
    timeout: float | None = None
    clients: Clients | None = None

    def name(self, request: CoverRequest) -> str:
        """See :class:`~voiceshift.batch.task.Maker`."""
        return cover_name(request)

    def make(self, request: CoverRequest, to: Path | None) -> Cover:
        """See :class:`~voiceshift.batch.task.Maker`.

        Raises:
            ServiceFull: The service has too much to do, and said so in whatever way.
        """
        refuse_to_send_again()
        clients = self.clients or self._clients_of_this_thread()
        with clients.borrowed() as client:
            try:
                client.authenticate()
            except ConnectError as error:
                if _says_full(error):
                    raise ServiceFull(str(error)) from error
                raise
            mark_as_sent()
            return client.create_cover(
                request.song,
                request.voice,
                request.pitch,
                user_id=request.user_id,
                timeout=self.timeout,
                to=to,
                progress=False,
            )

    def _clients_of_this_thread(self) -> Clients:
        clients = of_this_thread.clients
        if clients is None or clients.settings != self.settings:
            if clients is not None:
                clients.close()
            clients = of_this_thread.clients = Clients(self.settings)
        return clients


def _says_full(error: ConnectError) -> bool:
    cause = error.__cause__
    is_closed = isinstance(cause, ConnectionLost) and cause.code == TRY_AGAIN_LATER
    return is_closed or error.status in FULL_STATUSES

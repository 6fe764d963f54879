"""A Dask cluster as an executor; needs the extra ``dask``."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from voiceshift.errors import ConnectError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

__all__ = ["Cluster", "connected_cluster"]

logger = logging.getLogger("voiceshift.batch.dask")

LOOK_EVERY = 5.0
"""Seconds after which it is looked again whether the cluster has workers."""

WARNING = "distributed.admin.large-graph-warning-threshold"
LARGEST_CALL = "256 MiB"
"""From which size of what is sent to a worker Dask is to warn; by default from 10 MB."""


class Cluster(NamedTuple):
    """A cluster to run things on.

    Attributes:
        executor: Runs them.
        workers: How many at the same time.
    """

    executor: Executor
    workers: int


@contextmanager
def connected_cluster(address: str) -> Iterator[Cluster]:
    """The cluster whose scheduler is at ``address``; it is left running.

    A warning is logged when it has no workers left, and when it has some again.

    Args:
        address: Such as ``tcp://127.0.0.1:8786``.

    Raises:
        SettingsError: The extra ``dask`` is not installed, or ``address`` is none.
        ConnectError: No scheduler answers there, or it has no workers.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            "a Dask cluster needs distributed, which this Python does not have; install it with: "
            "pip install 'voiceshift[dask]'"
        ) from error
    try:
        client = Client(address, set_as_default=False)
    except OSError as error:  # also a timeout
        raise ConnectError(f"no Dask scheduler answers at {address}: {error}") from error
    except ValueError as error:
        raise SettingsError(f"{address!r} is no address of a Dask scheduler: {error}") from error
    # Ten seconds of sound are as many megabytes, of which Dask would warn each time.
    with dask.config.set({WARNING: LARGEST_CALL}), client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise ConnectError(f"the Dask scheduler at {address} has no workers")
        with _watched(client):
            yield Cluster(client.get_executor(pure=False), workers)


@contextmanager
def _watched(client: Any) -> Iterator[None]:
    """Tell, as long as the context lasts, when the cluster is left without workers."""
    left = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(client, left), name="voiceshift-cluster", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join(LOOK_EVERY)  # it may be asking a scheduler that no longer answers


def _watch(client: Any, left: threading.Event) -> None:
    """Log when the last worker has gone and when one has come; Dask waits without a word."""
    has_workers = True
    while not left.wait(LOOK_EVERY):
        try:
            had, has_workers = has_workers, bool(client.nthreads())
        except Exception:  # noqa: BLE001 - without its scheduler each call fails, and tells so
            return
        if had and not has_workers:
            logger.warning("the Dask cluster has no workers left; covers wait until one joins it")
        elif has_workers and not had:
            logger.warning("the Dask cluster has workers again")

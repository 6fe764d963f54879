"""A Dask cluster as an executor, which needs the extra ``dask``; and what it must not send twice.

Where a worker is killed, the cluster runs its tasks again on another. That is right only where
nothing had been sent. So just before it is sent, the request is marked on the scheduler, which
forgets the mark together with the task. Other executors run nothing twice.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import frozen

from voiceshift.errors import ConnectError, SettingsError, WorkerLost
from voiceshift.util.logs import SafeLogger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

logger = SafeLogger("voiceshift.cluster")

POLL_INTERVAL = 5.0
"""Seconds between two checks whether the cluster has workers."""

WARNING_THRESHOLD = {"distributed.admin.large-graph-warning-threshold": "256 MiB"}
"""Size from which Dask warns of what is sent to a worker. Ten seconds of audio are as many
megabytes, of which it would warn each time."""


@frozen
class Cluster:
    """A cluster that is connected.

    Attributes:
        executor: Runs tasks on it.
        workers: How many it runs at the same time.
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
        SettingsError: The extra ``dask`` is not installed, or ``address`` is not valid.
        ConnectError: No scheduler answers there, or it has no workers.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise SettingsError(
            "a Dask cluster needs distributed, which this Python does not have; install it with: "
            'pip install "voiceshift[dask]"'
        ) from error
    try:
        client = Client(address, set_as_default=False)
    except OSError as error:  # also a timeout
        raise ConnectError(f"no Dask scheduler answers at {address}: {error}") from error
    except ValueError as error:
        raise SettingsError(
            f"{address!r} is not the address of a Dask scheduler: {error}"
        ) from error
    with dask.config.set(WARNING_THRESHOLD), client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise ConnectError(f"the Dask scheduler at {address} has no workers")
        with _watched(client):
            yield Cluster(client.get_executor(pure=False), workers)


@contextmanager
def _watched(client: Any) -> Iterator[None]:
    """Log, as long as the context lasts, when the cluster is left without workers."""
    left = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(client, left), name="voiceshift-cluster", daemon=True
    )
    watcher.start()
    try:
        yield
    finally:
        left.set()
        watcher.join(POLL_INTERVAL)  # it may be asking a scheduler that no longer answers


def _watch(client: Any, left: threading.Event) -> None:
    """Log when the last worker has gone and when one has joined; Dask waits silently."""
    has_workers = True
    while not left.wait(POLL_INTERVAL):
        try:
            had, has_workers = has_workers, bool(client.nthreads())
        except Exception:  # noqa: BLE001 - without its scheduler every call fails, and says so
            return
        if had and not has_workers:
            logger.warning("the Dask cluster has no workers left; covers wait until one joins it")
        elif has_workers and not had:
            logger.warning("the Dask cluster has workers again")


# ---- at most once


def check_not_sent() -> None:
    """Go on only where this task has not sent its request before.

    Raises:
        WorkerLost: It has, on a worker that is gone.
    """
    task = _current_task()
    if task is not None and _scheduler().get_metadata(task, None):
        raise WorkerLost(
            "the worker that made this cover ended before it was done; its request had been sent "
            "and may have cost quota, so it was not sent again",
            sent=True,
        )


def mark_as_sent() -> None:
    """Record that this task is about to send its request."""
    task = _current_task()
    if task is not None:
        _scheduler().set_metadata(task, True)


def _current_task() -> str | None:
    """Name of the Dask task in which this runs; ``None`` outside of one."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        name: str = distributed.get_worker().get_current_task()
    except ValueError:  # not on a worker
        return None
    return name


def _scheduler() -> Any:
    return sys.modules["distributed"].get_client()

"""What a task must know that a Dask cluster may run twice: whether its request was sent before.

Where a worker is killed, the cluster runs its tasks again on another. That is right only where
nothing had been sent. So the request is marked, just before, on the scheduler, which forgets the
mark together with the task. Other executors run nothing twice.
"""

from __future__ import annotations

import sys
from typing import Any

from voiceshift.errors import WorkerLost

__all__ = ["mark_as_sent", "refuse_to_send_again"]


def refuse_to_send_again() -> None:
    """Go on only where this task has not sent its request before.

    Raises:
        WorkerLost: It has, on a worker that is gone.
    """
    task = _running_task()
    if task is not None and _cluster().get_metadata(task, None):
        raise WorkerLost(
            "the worker that made this cover ended before it was done; its request had been sent "
            "and may have cost quota, so it was not sent again",
            sent=True,
        )


def mark_as_sent() -> None:
    """Note that this task is about to send its request."""
    task = _running_task()
    if task is not None:
        _cluster().set_metadata(task, True)


def _running_task() -> str | None:
    """Name of the Dask task that this is; ``None`` where it is none."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return None
    try:
        name: str = distributed.get_worker().get_current_task()
    except ValueError:  # not on a worker
        return None
    return name


def _cluster() -> Any:
    """The way to the scheduler."""
    return sys.modules["distributed"].get_client()

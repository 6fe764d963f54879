"""An executor of worker processes."""

from __future__ import annotations

import os
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from voiceshift.local.workers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WorkerPool", "default_workers"]

Result = TypeVar("Result")

MOST_WORKERS = 4
"""Workers that are started unasked, since each takes hundreds of megabytes."""


def default_workers() -> int:
    """Return how many workers suit this machine: one for each core, but not too many."""
    try:
        cores = len(os.sched_getaffinity(0))  # those this process may use, where that can be told
    except AttributeError:
        cores = os.cpu_count() or 1
    return min(cores, MOST_WORKERS)


class WorkerPool(Executor):
    """Calls functions in up to ``workers`` processes, which start when they are first needed.

    Unlike the pool of the standard library it works in any script and notebook, none of its workers
    outlives this process, and one that crashes costs the call it was at: that call raises
    :class:`concurrent.futures.BrokenExecutor`, and a new worker takes the place.

    Args:
        workers: Calls at the same time.

    Example:
        >>> from voiceshift.local.workers.pool import WorkerPool
        >>> with WorkerPool(2) as pool:
        ...     sorted(pool.map(abs, [-1, 2]))
        [1, 2]
    """

    def __init__(self, workers: int) -> None:
        # A thread for each worker, which waits for its answers.
        self._threads = ThreadPoolExecutor(workers, "voiceshift-worker")
        self._busy: set[Worker] = set()
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._is_shut = False  # whoever has no call any more ends
        self._is_killed = False  # whoever had a call was ended

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Let a worker call ``fn``; function, arguments and result are pickled."""
        return self._threads.submit(self._call, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls, and end the workers.

        Args:
            wait: Return only when they have ended.
            cancel_futures: Cancel what waits, and end at once what is under way.
        """
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        with self._lock:
            self._is_shut = True
            idle, self._idle = self._idle, []
            if cancel_futures:
                self._is_killed = True
                for worker in self._busy:
                    worker.kill()
        for worker in idle:
            worker.stop()
        if wait:
            self._threads.shutdown(wait=True)

    def _call(self, function: Callable[[], Result]) -> Result:
        worker = self._take()
        try:
            return worker.call(function)
        finally:
            self._give_back(worker)

    def _take(self) -> Worker:
        with self._lock:
            if self._is_killed:
                raise BrokenExecutor("the pool is shut down")
            worker = self._idle.pop() if self._idle else Worker()
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            is_wanted = worker.is_running and not self._is_shut
            if is_wanted:
                self._idle.append(worker)
        if not is_wanted:
            worker.stop()

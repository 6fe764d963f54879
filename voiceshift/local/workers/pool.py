"""An executor of worker processes."""

from __future__ import annotations

import os
import threading
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from voiceshift.local.workers.worker import Worker, return_free_memory
from voiceshift.util.process import python_executable

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

MAX_DEFAULT_WORKERS = 4
"""Workers where no number is given, since each takes hundreds of megabytes."""

IDLE_TIMEOUT = 38.0
"""Seconds after which workers that have nothing to do end."""


def available_cores() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def default_workers() -> int:
    """Return how many workers suit this machine: one for each core, up to a limit."""
    return min(available_cores(), MAX_DEFAULT_WORKERS)


class WorkerPool(Executor):
    """Calls functions in up to ``workers`` processes, which start when they are first needed.

    Unlike the pool of the standard library it works in any script and notebook, and no worker
    outlives this process. A worker that crashes costs only the call it was making, which raises
    :class:`concurrent.futures.BrokenExecutor`; a new worker replaces it. When nothing has been
    called for a while, all of them end, since each holds a hundred megabytes or more; they start
    again with the next call.

    Args:
        workers: Calls at the same time.
        idle_timeout: Seconds without a call after which the workers end.

    Raises:
        SettingsError: There is no Python for processes to run, as in a frozen program.

    Example:
        >>> from voiceshift.local.workers.pool import WorkerPool
        >>> with WorkerPool(2) as pool:
        ...     sorted(pool.map(abs, [-1, 2]))
        [1, 2]
    """

    def __init__(self, workers: int, idle_timeout: float = IDLE_TIMEOUT) -> None:
        python_executable()  # where there is none, it is told here and not by each call
        # A thread for each worker, which waits for its results.
        self._threads = ThreadPoolExecutor(workers, "voiceshift-worker")
        self._busy: set[Worker] = set()
        self._idle: list[Worker] = []
        self._idle_timeout = idle_timeout
        self._idle_timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._is_shut_down = False  # workers end after their call
        self._is_killed = False  # workers were ended, in the middle of a call too

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Let a worker call ``fn``; function, arguments and result are pickled."""
        return self._threads.submit(self._call, partial(fn, *args, **kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls, and end the workers.

        Args:
            wait: Return only when they have ended.
            cancel_futures: Cancel the calls that wait, and end those that are being made at once.
        """
        self._threads.shutdown(wait=False, cancel_futures=cancel_futures)
        with self._lock:
            self._is_shut_down = True
            if cancel_futures:
                self._is_killed = True
                for worker in self._busy:
                    worker.kill()
        self._end_idle_workers()
        if wait:
            self._threads.shutdown(wait=True)

    def _call(self, function: Callable[[], Result]) -> Result:
        worker = self._acquire()
        try:
            return worker.call(function)
        finally:
            self._release(worker)

    def _acquire(self) -> Worker:
        with self._lock:
            if self._is_killed:
                raise BrokenExecutor("the pool is shut down")
            self._stop_timer()
            worker = self._idle.pop() if self._idle else Worker()
            self._busy.add(worker)
            return worker

    def _release(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            is_reusable = worker.is_running and not self._is_shut_down
            if is_reusable:
                self._idle.append(worker)
            if not self._busy and not self._is_shut_down:
                self._start_timer()
        if not is_reusable:
            worker.stop()

    def _start_timer(self) -> None:
        self._idle_timer = threading.Timer(self._idle_timeout, self._end_idle_workers)
        self._idle_timer.daemon = True
        self._idle_timer.start()

    def _stop_timer(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _end_idle_workers(self) -> None:
        with self._lock:
            self._stop_timer()
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.stop()
        return_free_memory()  # of what went to them and came back

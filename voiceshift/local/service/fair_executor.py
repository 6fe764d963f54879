"""One executor that several jobs share fairly.

Executors do first what came first: a cover that is asked for while another one is made would wait
for everything that the other has submitted. So each job submits to an executor of its own, and the
shared one gets no more at a time than it can work on; what comes next is decided only then.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


class FairExecutor:
    """Serves the executors of jobs in turn.

    Those with priority come first; among equals, the one whose last turn was the longest time ago.

    Args:
        executor: Does the work. It is not shut down here.
        workers: Calls that it can make at the same time.
    """

    def __init__(self, executor: Executor, workers: int) -> None:
        self._executor = executor
        self._free_workers = workers
        self._jobs: list[JobExecutor] = []  # the one whose turn is next first
        self._lock = threading.Lock()

    def open(self) -> JobExecutor:
        """Return the executor of a new job; it has priority at first."""
        job = JobExecutor(self)
        with self._lock:
            self._jobs.insert(0, job)
        return job

    def remove(self, job: JobExecutor) -> None:
        """Forget the executor of a job; any number of times."""
        with self._lock, suppress(ValueError):  # it is forgotten already
            self._jobs.remove(job)

    def dispatch(self) -> None:
        """Give the shared executor as much as it can work on."""
        while (call := self._next_call()) is not None:
            if call.future.set_running_or_notify_cancel():
                self._start(call)
            else:
                self._free_worker()

    def _next_call(self) -> _Call | None:
        with self._lock:
            if self._free_workers == 0:
                return None
            # Sorting keeps the order of equals.
            for job in sorted(self._jobs, key=lambda job: not job.has_priority):
                if job.waiting:
                    self._free_workers -= 1
                    self._jobs.remove(job)
                    self._jobs.append(job)
                    return job.waiting.popleft()
            return None

    def _start(self, call: _Call) -> None:
        try:
            work = self._executor.submit(call.function)
        except Exception as error:  # noqa: BLE001 - it is broken or shut down; the caller is told
            self._free_worker()
            call.future.set_exception(error)
            return
        call.work = work
        work.add_done_callback(partial(self._finish, call))

    def _finish(self, call: _Call, work: Future[Any]) -> None:
        self._free_worker()
        call.finish(work)
        self.dispatch()

    def _free_worker(self) -> None:
        with self._lock:
            self._free_workers += 1


class JobExecutor(Executor):
    """Where one job submits its work.

    Attributes:
        has_priority: Whether it goes before those that have none: until a cover has sent something.
        waiting: What was submitted and has not begun.
    """

    def __init__(self, shared: FairExecutor) -> None:
        self.has_priority = True
        self.waiting: deque[_Call] = deque()
        self._shared = shared
        self._calls: set[_Call] = set()
        self._lock = threading.Lock()
        self._is_shut_down = False

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Let ``fn`` be called when it is this job's turn.

        Raises:
            CancelledError: The executor is shut down.
        """
        call = _Call(partial(fn, *args, **kwargs))
        with self._lock:
            if self._is_shut_down:
                raise CancelledError
            self._calls.add(call)
        call.future.add_done_callback(lambda _: self._forget(call))
        self.waiting.append(call)
        self._shared.dispatch()
        return call.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work.

        Args:
            wait: Wait for the work that there is.
            cancel_futures: Cancel it instead. Threads that wait for it go on at once; what a worker
                has begun, it may finish with nobody to take the result.
        """
        with self._lock:
            self._is_shut_down = True
            calls = list(self._calls)
        if cancel_futures:
            for call in calls:
                call.cancel()
        if wait:
            for call in calls:
                with suppress(CancelledError):
                    call.future.exception()
        self._remove_if_done()

    def _forget(self, call: _Call) -> None:
        with self._lock:
            self._calls.discard(call)
        self._remove_if_done()

    def _remove_if_done(self) -> None:
        if self._is_shut_down and not self._calls:
            self._shared.remove(self)


class _Call:
    """A function to be called, and the future of its result.

    Attributes:
        function: To be called without arguments.
        future: What the submitter waits for.
        work: The shared executor's own future; ``None`` before it has the call.
    """

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function
        self.future: Future[Any] = Future()
        self.work: Future[Any] | None = None

    def cancel(self) -> None:
        """End the wait for the result, and the work where that is still possible."""
        if not self.future.cancel():
            with suppress(InvalidStateError):  # it has just ended by itself
                self.future.set_exception(CancelledError())
        if self.work is not None:
            self.work.cancel()

    def finish(self, work: Future[Any]) -> None:
        """Take over the outcome of the work."""
        with suppress(InvalidStateError):  # cancelled meanwhile
            if work.cancelled():
                self.future.set_exception(CancelledError())
            elif error := work.exception():
                self.future.set_exception(error)
            else:
                self.future.set_result(work.result())

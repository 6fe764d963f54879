"""One executor shared by many covers, fairly.

Executors do first what came first: a cover that is asked for while another one is made would wait
until all is done that the other has submitted. So each cover submits to a lane of its own, and the
executor gets no more at a time than it can work on; what is next is decided only then.
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

__all__ = ["Lane", "Lanes"]

Result = TypeVar("Result")


class Lanes:
    """Hands out lanes, and takes from them in turn.

    Urgent lanes come first; among equals, the one whose last turn was the longest time ago.

    Args:
        executor: Does the work. It stays its owner's: closing lanes does not shut it down.
        workers: How much of the work it can do at the same time.
    """

    def __init__(self, executor: Executor, workers: int) -> None:
        self._executor = executor
        self._free = workers
        self._lanes: list[Lane] = []  # the next one to take from first
        self._lock = threading.Lock()

    def open(self) -> Lane:
        """Open a lane; it is urgent at first."""
        lane = Lane(self)
        with self._lock:
            self._lanes.insert(0, lane)
        return lane

    def close(self, lane: Lane) -> None:
        """Forget a lane; any number of times."""
        with self._lock, suppress(ValueError):  # it is forgotten already
            self._lanes.remove(lane)

    def go_on(self) -> None:
        """Give the executor as much as it can work on."""
        while (call := self._next()) is not None:
            if call.future.set_running_or_notify_cancel():
                self._start(call)
            else:
                self._free_worker()

    def _next(self) -> _Call | None:
        with self._lock:
            if self._free == 0:
                return None
            # Sorting keeps the order of equals.
            for lane in sorted(self._lanes, key=lambda lane: not lane.is_urgent):
                if lane.waiting:
                    self._free -= 1
                    self._lanes.remove(lane)
                    self._lanes.append(lane)
                    return lane.waiting.popleft()
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
        call.settle(work)
        self.go_on()

    def _free_worker(self) -> None:
        with self._lock:
            self._free += 1


class Lane(Executor):
    """Where one cover submits its work; an executor by itself.

    Attributes:
        is_urgent: Whether it goes before lanes that are not: until a cover has sent something.
        waiting: What was submitted and is not begun.
    """

    def __init__(self, lanes: Lanes) -> None:
        self.is_urgent = True
        self.waiting: deque[_Call] = deque()
        self._lanes = lanes
        self._calls: set[_Call] = set()
        self._lock = threading.Lock()
        self._is_shut = False

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Let ``fn`` be called when it is this lane's turn.

        Raises:
            CancelledError: The lane is shut down.
        """
        call = self._admit(partial(fn, *args, **kwargs))
        self.waiting.append(call)
        self._lanes.go_on()
        return call.future

    def submit_elsewhere(
        self, executor: Executor, fn: Callable[..., Result], /, *args: Any
    ) -> Future[Result]:
        """Let ``fn`` be called by another executor, without waiting for a turn.

        Raises:
            CancelledError: The lane is shut down.
        """
        call = self._admit(partial(fn, *args))
        call.future.set_running_or_notify_cancel()
        call.work = executor.submit(call.function)
        call.work.add_done_callback(call.settle)
        return call.future

    def _admit(self, function: Callable[[], Any]) -> _Call:
        call = _Call(function)
        with self._lock:
            if self._is_shut:
                raise CancelledError
            self._calls.add(call)
        call.future.add_done_callback(lambda _: self._forget(call))
        return call

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work.

        Args:
            wait: Wait for the work that there is.
            cancel_futures: Cancel it instead. Whoever waits for it is let go at once; what a worker
                has begun it may have to finish for nobody.
        """
        with self._lock:
            self._is_shut = True
            calls = list(self._calls)
        if cancel_futures:
            for call in calls:
                call.cancel()
        if wait:
            for call in calls:
                with suppress(CancelledError):
                    call.future.exception()
        self._close_if_done()

    def _forget(self, call: _Call) -> None:
        with self._lock:
            self._calls.discard(call)
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._is_shut and not self._calls:
            self._lanes.close(self)


class _Call:
    """Something to be called, and the future of its result.

    Attributes:
        function: To be called without arguments.
        future: What the submitter waits for.
        work: The executor's own future; ``None`` before it has the call.
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

    def settle(self, work: Future[Any]) -> None:
        """Take over what became of the work."""
        with suppress(InvalidStateError):  # cancelled meanwhile
            if work.cancelled():
                self.future.set_exception(CancelledError())
            elif error := work.exception():
                self.future.set_exception(error)
            else:
                self.future.set_result(work.result())

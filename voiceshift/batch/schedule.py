"""One pass over the requests of a batch: what waits, what runs, what becomes of each.

It holds as many requests as there are workers, however many there are in all.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from voiceshift.batch.folder import attach_partial
from voiceshift.batch.outcome import Outcome
from voiceshift.batch.task import Backend, make_outcome
from voiceshift.batch.throttle import Throttle
from voiceshift.errors import AuthError, ServiceFull, WorkerLost
from voiceshift.util.deadline import MAX_WAIT
from voiceshift.util.logs import SafeLogger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voiceshift.batch.folder import CoverFolder
    from voiceshift.display.progress import BatchProgress
    from voiceshift.request import CoverRequest

logger = SafeLogger("voiceshift.batch")


@frozen
class Running:
    """A cover in the making.

    Attributes:
        name: The name of its file.
        request: What was asked for.
        duplicates: Equal requests, which wait for the same cover.
    """

    name: str
    request: CoverRequest
    duplicates: list[CoverRequest] = field(factory=list)

    @property
    def requests(self) -> list[CoverRequest]:
        """All that this cover is for."""
        return [self.request, *self.duplicates]


class Schedule:
    """Runs the requests of a batch on an executor.

    A request that equals one in the making for the same folder is a duplicate: it is not made
    again, but shares the outcome.

    Args:
        requests: What to make; read only as far as there are workers.
        backend: What makes it.
        folder: Where the files go; ``None`` leaves the covers in memory.
        workers: Covers at once, at most.
        resume: Whether a cover that is complete in the folder will do.
        progress: Where it is shown.
    """

    def __init__(  # noqa: PLR0913 - all but one are keywords
        self,
        requests: Iterable[CoverRequest],
        *,
        backend: Backend,
        folder: CoverFolder | None,
        workers: int,
        resume: bool,
        progress: BatchProgress,
    ) -> None:
        self._requests = iter(requests)
        self._backend = backend
        self._folder = folder
        self._resume = resume
        self._progress = progress
        self._throttle = Throttle(workers)
        self._rejected: deque[CoverRequest] = deque()
        self._running: dict[Future[Outcome], Running] = {}
        self._by_request: dict[CoverRequest, Future[Outcome]] = {}
        self._beginning: Running | None = None
        self._all_begun = False
        self._failure: Exception | None = None

    def outcomes(self, pool: Executor) -> Iterator[Outcome]:
        """Run all, and yield what becomes of each as they complete.

        Raises:
            AuthError: The service refused the token.
            WorkerLost: The executor takes no more.
            SaveError: The record cannot be written.
        """
        try:
            while True:
                yield from self._begin(pool)
                if self._running:
                    yield from self._await_some()
                elif self._all_begun:
                    break
                else:  # nothing to wait for but the service
                    time.sleep(self._throttle.pause())
        finally:
            for future in self._running:
                future.cancel()
        if self._failure is not None:
            raise self._failure
        if self._folder is not None:
            self._folder.log_unrequested()

    def record_unfinished(self) -> None:
        """Record what was running when the batch was left, once the pool has ended."""
        for future, running in self._running.items():
            if not future.cancelled() and future.done():
                self._record_and_log(running, self._result(future))
        if self._beginning is not None and self._beginning not in self._running.values():
            # An interrupt came before its future was known here.
            lost = self._lost(self._beginning, "the batch was left when this cover had just begun")
            if lost.partial is not None:
                self._record_and_log(self._beginning, Outcome(self._beginning.request, error=lost))

    def _record_and_log(self, running: Running, outcome: Outcome) -> None:
        self._record(running.name, outcome)
        if outcome.error is not None:
            logger.warning("%s: %s", outcome.request.song, outcome.error)

    # ---- the beginning of a cover

    def _begin(self, pool: Executor) -> Iterator[Outcome]:
        """Begin as many as may run, and yield the outcomes of those that are complete already."""
        self._all_begun = False
        while self._begun() < self._throttle.limit and not self._throttle.pause():
            request = self._next_request()
            if request is None:
                self._all_begun = True
                return
            name = self._backend.name(request)
            if (outcome := self._completed(name, request)) is not None:
                self._count(outcome)
                yield outcome
            elif request in self._by_request:
                self._running[self._by_request[request]].duplicates.append(request)
            else:
                self._submit(name, request, pool)

    def _begun(self) -> int:
        return sum(len(running.requests) for running in self._running.values())

    def _next_request(self) -> CoverRequest | None:
        if self._rejected:
            return self._rejected.popleft()
        try:
            return next(self._requests, None)
        except Exception as error:  # noqa: BLE001 - whatever it is, what runs is finished first
            self._end_with(error)
            return None

    def _end_with(self, failure: Exception) -> None:
        """Begin nothing more, and raise ``failure`` once all that runs is finished."""
        self._failure = self._failure or failure
        self._requests = iter(())
        self._rejected.clear()

    def _completed(self, name: str, request: CoverRequest) -> Outcome | None:
        if self._folder is None or not self._resume:
            return None
        return self._folder.completed(name, request)

    def _submit(self, name: str, request: CoverRequest, pool: Executor) -> None:
        target = self._folder.target(name) if self._folder else None
        self._beginning = Running(name, request)
        try:
            future = pool.submit(make_outcome, self._backend, request, target, resume=self._resume)
        except RuntimeError as error:  # broken, or shut down
            failure = WorkerLost(f"the executor takes no more covers: {error}", sent=False)
            failure.__cause__ = error
            self._end_with(failure)
            self._beginning = None
            return
        self._running[future] = self._beginning
        self._beginning = None
        if self._folder is not None:
            self._by_request[request] = future

    # ---- the end of a cover

    def _await_some(self) -> Iterator[Outcome]:
        # In slices, so that Ctrl-C takes effect: see MAX_WAIT.
        pause = min(MAX_WAIT, self._throttle.pause() or MAX_WAIT)
        done, _ = wait(self._running, pause, FIRST_COMPLETED)
        results = [(future, self._result(future)) for future in done]
        # A refused token ends the batch, so the other outcomes come first.
        for future, outcome in sorted(results, key=lambda result: _is_refused_token(result[1])):
            yield from self._end(future, outcome)

    def _end(self, future: Future[Outcome], outcome: Outcome) -> Iterator[Outcome]:
        running = self._running.pop(future)
        self._by_request.pop(outcome.request, None)
        if isinstance(outcome.error, ServiceFull):
            if self._throttle.rejected(others_run=bool(self._running)):
                self._rejected.extend(running.requests)
                pause = self._throttle.pause()
                self._progress.notice(f"the service is full: waiting {pause:.0f} s")
                return
        else:
            self._throttle.accepted()
        if isinstance(outcome.error, AuthError):
            raise outcome.error
        self._record(running.name, outcome)
        for request in running.requests:
            self._count(outcome)
            yield evolve(outcome, request=request)

    def _count(self, outcome: Outcome) -> None:
        name = f"{outcome.request.song} - {outcome.request.voice}"
        self._progress.add(name, outcome.error)

    def _record(self, name: str, outcome: Outcome) -> None:
        if self._folder is not None:
            self._folder.manifest.record(name, outcome)

    def _result(self, future: Future[Outcome]) -> Outcome:
        """What the worker says became of the request, or that the worker is gone."""
        try:
            return future.result()
        except Exception as error:  # noqa: BLE001 - each executor has its own for a lost worker
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            running = self._running[future]
            lost = self._lost(
                running, f"the worker that made this cover ended before it was done ({reason})"
            )
            lost.__cause__ = error
            return Outcome(running.request, error=lost)

    def _lost(self, running: Running, message: str) -> WorkerLost:
        """The error of a cover of which only what lies in the folder is known."""
        lost = WorkerLost(message)
        if self._folder is not None:
            attach_partial(lost, self._folder.target(running.name), running.request)
        return lost


def _is_refused_token(outcome: Outcome) -> bool:
    return isinstance(outcome.error, AuthError)

"""The queue of covers: when each one is made, and what its client hears. No sockets, no audio."""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from typing import TYPE_CHECKING, Union

from attrs import frozen

from voiceshift.errors import CoverError, ServiceFull
from voiceshift.util.logs import SafeLogger
from voiceshift.util.monotonic_clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.local.service.fair_executor import FairExecutor, JobExecutor

    Work = Callable[["Job"], Iterator[bytes]]
    """Makes the cover of a job, chunk by chunk."""

logger = SafeLogger("voiceshift.local")


@frozen
class Waiting:
    """The job waits at a position in the queue; 1 is next."""

    position: int


@frozen
class Advanced:
    """More of the cover is made.

    Attributes:
        done: The share of it, from 0 to 1; never less than before.
        remaining: Seconds that the rest will take if it goes on like this; ``None`` at first.
    """

    done: float
    remaining: float | None = None


@frozen
class Remark:
    """Something to say about the cover, in words that are fit for the client.

    Attributes:
        text: The words.
        is_warning: Whether something is wrong.
    """

    text: str
    is_warning: bool = False


@frozen
class Chunk:
    """A piece of the cover is made: the next bytes of the file."""

    audio: bytes


@frozen
class Finished:
    """All of the cover is made."""


@frozen
class Failed:
    """The cover cannot be made; the message, which is fit for the client, says why."""

    message: str


JobEvent = Union[Waiting, Advanced, Remark, Chunk, Finished, Failed]  # noqa: UP007 - evaluated on 3.10


class Job:
    """A cover that was asked for.

    Its chunks wait here until they are sent, so that a slow client delays no other. That is never
    more than one cover, and the longest song has a limit: encoded, an hour is some 60 MB.

    Args:
        work: Makes the cover.
        executor: Where it submits what can be done side by side.

    Attributes:
        executor: As given.
        cancelled: Done when nobody waits for the cover any more; to be waited for, or called by.
    """

    def __init__(self, work: Work, executor: JobExecutor) -> None:
        self.executor = executor
        self.cancelled: Future[None] = Future()
        self._work = work
        self._began = monotonic()
        self._done = 0.0
        self._events: queue.SimpleQueue[JobEvent | None] = queue.SimpleQueue()

    def events(self) -> Iterator[JobEvent]:
        """What happens to the job; ends after :class:`Finished`, :class:`Failed` or a cancel."""
        while (event := self._events.get()) is not None:
            yield event
            if isinstance(event, (Finished, Failed)):
                return

    def publish(self, event: JobEvent) -> None:
        """Add to the job's events."""
        self._events.put(event)

    def advance(self, done: float) -> None:
        """Tell that a share of the cover is made, from 0 to 1; less than before tells nothing."""
        self._done = max(self._done, min(done, 1.0))
        taken = monotonic() - self._began
        self.publish(Advanced(self._done, taken / self._done - taken if self._done else None))

    def cancel(self) -> None:
        """End the job, wherever it is, its events and the wait for its work at once."""
        with suppress(InvalidStateError):  # cancelled already
            self.cancelled.set_result(None)
        self.executor.shutdown(wait=False, cancel_futures=True)
        self._events.put(None)

    def run(self) -> None:
        """Make the cover, chunk by chunk, until it is done or cancelled."""
        self._began = monotonic()
        try:
            for audio in self._work(self):
                if self.cancelled.done():
                    return
                self.executor.has_priority = False  # its listener has something to listen to
                self.publish(Chunk(audio))
        except CoverError as error:
            self.publish(Failed(str(error)))
        except Exception as error:
            if self.cancelled.done() and isinstance(error, CancelledError):
                return
            logger.exception("a cover failed")
            # A stranger learns nothing of this machine from it.
            self.publish(Failed("the cover failed inside the service"))
        else:
            self.publish(Finished())
        finally:
            self.executor.shutdown(wait=False, cancel_futures=True)


class JobQueue:
    """Begins jobs in the order they came; those that run advance side by side.

    Args:
        executor: Does the jobs' work.
        max_running: Jobs that run at the same time, each in a thread.
        max_waiting: Jobs admitted beside the running ones.
    """

    def __init__(self, executor: FairExecutor, *, max_running: int, max_waiting: int) -> None:
        self._executor = executor
        self._max_waiting = max_waiting
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._is_stopped = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run_jobs, name=f"voiceshift-cover-{number}", daemon=True)
            for number in range(1, max_running + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work) -> Job:
        """Admit a job; its first event is its position in the queue.

        Raises:
            ServiceFull: The queue is full.
            CoverError: It is stopped.
        """
        with self._changed:
            if self._is_stopped:
                raise CoverError("the service is stopping")
            # A job that a free thread is about to run counts as running.
            admitted = len(self._waiting) + len(self._running)
            if admitted >= self._max_waiting + len(self._threads):
                raise ServiceFull(
                    f"the service has {admitted} covers to make and takes no more now; "
                    "try again later"
                )
            job = Job(work, self._executor.open())
            self._waiting.append(job)
            job.publish(Waiting(len(self._waiting)))
            self._changed.notify()
        return job

    def cancel(self, job: Job) -> None:
        """Remove a job from the queue, or end its work."""
        job.cancel()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                self._publish_positions()

    def stop(self) -> None:
        """Cancel all jobs, and wait until they have ended."""
        with self._changed:
            self._is_stopped = True
            for job in (*self._waiting, *self._running):
                job.cancel()
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run_jobs(self) -> None:
        while (job := self._next_job()) is not None:
            try:
                job.run()
            finally:
                with self._changed:
                    self._running.discard(job)

    def _next_job(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_stopped)
            if self._is_stopped:
                return None
            job = self._waiting.popleft()
            self._running.add(job)
            self._publish_positions()
            return job

    def _publish_positions(self) -> None:
        for position, job in enumerate(self._waiting, start=1):
            job.publish(Waiting(position))

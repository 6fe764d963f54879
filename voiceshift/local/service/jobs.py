"""The queue of covers: who is served when, and what waits for whom. No sockets, no audio."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Union

from attrs import frozen

from voiceshift.errors import CoverError, ServiceFull

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.local.service.fair_executor import Lane, Lanes

    Work = Callable[[Lane], Iterator[bytes]]
    """Makes a cover, chunk by chunk; what can be done side by side, in a lane."""

__all__ = ["Chunk", "Failed", "Finished", "Job", "JobQueue", "News", "Waiting"]

logger = logging.getLogger("voiceshift.local")


@frozen
class Waiting:
    """The job waits.

    Attributes:
        position: Its place in the queue; 1 is next.
    """

    position: int


@frozen
class Chunk:
    """A piece of the cover is made.

    Attributes:
        audio: Encoded; the next bytes of the file.
    """

    audio: bytes


@frozen
class Finished:
    """All of the cover is made."""


@frozen
class Failed:
    """The cover cannot be made.

    Attributes:
        message: Why, in words fit for the client.
    """

    message: str


News = Union[Waiting, Chunk, Finished, Failed]  # noqa: UP007 - evaluated on 3.10


class Job:
    """A cover that was asked for.

    What is made waits here for whoever sends it, so that a slow client holds up no other. That is
    never more than one cover, and the longest song has a limit: encoded, an hour is some 60 MB.

    Args:
        work: Makes the cover.
        lane: Where it may have its work done.
    """

    def __init__(self, work: Work, lane: Lane) -> None:
        self._work = work
        self._lane = lane
        self._news: queue.SimpleQueue[News | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()

    def news(self) -> Iterator[News]:
        """What happens to the job; ends after :class:`Finished`, :class:`Failed` or a cancel."""
        while (news := self._news.get()) is not None:
            yield news
            if isinstance(news, (Finished, Failed)):
                return

    def cancel(self) -> None:
        """End the job, wherever it is; its news end at once, and so does the wait for its work."""
        self._cancelled.set()
        self._lane.shutdown(wait=False, cancel_futures=True)
        self._news.put(None)

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody waits for the cover any more."""
        return self._cancelled.is_set()

    def tell(self, news: News) -> None:
        """Add to the job's news."""
        self._news.put(news)

    def run(self) -> None:
        """Make the cover, chunk by chunk, until it is done or cancelled."""
        try:
            for audio in self._work(self._lane):
                if self.is_cancelled:
                    return
                self._lane.is_urgent = False  # whoever listens has something to listen to
                self.tell(Chunk(audio))
        except CoverError as error:
            self.tell(Failed(str(error)))
        except Exception as error:
            if self.is_cancelled and isinstance(error, CancelledError):
                return
            logger.exception("a cover failed")
            # A stranger learns nothing of this machine from it.
            self.tell(Failed("the cover failed inside the service"))
        else:
            self.tell(Finished())
        finally:
            self._lane.shutdown(wait=False, cancel_futures=True)


class JobQueue:
    """Begins jobs in the order they came; those that run advance side by side.

    Args:
        lanes: Where the jobs have their work done, each in a lane of its own.
        max_running: Jobs that run at the same time, each in a thread.
        max_waiting: Jobs admitted beside the running ones.
    """

    def __init__(self, lanes: Lanes, *, max_running: int, max_waiting: int) -> None:
        self._lanes = lanes
        self._max_waiting = max_waiting
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._stopped = False
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"voiceshift-cover-{number}", daemon=True)
            for number in range(1, max_running + 1)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work) -> Job:
        """Admit a job; its first news is its position in the queue.

        Raises:
            ServiceFull: The queue is full.
            CoverError: It is stopped.
        """
        with self._changed:
            if self._stopped:
                raise CoverError("the service is stopping")
            # A job that a free thread is about to take counts as running.
            admitted = len(self._waiting) + len(self._running)
            if admitted >= self._max_waiting + len(self._threads):
                raise ServiceFull(
                    f"the service has {admitted} covers to make and takes no more now; "
                    "try again later"
                )
            job = Job(work, self._lanes.open())
            self._waiting.append(job)
            job.tell(Waiting(len(self._waiting)))
            self._changed.notify()
        return job

    def cancel(self, job: Job) -> None:
        """Take a job out of the queue, or end its work."""
        job.cancel()
        with self._changed:
            if job in self._waiting:
                self._waiting.remove(job)
                self._tell_positions()

    def stop(self) -> None:
        """Cancel everything and wait for its end."""
        with self._changed:
            self._stopped = True
            for job in (*self._waiting, *self._running):
                job.cancel()
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._take()) is not None:
            try:
                job.run()
            finally:
                with self._changed:
                    self._running.discard(job)

    def _take(self) -> Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._stopped)
            if self._stopped:
                return None
            job = self._waiting.popleft()
            self._running.add(job)
            self._tell_positions()
            return job

    def _tell_positions(self) -> None:
        for position, job in enumerate(self._waiting, start=1):
            job.tell(Waiting(position))

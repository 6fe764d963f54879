"""The queue of covers: order, positions, limits, and what a failure tells."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from voiceshift.errors import CoverError
from voiceshift.local.engine.ordered_map import SequentialExecutor
from voiceshift.local.service.fair_executor import FairExecutor
from voiceshift.local.service.jobs import Chunk, Failed, Finished, Job, JobQueue, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0


class Work:
    """Makes a chunk, waits to be let go on, and makes another."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.closed = threading.Event()

    def __call__(self, job: Job) -> Iterator[bytes]:
        """Make the two chunks."""
        self.begun.set()
        try:
            yield b"first"
            assert self.go_on.wait(PATIENCE)
            yield b"second"
        finally:
            self.closed.set()


@pytest.fixture
def make_queue() -> Iterator[Callable[..., JobQueue]]:
    """Make queues that are stopped after the test."""
    queues = []

    def make(*, max_running: int = 1, max_waiting: int = 100) -> JobQueue:
        executor = FairExecutor(SequentialExecutor(), 1)
        queues.append(JobQueue(executor, max_running=max_running, max_waiting=max_waiting))
        return queues[-1]

    yield make
    for queue in queues:
        queue.stop()


@pytest.fixture
def make_work() -> Iterator[Callable[[], Work]]:
    """Make works that are let go on after the test, and before the queues are stopped."""
    works = []

    def make() -> Work:
        works.append(Work())
        return works[-1]

    yield make
    for work in works:
        work.go_on.set()


@pytest.fixture
def queue(make_queue: Callable[..., JobQueue]) -> JobQueue:
    """A queue that runs one job at a time."""
    return make_queue()


@pytest.fixture
def busy(queue: JobQueue, make_work: Callable[[], Work]) -> Work:
    """What the queue is making."""
    work = make_work()
    queue.submit(work)
    assert work.begun.wait(PATIENCE)
    return work


def test_a_job_tells_its_position_its_chunks_and_its_end(
    queue: JobQueue, make_work: Callable[[], Work]
) -> None:
    """The events of a cover that is made, in their order."""
    work = make_work()
    events = queue.submit(work).events()
    assert [next(events), next(events)] == [Waiting(1), Chunk(b"first")]
    work.go_on.set()
    assert list(events) == [Chunk(b"second"), Finished()]


def test_jobs_are_made_in_the_order_they_came(queue: JobQueue, busy: Work) -> None:
    """One job runs after the other."""
    made = []

    def work(number: int, job: Job) -> Iterator[bytes]:
        made.append(number)
        yield b""

    jobs = [queue.submit(partial(work, number)) for number in range(5)]
    busy.go_on.set()
    assert [list(job.events())[-1] for job in jobs] == [Finished()] * 5
    assert made == [0, 1, 2, 3, 4]


def test_positions_are_told_again_when_the_queue_moves(queue: JobQueue, busy: Work) -> None:
    """Who waits hears of each place it moves up."""
    jobs = [queue.submit(lambda job: iter([b"chunk"])) for _ in range(3)]
    busy.go_on.set()
    assert [positions(job) for job in jobs] == [[1], [2, 1], [3, 2, 1]]


def test_a_waiting_job_can_be_cancelled(queue: JobQueue, busy: Work) -> None:
    """It is never begun, its events end, and those behind it move up at once."""
    cancelled = Work()
    first, second = queue.submit(cancelled), queue.submit(lambda job: iter([b"chunk"]))
    queue.cancel(first)
    assert list(first.events()) == [Waiting(1)]
    events = second.events()
    assert [next(events), next(events)] == [Waiting(2), Waiting(1)]
    busy.go_on.set()
    assert list(events)[-1] == Finished()
    assert not cancelled.begun.is_set()


def test_a_running_job_can_be_cancelled(queue: JobQueue, make_work: Callable[[], Work]) -> None:
    """Its events end at once, its work after the chunk that is being made."""
    work = make_work()
    job = queue.submit(work)
    assert work.begun.wait(PATIENCE)
    queue.cancel(job)
    assert Finished() not in list(job.events())
    work.go_on.set()
    assert work.closed.wait(PATIENCE)
    assert list(queue.submit(lambda job: iter([b"next"])).events())[-1] == Finished()


def test_cancelling_ends_the_wait_for_a_worker() -> None:
    """The job does not wait for what it submitted, and the next one has its place."""
    submitted, go_on = threading.Event(), threading.Event()

    def work(job: Job) -> Iterator[bytes]:
        future = job.executor.submit(go_on.wait, PATIENCE)
        submitted.set()
        yield bytes(future.result())

    with ThreadPoolExecutor(1) as executor:
        queue = JobQueue(FairExecutor(executor, 1), max_running=1, max_waiting=1)
        try:
            job = queue.submit(work)
            assert submitted.wait(PATIENCE)
            queue.cancel(job)
            assert list(queue.submit(lambda job: iter([b"next"])).events())[-1] == Finished()
        finally:
            go_on.set()
            queue.stop()


def test_a_job_is_urgent_until_its_first_chunk(queue: JobQueue) -> None:
    """From then on others go first."""
    priorities: list[bool] = []

    def work(job: Job) -> Iterator[bytes]:
        priorities.append(job.executor.has_priority)
        yield b"first"
        priorities.append(job.executor.has_priority)
        yield b"second"

    assert list(queue.submit(work).events())[-1] == Finished()
    assert priorities == [True, False]


def test_a_finished_job_can_be_cancelled(queue: JobQueue) -> None:
    """It is too late, and does no harm."""
    job = queue.submit(lambda job: iter([b"chunk"]))
    assert list(job.events())[-1] == Finished()
    queue.cancel(job)
    queue.cancel(job)
    assert job.cancelled.done()


def test_a_full_queue_takes_no_more(
    make_queue: Callable[..., JobQueue], make_work: Callable[[], Work]
) -> None:
    """The refusal says how many there are, and a place that becomes free is given again."""
    queue = make_queue(max_running=2, max_waiting=1)
    works = [make_work() for _ in range(3)]
    jobs = [queue.submit(work) for work in works]
    assert works[0].begun.wait(PATIENCE)
    assert works[1].begun.wait(PATIENCE)
    with pytest.raises(CoverError, match=r"has 3 covers to make .* try again later"):
        queue.submit(make_work())
    queue.cancel(jobs[2])
    queue.submit(make_work())


def test_a_job_for_a_free_thread_does_not_count_as_waiting(
    make_queue: Callable[..., JobQueue], make_work: Callable[[], Work]
) -> None:
    """Without places to wait, as many are admitted as can run."""
    queue = make_queue(max_running=2, max_waiting=0)
    queue.submit(make_work())
    queue.submit(make_work())
    with pytest.raises(CoverError):
        queue.submit(make_work())


def test_a_finished_job_makes_room(make_queue: Callable[..., JobQueue]) -> None:
    """One after the other, as many as are wanted."""
    queue = make_queue(max_waiting=1)
    for _ in range(3):
        assert list(queue.submit(lambda job: iter([b"chunk"])).events())[-1] == Finished()


def test_several_covers_are_made_at_once(
    make_queue: Callable[..., JobQueue], make_work: Callable[[], Work]
) -> None:
    """The next one begins when one of them is done."""
    queue = make_queue(max_running=2)
    works = [make_work() for _ in range(3)]
    for work in works:
        queue.submit(work)
    assert works[0].begun.wait(PATIENCE)
    assert works[1].begun.wait(PATIENCE)
    assert not works[2].begun.is_set()
    works[0].go_on.set()
    assert works[2].begun.wait(PATIENCE)
    assert not works[1].closed.is_set()


def test_stopping_cancels_what_runs_and_what_waits(
    queue: JobQueue, make_work: Callable[[], Work]
) -> None:
    """All events end, no work begins any more, and the running one is closed."""
    running, waiting = make_work(), make_work()
    jobs = [queue.submit(running), queue.submit(waiting)]
    assert running.begun.wait(PATIENCE)
    stopping = threading.Thread(target=queue.stop)
    stopping.start()
    assert all(Finished() not in list(job.events()) for job in jobs)
    running.go_on.set()
    stopping.join(PATIENCE)
    assert not stopping.is_alive()
    assert running.closed.is_set()
    assert not waiting.begun.is_set()


def test_a_stopped_queue_takes_no_more(queue: JobQueue) -> None:
    """A request that comes too late is refused, not forgotten."""
    queue.stop()
    with pytest.raises(CoverError, match="stopping"):
        queue.submit(lambda job: iter([b"chunk"]))


def test_a_crash_is_told_without_its_details(
    queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    """The client hears that it failed, the owner's log hears why, and the next cover is made."""

    def crash(job: Job) -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("cannot open /home/owner/private.wav")

    *_, last = queue.submit(crash).events()
    assert last == Failed("the cover failed inside the service")
    assert "private.wav" in caplog.text
    assert list(queue.submit(lambda job: iter([b"next"])).events())[-1] == Finished()


def test_a_crash_before_the_first_chunk_is_told(queue: JobQueue) -> None:
    """Also where the work cannot even begin."""

    def crash(job: Job) -> Iterator[bytes]:
        raise OSError

    assert list(queue.submit(crash).events())[1:] == [Failed("the cover failed inside the service")]


def test_a_cover_that_cannot_be_made_is_told_in_its_words(
    queue: JobQueue, caplog: pytest.LogCaptureFixture
) -> None:
    """A CoverError is meant for the client, and nothing for the log."""

    def work(job: Job) -> Iterator[bytes]:
        yield b"first"
        raise CoverError("the song holds no sound")

    assert list(queue.submit(work).events())[-1] == Failed("the song holds no sound")
    assert not caplog.records


def positions(job: Job) -> list[int]:
    """The positions a job is told until it ends."""
    return [event.position for event in job.events() if isinstance(event, Waiting)]

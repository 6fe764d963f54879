"""One executor for many covers: whose turn it is, and what is left when one ends."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from voiceshift.local.engine.ordered_map import SequentialExecutor
from voiceshift.local.service.fair_executor import FairExecutor, JobExecutor

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 60.0


class Desk(Executor):
    """Keeps what is submitted until the test does it.

    Attributes:
        calls: What was submitted and is not done.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Keep it."""
        future: Future[Any] = Future()
        self.calls.append((future, lambda: fn(*args, **kwargs)))
        return future

    def do_next(self) -> Any:
        """Do what was submitted first."""
        future, function = self.calls.pop(0)
        result = function()
        if future.set_running_or_notify_cancel():
            future.set_result(result)
        return result

    def do_all(self) -> list[Any]:
        """Do everything, also what is submitted meanwhile."""
        done = []
        while self.calls:
            done.append(self.do_next())
        return done


def fill(job: JobExecutor, name: str, count: int) -> list[Future[str]]:
    """Submit calls that return ``a1``, ``a2`` and so on."""
    return [job.submit(str.format, "{}{}", name, number) for number in range(1, count + 1)]


def opened(shared: FairExecutor, *, has_priority: bool = False) -> JobExecutor:
    """A job."""
    job = shared.open()
    job.has_priority = has_priority
    return job


def test_the_executor_gets_no_more_than_it_can_work_on() -> None:
    """What comes next is decided when a worker is free."""
    desk = Desk()
    fill(FairExecutor(desk, 2).open(), "a", 5)
    assert len(desk.calls) == 2
    desk.do_next()
    assert len(desk.calls) == 2


def test_jobs_take_turns() -> None:
    """However much one of them has submitted before the others came."""
    desk = Desk()
    shared = FairExecutor(desk, 1)
    fill(opened(shared), "a", 4)
    fill(opened(shared), "b", 2)
    fill(opened(shared), "c", 3)
    assert desk.do_all() == ["a1", "c1", "b1", "a2", "c2", "b2", "a3", "c3", "a4"]


def test_jobs_with_priority_go_first() -> None:
    """Before all that others wait for, until they have no priority any more."""
    desk = Desk()
    shared = FairExecutor(desk, 1)
    fill(opened(shared), "a", 3)
    first = opened(shared, has_priority=True)
    fill(first, "u", 4)
    assert [desk.do_next() for _ in range(3)] == ["a1", "u1", "u2"]
    first.has_priority = False
    assert desk.do_all() == ["u3", "a2", "u4", "a3"]


def test_results_and_errors_come_back() -> None:
    """As from the executor itself."""
    with ThreadPoolExecutor(2) as executor:
        job = FairExecutor(executor, 2).open()
        assert list(job.map(abs, range(-20, 0))) == list(range(20, 0, -1))
        with pytest.raises(ZeroDivisionError):
            job.submit(divmod, 1, 0).result()


def test_an_executor_that_takes_nothing_is_an_error_of_the_call() -> None:
    """And its worker is free for the next one."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    job = FairExecutor(executor, 1).open()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="shutdown"):
            job.submit(abs, 1).result()


def test_a_broken_call_frees_its_worker() -> None:
    """The others are done."""
    desk = Desk()
    job = FairExecutor(desk, 1).open()
    broken, whole = job.submit(abs, 1), job.submit(abs, -2)
    desk.calls.pop(0)[0].set_exception(BrokenExecutor())
    assert isinstance(broken.exception(), BrokenExecutor)
    desk.do_all()
    assert whole.result() == 2


def test_cancelling_ends_the_wait_for_the_result() -> None:
    """At once, though a worker is at the call; what has not begun never does."""
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go_on.wait(PATIENCE)

    with ThreadPoolExecutor(1) as executor:
        shared = FairExecutor(executor, 1)
        job, other = shared.open(), shared.open()
        under_way, waiting = job.submit(work), job.submit(begun.clear)
        assert begun.wait(PATIENCE)
        job.shutdown(cancel_futures=True)
        with pytest.raises(CancelledError):
            under_way.result()
        assert waiting.cancelled()
        theirs = other.submit(abs, -1)
        assert not theirs.done()  # the worker is still at the call that nobody waits for
        go_on.set()
        assert theirs.result(PATIENCE) == 1
    assert begun.is_set()


def test_cancelling_takes_back_what_the_executor_has_not_begun() -> None:
    """Its own queue may be long, if others use it, too."""
    desk = Desk()
    shared = FairExecutor(desk, 1)
    job = shared.open()
    job.submit(abs, 1)
    job.shutdown(cancel_futures=True)
    assert desk.calls[0][0].cancelled()
    assert fill(shared.open(), "b", 1)
    assert len(desk.calls) == 2


def test_a_job_executor_that_is_shut_down_takes_no_more() -> None:
    """As with any executor."""
    job = FairExecutor(SequentialExecutor(), 1).open()
    job.shutdown()
    with pytest.raises(CancelledError):
        job.submit(abs, 1)


def test_shutting_down_waits_for_what_was_submitted() -> None:
    """Leaving a with statement, for example."""
    with ThreadPoolExecutor(1) as executor:
        with FairExecutor(executor, 1).open() as job:
            futures = fill(job, "a", 10)
        assert all(future.done() for future in futures)


def test_a_call_that_was_cancelled_is_passed_over() -> None:
    """By the future that its submitter has."""
    desk = Desk()
    job = FairExecutor(desk, 1).open()
    first, second, third = fill(job, "a", 3)
    assert second.cancel()
    assert desk.do_all() == ["a1", "a3"]
    assert (first.result(), third.result()) == ("a1", "a3")

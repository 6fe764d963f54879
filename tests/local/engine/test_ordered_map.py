"""Work side by side: the results in order, no more under way than allowed, and its end."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import pytest

from voiceshift.errors import CoverError
from voiceshift.local.engine.ordered_map import SequentialExecutor, ordered_map, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0


def test_results_come_in_the_order_of_the_items() -> None:
    """Also where a later one is done before an earlier one."""
    second_is_done = threading.Event()

    def work(number: int) -> int:
        if number == 1:
            assert second_is_done.wait(PATIENCE)
        if number == 2:
            second_is_done.set()
        return number

    with ThreadPoolExecutor(2) as executor:
        results = ordered_map(
            lambda number: executor.submit(work, number), [1, 2, 3], max_pending=2
        )
        assert list(results) == [1, 2, 3]


@pytest.mark.parametrize("max_pending", [1, 2, 5])
def test_items_are_read_no_further_than_allowed(max_pending: int) -> None:
    """However fast the work is, what nobody has taken yet is bounded."""
    read: list[int] = []

    def items() -> Iterator[int]:
        for number in range(20):
            read.append(number)
            yield number

    results = ordered_map(partial(SequentialExecutor().submit, abs), items(), max_pending)
    for number in range(10):
        assert next(results) == number
        assert len(read) == number + max_pending


def test_closing_cancels_what_is_under_way() -> None:
    """Nobody wants it any more."""
    futures: list[Future[int]] = []

    def submit(_: int) -> Future[int]:
        futures.append(Future())
        if len(futures) == 1:
            futures[0].set_result(1)
        return futures[-1]

    results = ordered_map(submit, iter(int, 1), max_pending=3)
    assert next(results) == 1
    results.close()
    assert [future.cancelled() for future in futures] == [False, True, True]


def test_an_error_is_raised_when_its_turn_comes() -> None:
    """What was made before it is not lost."""
    results = ordered_map(
        partial(SequentialExecutor().submit, lambda number: 1 // number), [1, 0], max_pending=2
    )
    assert next(results) == 1
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_the_end_of_a_process_is_told_in_words() -> None:
    """For whoever asked for the cover."""
    future: Future[None] = Future()
    future.set_exception(BrokenExecutor("code -11"))
    with pytest.raises(CoverError, match="process that worked on it ended") as caught:
        result_of(future)
    assert "-11" not in str(caught.value)


def test_a_cancelled_future_stays_one() -> None:
    """It is no failure of the cover."""
    future: Future[None] = Future()
    future.cancel()
    with pytest.raises(CancelledError):
        result_of(future)

"""The memory that a batch takes does not grow with its length."""

from __future__ import annotations

import tracemalloc
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

import pytest

from voiceshift import CoverError, CoverRequest, Outcome, Settings, create_covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ALLOWANCE = 100_000
"""Bytes: far less than anything that 9,900 more requests could leave behind, one by one."""


class Refusing(Executor):
    """An executor that makes no cover at all, very fast."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Refuse."""
        future: Future[Any] = Future()
        request = args[1]
        future.set_result(Outcome(request, error=CoverError(f"{request.song} is unknown")))
        return future


def lazily(count: int) -> Iterator[CoverRequest]:
    """Requests that exist only when they are asked for."""
    for number in range(count):
        yield CoverRequest(f"song {number}", "tenor")


def peak(count: int) -> int:
    """The most memory that a batch of that length takes, in bytes."""
    tracemalloc.start()
    try:
        for outcome in create_covers(
            lazily(count), executor=Refusing(), settings=Settings(token="token"), progress=False
        ):
            assert outcome.error is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_ten_thousand_requests_take_what_a_hundred_take() -> None:
    """They are read, made and forgotten one by one."""
    peak(10)  # what is imported and cached once
    assert peak(10_000) - peak(100) < ALLOWANCE

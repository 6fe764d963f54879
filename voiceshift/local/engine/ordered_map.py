"""Work done side by side on an executor, with its results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

from voiceshift.errors import CoverError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

__all__ = ["AtOnce", "in_order", "result_of"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class AtOnce(Executor):
    """An executor that does everything when it is submitted, in the thread that submits it."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Do it."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever wants the result gets it
            future.set_exception(error)
        return future


def in_order(
    submit: Callable[[Item], Future[Result]], items: Iterable[Item], ahead: int
) -> Generator[Result, None, None]:
    """Yield the result of each item, in the order of the items.

    Args:
        submit: Begins the work on an item.
        items: What there is to do; read only as far as work has begun.
        ahead: Items that may be under way at the same time. It bounds the memory: however fast the
            work is, no more results than these wait for whoever takes them.

    Raises:
        CoverError: A process that worked on an item ended.
    """
    under_way: deque[Future[Result]] = deque()
    try:
        for item in items:
            under_way.append(submit(item))
            if len(under_way) >= ahead:
                yield result_of(under_way.popleft())
        while under_way:
            yield result_of(under_way.popleft())
    finally:
        for future in under_way:
            future.cancel()


def result_of(future: Future[Result]) -> Result:
    """Wait for one result.

    Raises:
        CoverError: The process that worked on it ended.
    """
    try:
        return future.result()
    except BrokenExecutor as error:
        raise CoverError(
            "the cover failed: a process that worked on it ended unexpectedly; try again, and if "
            "it fails again, this song or voice brings an audio library down"
        ) from error

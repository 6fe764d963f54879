"""Work done side by side on an executor, with its results in order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import BrokenExecutor, Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

from voiceshift.errors import CoverError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

Item = TypeVar("Item")
Result = TypeVar("Result")


class SequentialExecutor(Executor):
    """An executor that does the work as it is submitted, in the thread that submits it."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Call the function, and return a future that is done."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised to whoever asks for the result
            future.set_exception(error)
        return future


def ordered_map(
    submit: Callable[[Item], Future[Result]], items: Iterable[Item], max_pending: int
) -> Generator[Result, None, None]:
    """Yield the result of each item, in the order of the items.

    Args:
        submit: Begins the work on an item.
        items: What to work on; read only as far as work has begun.
        max_pending: Items that may be worked on, or wait for the result to be read, at the same
            time. It bounds the memory, however fast the work is.

    Raises:
        CoverError: A process that worked on an item ended.
    """
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(submit(item))
            if len(pending) >= max_pending:
                yield result_of(pending.popleft())
        while pending:
            yield result_of(pending.popleft())
    finally:
        for future in pending:
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
            "it fails again, this song or voice makes an audio library crash"
        ) from error

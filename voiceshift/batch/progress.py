"""The progress of a batch: one count of all its covers, with those that failed."""

from __future__ import annotations

from contextlib import contextmanager
from operator import length_hint
from typing import TYPE_CHECKING

from voiceshift.display.progress import Tally, counting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voiceshift.batch.outcome import Outcome

__all__ = ["BatchBar", "batch_bar"]


class BatchBar:
    """Counts covers and failures.

    Args:
        tally: Where they are shown.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def count(self, outcome: Outcome) -> None:
        """One more has come to its end."""
        if outcome.error is None:
            self._tally.succeed()
        else:
            request = outcome.request
            self._tally.fail(f"{request.song} - {request.voice}", outcome.error)

    def wait(self, seconds: float) -> None:
        """Nothing is asked for now, since the service is full."""
        self._tally.notice(f"the service is full: waiting {seconds:.0f} s")


@contextmanager
def batch_bar(progress: bool | None, requests: Iterable[object]) -> Iterator[BatchBar]:
    """A bar for as long as the batch runs.

    Args:
        progress: Whether to show it; ``None`` is where somebody is there to see it.
        requests: Where their number is known, the bar has an end.
    """
    with counting(progress, total=length_hint(requests, 0) or None) as tally:
        yield BatchBar(tally)

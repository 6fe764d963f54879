"""The progress of a batch: one bar, with the rate and the failures."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from operator import length_hint
from typing import TYPE_CHECKING, Any

from voiceshift.display import in_notebook
from voiceshift.progress import make_bar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tqdm import tqdm

    from voiceshift.batch.outcome import Outcome

__all__ = ["BatchBar", "batch_bar"]


class BatchBar:
    """Counts covers and failures.

    Args:
        bar: Where they are shown.
    """

    def __init__(self, bar: tqdm[Any]) -> None:
        self._bar = bar
        self._failures = 0

    def count(self, outcome: Outcome) -> None:
        """One more has come to its end."""
        self._failures += outcome.error is not None
        self._say(f"{self._failures} failed" if self._failures else "")
        self._bar.update()

    def wait(self, seconds: float) -> None:
        """Nothing is asked for now, since the service is full."""
        self._say(f"{self._failures} failed, the service is full: waiting {seconds:.0f} s")
        self._bar.refresh()

    def _say(self, text: str) -> None:
        self._bar.set_postfix_str(text, refresh=False)


@contextmanager
def batch_bar(progress: bool | None, requests: Iterable[object]) -> Iterator[BatchBar]:
    """A bar for as long as the batch runs.

    Args:
        progress: Whether to show it; ``None`` is where somebody is there to see it.
        requests: Where their number is known, the bar has an end.
    """
    wanted = _is_watched() if progress is None else progress
    total = length_hint(requests, 0) or None
    with make_bar(unit=" covers", total=total, disable=not wanted) as bar:
        yield BatchBar(bar)


def _is_watched() -> bool:
    return in_notebook() or (sys.stderr is not None and sys.stderr.isatty())

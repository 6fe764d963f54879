"""How many covers may be in the making at once, by what the service says."""

from __future__ import annotations

import random
import time

__all__ = ["Throttle"]

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
"""Seconds, at most, before a full service is asked again; doubled from the first to the longest."""

PATIENCE = 600.0
"""Seconds of refusals, with nothing of ours in the making, after which a request has failed."""

ROOM = 10
"""Covers taken in a row, after which one more is tried at the same time."""


class Throttle:
    """Sends less while the service says that it is full, and more again when it takes all.

    Each refusal lowers the limit by one, since that was one too many.

    Args:
        workers: Covers at once where nothing is refused.

    Attributes:
        limit: Covers at once for now; never less than one.
    """

    def __init__(self, workers: int) -> None:
        self.limit = workers
        self._workers = workers
        self._taken = 0
        self._pause = FIRST_PAUSE
        self._asks_again = self._last_good = time.monotonic()

    def pause(self) -> float:
        """Seconds until the service may be asked again; 0 where it may be at once."""
        return max(0.0, self._asks_again - time.monotonic())

    def took(self) -> None:
        """The service took a request, whatever became of it then."""
        self._last_good = time.monotonic()
        self._pause = FIRST_PAUSE
        self._taken += 1
        if self._taken >= ROOM and self.limit < self._workers:
            self.limit += 1
            self._taken = 0

    def refused(self, *, others_run: bool) -> bool:
        """The service was full; returns whether it is worth asking again.

        Args:
            others_run: Whether the service is making other covers of ours.
        """
        now = time.monotonic()
        if others_run:
            self._last_good = now
        self._taken = 0
        self.limit = max(1, self.limit - 1)
        if now >= self._asks_again:  # of several refusals at once, the first one counts
            # Jitter, so that a full service is not met by all its clients at once.
            self._asks_again = now + random.uniform(0.5, 1) * self._pause  # noqa: S311
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        return now - self._last_good < PATIENCE

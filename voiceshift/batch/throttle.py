"""How many covers may be in the making at once, by what the service says."""

from __future__ import annotations

from voiceshift.util.monotonic_clock import monotonic
from voiceshift.util.retry import backoff

INITIAL_BACKOFF = 0.5
MAX_BACKOFF = 30.0
"""Seconds, at most, before a full service is asked again; doubled each time, from first to last."""

GIVE_UP_AFTER = 600.0
"""Seconds of rejections, with nothing of ours in the making, after which a request has failed."""

SUCCESSES_PER_INCREASE = 10
"""Covers accepted in a row, after which one more is tried at the same time."""


class Throttle:
    """Sends less while the service says that it is full, and more again once it accepts all.

    Each rejection lowers the limit by one, since that was one too many.

    Args:
        workers: Covers at once where nothing is rejected.

    Attributes:
        limit: Covers at once for now; never less than one.
    """

    def __init__(self, workers: int) -> None:
        self.limit = workers
        self._workers = workers
        self._successes = 0
        self._rejections = 0
        self._retry_at = self._last_good = monotonic()

    def pause(self) -> float:
        """Seconds until the service may be asked again; 0 where it may be at once."""
        return max(0.0, self._retry_at - monotonic())

    def accepted(self) -> None:
        """The service accepted a request, whatever became of it then."""
        self._last_good = monotonic()
        self._rejections = 0
        self._successes += 1
        if self._successes >= SUCCESSES_PER_INCREASE and self.limit < self._workers:
            self.limit += 1
            self._successes = 0

    def rejected(self, *, others_run: bool) -> bool:
        """The service was full; return whether it is worth asking again.

        Args:
            others_run: Whether the service is making other covers of ours.
        """
        now = monotonic()
        if others_run:
            self._last_good = now
        self._successes = 0
        self.limit = max(1, self.limit - 1)
        if now >= self._retry_at:  # of several rejections at once, the first one counts
            self._rejections += 1
            self._retry_at = now + backoff(self._rejections, INITIAL_BACKOFF, MAX_BACKOFF)
        return now - self._last_good < GIVE_UP_AFTER

"""Time limits: totals on the monotonic clock, each knowing which error it becomes."""

from __future__ import annotations

import math
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import field, frozen

from voiceshift.util.monotonic_clock import monotonic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.errors import DeadlineExceeded

MAX_WAIT = 0.1 if sys.platform == "win32" else 0.5
"""Seconds of one uninterrupted wait, so that Ctrl-C always works within them, and a clock can tick.

On Windows it interrupts no wait at all. Elsewhere it does, but for one that comes in the moment
before the wait begins: Python has looked for signals already, and would next look after the wait.
"""

MAX_TIMEOUT = min(2_000_000.0, threading.TIMEOUT_MAX)
"""Seconds, 23 days: sockets count the milliseconds in 32 bits (``poll``), and do not say so."""


@frozen
class Deadline:
    """A moment after which an operation gives up.

    One object is shared by every step of the operation, so that the limit is a total: ten steps of
    one second each do not become ten seconds.

    Attributes:
        seconds: The limit as the user set it; ``None`` is no limit.
        error: The exception class raised when it passes.
        doing: What the user was waiting for, as the message says it.
        since: From when the seconds count, on the monotonic clock; by default from now.
        at: The moment it passes, likewise; derived.
    """

    seconds: float | None
    error: type[DeadlineExceeded]
    doing: str
    since: float = field(factory=monotonic)
    at: float = field(init=False)

    @at.default
    def _moment(self) -> float:
        return math.inf if self.seconds is None else self.since + self.seconds

    def remaining(self) -> float | None:
        """Seconds left: never negative, ``None`` where there is no limit.

        Bounded, so that it can be handed to locks and sockets.
        """
        return None if self.at == math.inf else bounded(max(0.0, self.at - monotonic()))

    def has_passed(self) -> bool:
        """Whether the moment is behind us."""
        return monotonic() >= self.at

    def exceeded(self) -> DeadlineExceeded:
        """The error to raise when this deadline passed."""
        assert self.seconds is not None
        return self.error(
            f"No {self.doing} within {self.seconds:g} seconds", seconds=float(self.seconds)
        )


def bounded(seconds: float | None) -> float | None:
    """``seconds``, or the most that any lock or socket can wait; ``None`` is no limit."""
    return None if seconds is None else min(seconds, MAX_TIMEOUT)


def earliest(*deadlines: Deadline) -> Deadline:
    """The deadline that passes first; where two do, the one named first."""
    return min(deadlines, key=lambda deadline: deadline.at)


@contextmanager
def time_limit(
    seconds: float | None, on_timeout: Callable[..., object], *args: object
) -> Iterator[None]:
    """Call a function, in another thread, if the block takes too long; ``None`` is no limit.

    For what has no timeout of its own, such as reading from a pipe: the function ends it.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(seconds, on_timeout, args)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

"""What the client is held to, all in one place.

Ratios compare what was measured side by side in one run. Each goal has two bounds: with the extra
``fast`` and with nothing but the standard library's decoder.
"""

from __future__ import annotations

from attrs import frozen

from tests.benchmarks.wire import KIB, MIB


@frozen
class Goal:
    """A bound that a median must keep.

    Attributes:
        bound: The value, in the unit of what is measured.
        is_floor: Whether the median must not be below it; else it must not be above.
    """

    bound: float
    is_floor: bool

    def is_reached(self, median: float) -> bool:
        """Whether ``median`` keeps the bound."""
        return median >= self.bound if self.is_floor else median <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.is_floor else '≤'} {self.bound:.4g}"


@frozen
class Pair:
    """The goal with the extra ``fast`` and the one without."""

    fast: Goal
    stdlib: Goal

    def of(self, *, fast: bool) -> Goal:
        """The one of the two that holds."""
        return self.fast if fast else self.stdlib


def at_least(fast: float, stdlib: float | None = None) -> Pair:
    """Two lower bounds; one value stands for both."""
    return Pair(Goal(fast, True), Goal(fast if stdlib is None else stdlib, True))


def at_most(fast: float, stdlib: float | None = None) -> Pair:
    """Two upper bounds; one value stands for both."""
    return Pair(Goal(fast, False), Goal(fast if stdlib is None else stdlib, False))


AGAINST_NAIVE_WEBSOCKET_CLIENT = {
    32 * KIB: at_least(60, 35),
    256 * KIB: at_least(80, 35),
    4 * MIB: at_least(80, 35),
}
"""Times as fast, by size of segments; in memory."""

AGAINST_WEBSOCKETS = {
    (32 * KIB, "memory"): at_least(2.6, 1.2),
    (256 * KIB, "memory"): at_least(3.4, 1.2),
    (4 * MIB, "memory"): at_least(3.7, 1.2),
    (32 * KIB, "file"): at_least(2.8, 1.3),
    (256 * KIB, "file"): at_least(3.8, 1.3),
    (4 * MIB, "file"): at_least(4.0, 1.3),
}
"""Times as fast, by size of segments and where the audio goes."""

AGAINST_LIMIT = {
    (32 * KIB, "memory"): at_most(1.6, 1.3),
    (256 * KIB, "memory"): at_most(1.4, 1.3),
    (4 * MIB, "memory"): at_most(1.4, 1.3),
    (32 * KIB, "file"): at_most(1.7, 1.3),
    (256 * KIB, "file"): at_most(1.5, 1.3),
    (4 * MIB, "file"): at_most(1.5, 1.3),
}
"""Times as slow as the same decoder and sink with nothing around them."""

AGAINST_UNFRAGMENTED = at_most(6)
AGAINST_STOCK_FRAGMENTS = at_least(50)
"""For messages of 4 MiB in fragments of 1 KiB: times as slow as unfragmented, and times as fast as
websocket-client joins them."""

MEMORY_OF_COVER_TO_FILE = {256 * KIB: at_most(16), 4 * MIB: at_most(48)}
"""MiB above the start, by size of segments."""

MEMORY_OF_COVER_IN_MEMORY = (1.15, 16.0)
"""Times the audio, and MiB above that and the start."""

STALLED_SPARE_MEMORY = 8.0
"""MiB above ``max_buffered`` and three times the largest message, for a consumer that stands
still."""

ADDED_LATENCY_P50 = at_most(40)
ADDED_LATENCY_P99 = at_most(100)
"""Microseconds above a direct ``recv_data``."""

PACED_CLIENTS = {True: 256, False: 128}
"""Covers at once in one process, with the extra ``fast`` and without."""

PACED_LAG = at_most(25)
PACED_MEMORY = at_most(512)
"""Milliseconds at the 99th percentile, and KiB for each of the covers."""

CLOSE = at_most(50)
"""Milliseconds above the time that the service is waited for."""

IMPORT = at_most(45)
"""Milliseconds above bare Python."""

INTERRUPT = at_most(1000)
"""Milliseconds until the kernel is idle."""

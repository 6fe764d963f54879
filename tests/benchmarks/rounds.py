"""Interleaved rounds: every contender once in each, so that all see the same machine."""

from __future__ import annotations

import statistics
import sys
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.benchmarks.results import TIMES, Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.goals import Goal
    from tests.benchmarks.processes import Contender

BUSY_ENOUGH = 0.6
"""Least share of the time that a contender must have computed. Below it, it waited: for the
service, or for a processor that others used."""


@frozen
class Effort:
    """How much is measured.

    Attributes:
        rounds: Of each case.
        audio: Bytes of a cover.
        memory_audio: Bytes of a cover whose memory is measured.
        messages: Stamped messages, and requests, of a round of the latency benchmark.
        seconds: How long paced covers go on.
        is_quick: Whether to leave out every case and rival that no goal needs.
    """

    rounds: int
    audio: int
    memory_audio: int
    messages: int
    seconds: float
    is_quick: bool

    def bystanders(self, *names: str) -> tuple[str, ...]:
        """Of contenders that no goal names, those that take part."""
        return () if self.is_quick else names


class Rounds:
    """What the rounds of one case measured.

    Attributes:
        measurements: By contender, one for each round.
    """

    def __init__(self, measurements: dict[str, list[dict[str, Any]]]) -> None:
        self.measurements = measurements

    def values(self, name: str, key: str) -> tuple[float, ...]:
        """One of the things that were measured, of one contender."""
        return tuple(float(each[key]) for each in self.measurements[name])

    def paces(self, name: str, key: str) -> tuple[float, ...]:
        """Such values for each byte of the cover."""
        return tuple(each[key] / each["size"] for each in self.measurements[name])

    def ratio(self, above: str, below: str, key: str = "seconds") -> tuple[float, ...]:
        """One contender's value for each byte divided by another's, in the same round."""
        pairs = zip(self.paces(above, key), self.paces(below, key), strict=True)
        return tuple(first / second for first, second in pairs)

    def difference(self, above: str, below: str, key: str) -> tuple[float, ...]:
        """One contender's value less another's, in the same round."""
        pairs = zip(self.values(above, key), self.values(below, key), strict=True)
        return tuple(first - second for first, second in pairs)

    def compare(
        self, benchmark: str, case: str, above: str, below: str, goal: Goal | None
    ) -> Figure:
        """How many times as long one contender takes as another, for the same audio."""
        return Figure(
            benchmark,
            case,
            f"{above} ÷ {below}",
            TIMES,
            self.ratio(above, below),
            cpu=self.ratio(above, below, "cpu"),
            goal=goal,
            doubt=self._doubt(above) or self._doubt(below),
        )

    def _doubt(self, name: str) -> str:
        pairs = zip(self.values(name, "cpu"), self.values(name, "seconds"), strict=True)
        busy = statistics.median(cpu / seconds for cpu, seconds in pairs)
        return "" if busy >= BUSY_ENOUGH else f"{name} computed only {busy:.0%} of the time"


def interleave(
    contenders: Mapping[str, Contender],
    count: int,
    run: Callable[[Contender], dict[str, Any]],
) -> Rounds:
    """Run every contender in every round; odd rounds go through them backwards."""
    measurements: dict[str, list[dict[str, Any]]] = {name: [] for name in contenders}
    for number in range(count):
        names = list(contenders)
        for name in reversed(names) if number % 2 else names:
            progress(f"round {number + 1} of {count}: {name}")
            measurements[name].append(run(contenders[name]))
    return Rounds(measurements)


def progress(text: str) -> None:
    """Say on a terminal what is being done, in a line that the next one replaces."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

"""What comes out of the benchmarks: figures with one value for each round, and their verdicts."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

if TYPE_CHECKING:
    from tests.benchmarks.goals import Goal

TIMES = "×"  # noqa: RUF001 - the unit of ratios, as it is written


@frozen
class Figure:
    """One comparison.

    Attributes:
        benchmark: Name of the benchmark it belongs to.
        case: Under which circumstances.
        measure: What the values are.
        unit: Of the values; :data:`TIMES` for a ratio.
        values: One for each round.
        cpu: For a ratio of times, the same ratio of the processor's time.
        goal: The bound for the median, where there is one.
        doubt: Why the values say nothing; empty where they do.
    """

    benchmark: str
    case: str
    measure: str
    unit: str
    values: tuple[float, ...]
    cpu: tuple[float, ...] = ()
    goal: Goal | None = None
    doubt: str = ""

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """``pass``, ``short``, ``void`` where there is a doubt, or empty where there is no goal."""
        if self.doubt:
            return "void"
        if self.goal is None:
            return ""
        return "pass" if self.goal.is_reached(self.median) else "short"


@frozen
class Results:
    """Everything one run measured.

    Attributes:
        figures: What the table shows.
        measurements: By benchmark, case and contender what each round measured.
    """

    figures: list[Figure] = field(factory=list)
    measurements: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = field(factory=dict)

    def keep(
        self, benchmark: str, case: str, measurements: dict[str, list[dict[str, Any]]]
    ) -> None:
        """Keep what the rounds of a case measured."""
        self.measurements.setdefault(benchmark, {})[case] = measurements

    def add(self, others: Results) -> None:
        """Keep what another run measured, beside what is here."""
        self.figures.extend(others.figures)
        for benchmark, cases in others.measurements.items():
            self.measurements.setdefault(benchmark, {}).update(cases)

"""What was found: figures with their goals, and what had to be left out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import field, frozen

from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.results import Figure, Results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.cover_quality.goals import Measure


@frozen
class Findings:
    """Everything one run found.

    Attributes:
        results: The figures, in order.
        left_out: What was not measured, and why not.
    """

    results: Results = field(factory=Results)
    left_out: dict[str, str] = field(factory=dict)

    @contextmanager
    def leaving_out(self, name: str) -> Iterator[None]:
        """Leave out what turns out to need something that is not installed."""
        try:
            yield
        except Unavailable as error:
            self.left_out[name] = str(error)

    def keep(self, theme: str, case: str, rows: Mapping[str, Mapping[Measure, float]]) -> None:
        """Keep what was measured of several things of one kind; a figure is their median.

        Args:
            theme: What was looked at.
            case: Which material.
            rows: For each mix, pair or song what was measured, the same for all.
        """
        if not rows:
            return
        for measure in next(iter(rows.values())):
            values = tuple(row[measure] for row in rows.values())
            self.results.figures.append(
                Figure(theme, case, measure.name, measure.unit, values, goal=measure.goal)
            )
        self.results.keep(
            theme,
            case,
            {
                name: [{measure.name: value for measure, value in row.items()}]
                for name, row in rows.items()
            },
        )

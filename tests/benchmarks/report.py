"""The results as a table for people and as JSON for programs."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from typing import TYPE_CHECKING, Any

from attrs import asdict

from tests.benchmarks.goals import Goal
from tests.benchmarks.results import TIMES, Figure, Results

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("voiceshift", "websocket-client", "websockets", "pybase64")
VOID = (
    "void: one of the two waited, for the service or for a processor that others used; the ratio "
    "says nothing\nof the client. Its CPU time may."
)
COLUMNS = ("", "median", "spread", "by CPU", "goal", "")


def environment(packages: tuple[str, ...]) -> dict[str, Any]:
    """What was measured with, as far as it matters for the figures."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "packages": {name: _version(name) for name in packages},
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def as_json(results: Results, packages: tuple[str, ...] = PACKAGES) -> str:
    """Everything: the figures, and what each round measured.

    Args:
        results: What was measured.
        packages: Those whose versions matter for it.
    """
    content = {
        "environment": environment(packages),
        "arguments": sys.argv[1:],
        "figures": [
            asdict(figure) | {"median": figure.median, "verdict": figure.verdict}
            for figure in results.figures
        ],
        "measurements": results.measurements,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def read_json(text: str) -> Results:
    """What :func:`as_json` made a text of."""
    content = json.loads(text)
    return Results([_figure(**fields) for fields in content["figures"]], content["measurements"])


def _figure(
    *,
    values: list[float],
    cpu: list[float],
    goal: dict[str, Any] | None,
    median: float,  # it and the verdict follow from the values
    verdict: str,
    **others: Any,
) -> Figure:
    bound = None if goal is None else Goal(**goal)
    return Figure(values=tuple(values), cpu=tuple(cpu), goal=bound, **others)


def as_table(results: Results) -> str:
    """The figures, by benchmark and case."""
    rows = [COLUMNS, *(_row(figure) for figure in results.figures)]
    widths = [_width(cells) for cells in zip(*rows, strict=True)]
    return "\n".join(_lines(results.figures, widths))


def _width(cells: tuple[str, ...]) -> int:
    """The width of a column; 0, so that it is left out, where it is empty below its head."""
    return max(map(len, cells)) if any(cells[1:]) else 0


def _lines(figures: list[Figure], widths: list[int]) -> Iterator[str]:
    for (benchmark, case), members in groupby(figures, lambda each: (each.benchmark, each.case)):
        yield _line((f"{benchmark}: {case}", *COLUMNS[1:]), widths)
        for figure in members:
            yield _line(_row(figure), widths)
        yield ""
    verdicts = [figure.verdict for figure in figures]
    yield ", ".join(f"{verdicts.count(word)} {word}" for word in ("pass", "short", "void"))
    if "void" in verdicts:
        yield VOID


def _row(figure: Figure) -> tuple[str, ...]:
    lowest, highest = min(figure.values), max(figure.values)
    return (
        f"  {figure.measure}",
        f"{_number(figure.median)} {figure.unit}",
        f"{_number(lowest)} to {_number(highest)}",
        f"{_number(statistics.median(figure.cpu))} {TIMES}" if figure.cpu else "",
        str(figure.goal or ""),
        figure.verdict,
    )


def _number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        if width
    )
    return "  ".join([first, *others]).rstrip()

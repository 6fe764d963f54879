"""What each contender receives in a second of processor time, as a bar chart in SVG."""

from __future__ import annotations

import statistics
from html import escape
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.results import Results

SPEEDS = ("throughput", "saving", "conditions")
"""The benchmarks that compare how fast covers arrive."""

WIDTH = 760
NAMES_WIDTH = 270
"""Pixels, for the contenders' names."""

VALUES_WIDTH = 90
ROW = 20
GAP = 34
"""Pixels above the bars of each case, with its name in them."""

OURS, LIMIT, RIVAL = "#c2410c", "#cbd5e1", "#64748b"
"""Colours that differ in lightness too."""


def as_svg(results: Results) -> str:
    """Bars of audio received per second of processor time, by case and contender.

    On a machine that others use too this says more than the time that passed. Each case has its own
    scale.

    Args:
        results: With those of :data:`SPEEDS`; without them the chart is empty.
    """
    body: list[str] = []
    y = 0
    cases = (results.measurements.get(benchmark, {}).items() for benchmark in SPEEDS)
    for case, measurements in chain.from_iterable(cases):
        speeds = {
            name: statistics.median(each["size"] / each["cpu"] for each in rounds) / 2**20
            for name, rounds in measurements.items()
        }
        y += GAP
        body.append(f'<text x="0" y="{y - 8}" font-weight="bold">{escape(case)}</text>')
        for name in sorted(speeds, key=speeds.__getitem__):
            body += _bar(name, speeds[name], max(speeds.values()), y)
            y += ROW
    height = y + 10
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 -4 {WIDTH + 20} {height}" '
            'font-family="sans-serif" font-size="13" fill="#0f172a" role="img">',
            "<title>Audio received, in MiB per second of processor time</title>",
            f'<rect x="-10" y="-4" width="{WIDTH + 20}" height="{height}" fill="#ffffff"/>',
            *body,
            "</svg>\n",
        ]
    )


def _bar(name: str, speed: float, highest: float, y: int) -> list[str]:
    colour = OURS if name.startswith("voiceshift") else LIMIT if name.startswith("limit") else RIVAL
    length = max(1.0, speed / highest * (WIDTH - NAMES_WIDTH - VALUES_WIDTH))
    return [
        f'<text x="{NAMES_WIDTH - 8}" y="{y + 14}" text-anchor="end">{escape(name)}</text>',
        f'<rect x="{NAMES_WIDTH}" y="{y + 2}" width="{length:.1f}" height="{ROW - 4}" '
        f'fill="{colour}"/>',
        f'<text x="{NAMES_WIDTH + length + 6:.1f}" y="{y + 14}">{speed:.0f} MiB/s</text>',
    ]

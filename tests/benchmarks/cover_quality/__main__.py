"""``python -m tests.benchmarks.cover_quality [--quick] [--songs DIR] [--json FILE] [theme...]``."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.cover_quality.conversion import measure_conversion
from tests.benchmarks.cover_quality.demo import measure_demo
from tests.benchmarks.cover_quality.files import measure_files
from tests.benchmarks.cover_quality.findings import Findings
from tests.benchmarks.cover_quality.material import HELD_OUT, TUNED
from tests.benchmarks.cover_quality.moved import measure_moved, measure_moved_songs
from tests.benchmarks.cover_quality.resources import measure_long, measure_short
from tests.benchmarks.cover_quality.scale import FULL, QUICK, Scale
from tests.benchmarks.cover_quality.seams import measure_seams
from tests.benchmarks.cover_quality.separation import measure_separation
from tests.benchmarks.cover_quality.songs import measure_songs
from tests.benchmarks.cover_quality.whole import measure_whole
from tests.benchmarks.cover_quality.words import measure_words
from tests.benchmarks.report import as_json, as_table
from tests.benchmarks.rounds import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

WITH_EACH_COLLECTION = {
    "separation": measure_separation,
    "conversion": measure_conversion,
    "seams": measure_seams,
    "words": measure_words,
    "whole": measure_whole,
    "moved": measure_moved,
}
WITH_ONE_COLLECTION = {"time": measure_short, "length": measure_long}
WITHOUT_COLLECTION = {"files": measure_files, "demo": measure_demo}
WITH_SONGS = {"songs": measure_songs, "moved-songs": measure_moved_songs}
THEMES = (*WITH_EACH_COLLECTION, *WITH_ONE_COLLECTION, *WITHOUT_COLLECTION, *WITH_SONGS)

PACKAGES = (
    "voiceshift",
    "numpy",
    "onnxruntime",
    "pyworld-prebuilt",
    "swift-f0",
    "soundfile",
    "soxr",
    "Resemblyzer",
    "pocketsphinx",
)
"""What the figures depend on."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the table; 1 where a goal is not reached.

    Args:
        arguments: Of the command line; ``None`` takes the process's own.
    """
    options = _parser().parse_args(arguments)
    findings = Findings()
    scale = QUICK if options.quick else FULL
    for name, measure in _tasks(options.themes or THEMES, scale, options.songs):
        with findings.leaving_out(name):
            measure(findings)
    progress("")
    sys.stdout.write(as_table(findings.results) + "\n")
    for name, reason in findings.left_out.items():
        sys.stdout.write(f"left out: {name}: {reason}\n")
    if options.json:
        options.json.write_text(as_json(findings.results, PACKAGES), encoding="utf-8")
    return int(any(figure.verdict == "short" for figure in findings.results.figures))


def _tasks(
    themes: Sequence[str], scale: Scale, songs: Path | None
) -> Iterator[tuple[str, Callable[[Findings], None]]]:
    """Yield what is to be measured: what it is called, and what does it."""
    for theme, measure in WITH_EACH_COLLECTION.items():
        for material in (TUNED, HELD_OUT) if theme in themes else ():
            yield f"{theme}, {material.name}", partial(measure, material, scale)
    for theme, measure in WITH_ONE_COLLECTION.items():
        if theme in themes:
            yield theme, partial(measure, TUNED, scale)
    for theme, measure_it in WITHOUT_COLLECTION.items():
        if theme in themes:
            yield theme, measure_it
    for theme, measure_them in WITH_SONGS.items():
        if theme in themes:
            yield theme, partial(measure_them, songs, TUNED.speakers[1:3], scale)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.cover_quality",
        description="Measure how good covers are, with material from Debian packages.",
        epilog=f"Themes: {', '.join(THEMES)}. Without a name, all are measured.",
    )
    # The empty list stands for no name: Python before 3.12 looks the default up among the choices.
    parser.add_argument("themes", nargs="*", metavar="theme", choices=[[], *THEMES])
    parser.add_argument(
        "--quick", action="store_true", help="little of everything: a few minutes, rough figures"
    )
    parser.add_argument(
        "--songs", type=Path, metavar="DIR", help="real songs with sung notes, UltraStar folders"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement")
    return parser


if __name__ == "__main__":  # the engine's workers import this module too
    sys.exit(main())

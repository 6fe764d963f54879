"""What an embedded service costs that has nothing to do: ``python -m tests.benchmarks.idle``.

How soon ``Client.local()`` is ready, the memory of its processes 40 s after the last cover, and how
long the first segment takes before and after that pause. ``--other FOLDER`` measures another
checkout in turn with this one. Fails where a goal is not reached.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.processes import PATIENCE, ROOT, clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

STARTS = 9
"""Of each checkout, for how soon it is ready; one more comes before, which does not count."""

PAUSE = 40.0
"""Seconds after the last cover."""

MAX_IDLE = 150.0
"""Megabytes of all its processes after the pause."""

MAX_RETURN = 1.0
"""Seconds that the first segment may take longer after the pause: workers are started again."""

MAX_READY = 0.8
"""Of the time that the other checkout takes."""

CLIENT = Path(__file__).with_name("idle_client.py")

# The folder that Python starts in comes first where it looks for packages.
RUN_FILE = f"import runpy; runpy.run_path({str(CLIENT)!r}, run_name='__main__')"


def measure(checkout: Path, *pauses: float) -> dict[str, float]:
    """What one client measures, with the package of that checkout."""
    command = [sys.executable, "-c", RUN_FILE, *map(str, pauses)]
    output = subprocess.run(
        command,
        cwd=checkout,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    ).stdout
    measured: dict[str, float] = json.loads(output)
    return measured


def seconds_until_ready(checkouts: Sequence[Path], starts: int = STARTS) -> list[float]:
    """The median of each checkout, started in turn."""
    rounds = [[measure(checkout)["ready"] for checkout in checkouts] for _ in range(starts + 1)]
    return [statistics.median(values) for values in zip(*rounds[1:], strict=True)]


def shortcomings(measured: dict[str, float], ready: Sequence[float]) -> list[str]:
    """The goals that this checkout does not reach; in ``ready`` it is the first."""
    problems = []
    if measured["idle"] > MAX_IDLE:
        problems.append(f"{measured['idle']:.0f} MB when idle, and not {MAX_IDLE:.0f}")
    if measured["third"] > measured["second"] + MAX_RETURN:
        problems.append(f"more than {MAX_RETURN:g} s until the workers are back")
    if any(ready[0] > MAX_READY * other for other in ready[1:]):
        problems.append(f"ready in more than {MAX_READY} of the other's time")
    return problems


def main(arguments: list[str] | None = None) -> int:
    """Measure, print a line for each checkout; 1 where a goal is not reached."""
    parser = argparse.ArgumentParser(description="Measure the embedded service when it is idle.")
    parser.add_argument("--other", type=Path, metavar="FOLDER", help="another checkout")
    other = parser.parse_args(arguments).other
    checkouts = [ROOT] if other is None else [ROOT, other]
    ready = seconds_until_ready(checkouts)
    results = [measure(checkout, PAUSE) for checkout in checkouts]
    for checkout, seconds, result in zip(checkouts, ready, results, strict=True):
        say(
            f"{checkout}: ready in {seconds:.2f} s; {result['busy']:.0f} MB after a cover, "
            f"{result['idle']:.0f} MB {PAUSE:.0f} s later; first segment after "
            f"{result['first']:.2f} s, of the next cover {result['second']:.2f} s, after the pause "
            f"{result['third']:.2f} s"
        )
    if other is not None:
        say(f"ready in {ready[0] / ready[1]:.2f} of the other's time")
    problems = shortcomings(results[0], ready)
    say(*(problems or ["all goals are reached"]))
    return 1 if problems else 0


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())

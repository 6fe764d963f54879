"""What ``import voiceshift`` adds to the start of Python."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.benchmarks.goals import IMPORT
from tests.benchmarks.processes import Laboratory, clean_environment
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, progress

__all__ = ["measure_importing"]

STATEMENTS = {
    "bare Python": "pass",
    "voiceshift": "import voiceshift",
    "websocket-client": "import websocket",
    "websockets": "import websockets.asyncio.client",
    "websockets.sync": "import websockets.sync.client",
}


def measure_importing(_: Laboratory, effort: Effort, results: Results) -> None:
    """Start Python with each statement; more often than other rounds, since each is short."""
    case = "import"
    measurements: dict[str, list[dict[str, float]]] = {name: [] for name in STATEMENTS}
    for number in range(2 * effort.rounds):
        progress(f"import, round {number + 1}")
        names = list(STATEMENTS)
        for name in reversed(names) if number % 2 else names:
            measurements[name].append({"seconds": _seconds(STATEMENTS[name])})
    results.keep("importing", case, measurements)
    for name in list(STATEMENTS)[1:]:
        values = Rounds(measurements).difference(name, "bare Python", "seconds")
        results.figures.append(
            Figure(
                "importing",
                case,
                f"{name}, above bare Python",
                "ms",
                tuple(value * 1e3 for value in values),
                goal=IMPORT.fast if name == "voiceshift" else None,
            )
        )


def _seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=clean_environment())
    return time.perf_counter() - start

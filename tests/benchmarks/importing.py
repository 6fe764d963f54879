"""What importing adds to the start of Python."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import time

from tests.benchmarks.goals import IMPORT
from tests.benchmarks.processes import ROOT, Laboratory, clean_environment
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, progress

STATEMENTS = {
    "bare Python": "pass",
    "voiceshift": "import voiceshift",
    "voiceshift, Client": "from voiceshift import Client",
    "websocket-client": "import websocket",
    "websockets": "import websockets.asyncio.client",
    "websockets.sync": "import websockets.sync.client",
}


def measure_importing(_: Laboratory, effort: Effort, results: Results) -> None:
    """Start Python with each statement; more often than other rounds, since each is short.

    The goal is held to the client too: the package alone imports nothing.
    """
    case = "import"
    measurements: dict[str, list[dict[str, float]]] = {name: [] for name in STATEMENTS}
    with tempfile.TemporaryDirectory() as bytecode:
        environment = _environment(bytecode)
        for number in range(-1, 2 * effort.rounds):
            progress(f"import, round {number + 1}")
            names = list(STATEMENTS)
            for name in reversed(names) if number % 2 else names:
                seconds = _seconds(STATEMENTS[name], environment)
                if number >= 0:  # before that, it is compiled
                    measurements[name].append({"seconds": seconds})
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
                goal=IMPORT.fast if name.startswith("voiceshift") else None,
            )
        )


def _environment(bytecode: str) -> dict[str, str]:
    """One in which packages lie compiled, as pip installs them, wherever that is allowed."""
    packages = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    environment = clean_environment() | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sorted(packages)]),
        "PYTHONPYCACHEPREFIX": bytecode,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _seconds(statement: str, environment: dict[str, str]) -> float:
    """From the start of Python to its end.

    Without what packages add to every start of it: the finder of an editable install imports
    pathlib and more, which would then be missing from what ours adds. ``site`` itself is a part of
    each start.
    """
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-S", "-c", f"import site; {statement}"], check=True, env=environment
    )
    return time.perf_counter() - start

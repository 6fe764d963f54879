"""``python -m tests.benchmarks [--quick] [--add FILE] [--json FILE] [--svg FILE] [names...]``."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.chart import as_svg
from tests.benchmarks.closing import measure_closing
from tests.benchmarks.fragments import measure_fragments
from tests.benchmarks.importing import measure_importing
from tests.benchmarks.interrupting import measure_interrupting
from tests.benchmarks.latency import measure_latency
from tests.benchmarks.memory import measure_memory
from tests.benchmarks.pacing import measure_pacing
from tests.benchmarks.processes import Laboratory
from tests.benchmarks.report import as_json, as_table, read_json
from tests.benchmarks.results import Results
from tests.benchmarks.rounds import Effort, progress
from tests.benchmarks.stages import measure_stages
from tests.benchmarks.throughput import measure_conditions, measure_saving, measure_throughput
from tests.benchmarks.wire import MIB

BENCHMARKS = {
    "throughput": measure_throughput,
    "saving": measure_saving,
    "conditions": measure_conditions,
    "fragments": measure_fragments,
    "latency": measure_latency,
    "stages": measure_stages,
    "memory": measure_memory,
    "pacing": measure_pacing,
    "closing": measure_closing,
    "importing": measure_importing,
    "interrupting": measure_interrupting,
}

FULL = Effort(
    rounds=9,
    audio=64 * MIB,
    memory_audio=200 * MIB,
    messages=2000,
    seconds=10,
    is_quick=False,
)
QUICK = Effort(
    rounds=3,
    audio=16 * MIB,
    memory_audio=64 * MIB,
    messages=300,
    seconds=2,
    is_quick=True,
)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks, print the table; 1 where a goal is not reached.

    Args:
        arguments: Of the command line; ``None`` takes the process's own.
    """
    options = _parser().parse_args(arguments)
    effort = QUICK if options.quick else FULL
    results = Results()
    for path in options.add:
        results.add(read_json(path.read_text(encoding="utf-8")))
    with Laboratory() as laboratory, suppress(KeyboardInterrupt):  # what was measured is shown
        for name in options.names or BENCHMARKS:
            BENCHMARKS[name](laboratory, effort, results)
            laboratory.stop_services()
    progress("")
    sys.stdout.write(as_table(results) + "\n")
    if options.json:
        options.json.write_text(as_json(results), encoding="utf-8")
    if options.svg:
        options.svg.write_text(as_svg(results), encoding="utf-8")
    return int(any(figure.verdict == "short" for figure in results.figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Measure the client side by side with others, and with what is possible.",
        epilog=f"Benchmarks: {', '.join(BENCHMARKS)}. Without a name, all are run.",
    )
    # The empty list stands for no name: Python before 3.12 looks the default up among the choices.
    parser.add_argument("names", nargs="*", metavar="name", choices=[[], *BENCHMARKS])
    parser.add_argument(
        "--quick", action="store_true", help="less data and fewer rounds: under two minutes"
    )
    parser.add_argument(
        "--add",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="show what an earlier run wrote with --json, too; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every measurement")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write a chart of the throughput")
    return parser


if __name__ == "__main__":
    sys.exit(main())

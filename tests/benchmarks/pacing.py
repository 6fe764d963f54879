"""Many covers at once in one process, each as slow as a real one: 64 KiB every 100 ms."""

from __future__ import annotations

from functools import partial

from tests.benchmarks.contender import STATUS
from tests.benchmarks.goals import PACED_CLIENTS, PACED_LAG, PACED_MEMORY
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, interleave
from tests.benchmarks.service import Paced
from tests.benchmarks.wire import KIB, Plan

__all__ = ["measure_pacing"]

SEGMENT = 64 * KIB
INTERVAL = 0.1
ROUNDS = 3
"""Each round holds thousands of messages."""

RIVALS = (
    "naive websocket-client",
    "websocket-client, skip_utf8_validation",
    "websockets",
    "websockets.sync",
    "limit",
)


def measure_pacing(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """As many covers as the goal names, with the extra ``fast`` and without."""
    for fast, clients in PACED_CLIENTS.items():
        ours = "voiceshift[fast]" if fast else "voiceshift"
        behaviour = Paced(
            Plan(SEGMENT * int(effort.seconds / INTERVAL), SEGMENT), INTERVAL, clients
        )
        parties = {ours: Contender("voiceshift", behaviour, fast)}
        for name in effort.bystanders(*RIVALS):
            parties[name] = Contender(name, behaviour, fast)
        rounds = interleave(
            parties,
            1 if effort.is_quick else ROUNDS,
            partial(laboratory.run, task="paced", clients=clients),
        )
        laboratory.stop_services()
        case = f"{clients} covers at once"
        results.keep("pacing", case, rounds.measurements)
        for name in rounds.measurements:
            lags = rounds.values(name, "p99")
            memory = tuple(value / clients / KIB for value in rounds.values(name, "memory"))
            lag_goal, memory_goal = (
                (PACED_LAG.fast, PACED_MEMORY.fast) if name == ours else (None, None)
            )
            results.figures.append(
                Figure("pacing", case, f"p99 lag, {name}", "ms", lags, goal=lag_goal)
            )
            if STATUS.exists():  # only Linux tells the peak of a process
                results.figures.append(
                    Figure("pacing", case, f"each, {name}", "KiB", memory, goal=memory_goal)
                )

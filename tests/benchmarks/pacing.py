"""Many covers at once in one process, each as slow as a real one: 64 KiB every 100 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.benchmarks.contender import STATUS
from tests.benchmarks.goals import PACED_CLIENTS, PACED_LAG, PACED_MEMORY
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, interleave
from tests.benchmarks.service import Paced
from tests.benchmarks.wire import KIB, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

SEGMENT = 64 * KIB
INTERVAL = 0.1
ROUNDS = 3
"""Each round holds thousands of messages."""

NAIVE = "naive websocket-client"
NAIVE_PART = 32
"""The naive script, slower by far, gets a thirty-second of the covers: with more it would take
minutes for what is sent in seconds."""

RIVALS = (
    NAIVE,
    "websocket-client, skip_utf8_validation",
    "websockets",
    "websockets.sync",
    "limit",
)


def measure_pacing(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """As many covers as the goal names, with the extra ``fast`` and without."""

    def run(contender: Contender) -> dict[str, Any]:
        assert isinstance(contender.behaviour, Paced)
        return laboratory.run(contender, "paced", clients=contender.behaviour.clients)

    for fast, clients in PACED_CLIENTS.items():
        ours = "voiceshift[fast]" if fast else "voiceshift"
        plan = Plan(SEGMENT * int(effort.seconds / INTERVAL), SEGMENT)
        parties = {ours: Contender("voiceshift", Paced(plan, INTERVAL, clients), fast)}
        for name in effort.bystanders(*RIVALS):
            covers = clients // NAIVE_PART if name == NAIVE else clients
            parties[name] = Contender(name, Paced(plan, INTERVAL, covers), fast)
        rounds = interleave(parties, 1 if effort.is_quick else ROUNDS, run)
        laboratory.stop_services()
        case = f"{clients} covers at once"
        results.keep("pacing", case, rounds.measurements)
        results.figures.extend(_figures(case, ours, rounds))


def _figures(case: str, ours: str, rounds: Rounds) -> Iterator[Figure]:
    for name, measurements in rounds.measurements.items():
        covers = [each["connections"] - 1 for each in measurements]
        words = f"{name}, {covers[0]} covers" if name == NAIVE else name
        lag_goal, memory_goal = (
            (PACED_LAG.fast, PACED_MEMORY.fast) if name == ours else (None, None)
        )
        lags = rounds.values(name, "p99")
        yield Figure("pacing", case, f"p99 lag, {words}", "ms", lags, goal=lag_goal)
        if STATUS.exists():  # only Linux tells the peak of a process
            pairs = zip(rounds.values(name, "memory"), covers, strict=True)
            memory = tuple(value / count / KIB for value, count in pairs)
            yield Figure("pacing", case, f"each, {words}", "KiB", memory, goal=memory_goal)

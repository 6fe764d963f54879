"""How soon a script hears of what was sent: after its request, and for each message."""

from __future__ import annotations

from functools import partial

from tests.benchmarks.goals import ADDED_LATENCY_P50, ADDED_LATENCY_P99
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, interleave
from tests.benchmarks.service import Paced, Replay
from tests.benchmarks.wire import Plan

SMALL = 48
"""Bytes of audio in a message."""

INTERVAL = 0.002
"""Seconds between two messages: the script always waits when one comes."""

DIRECT = "websocket-client, recv_data"
THREADED = "websocket-client, recv_data in a thread"
"""The floor for a client with a background reader."""

RIVALS = (
    "naive websocket-client",
    "websocket-client, skip_utf8_validation",
    "websockets",
    "websockets.sync",
)
OURS = ("voiceshift", "voiceshift, on_event")


def measure_latency(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Both latencies; what decodes the few bytes makes no difference to them."""
    _measure_added_latency(laboratory, effort, results)
    _measure_first_audio(laboratory, effort, results)


def _measure_added_latency(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    case = "a message every 2 ms"
    behaviour = Paced(Plan(SMALL * effort.messages, SMALL), INTERVAL)
    names = (DIRECT, THREADED, *effort.bystanders(*RIVALS, "limit"), *OURS)
    parties = {name: Contender(name, behaviour) for name in names}
    rounds = interleave(parties, effort.rounds, partial(laboratory.run, task="lag"))
    results.keep("latency", case, rounds.measurements)
    for key, goal in (("p50", ADDED_LATENCY_P50), ("p99", ADDED_LATENCY_P99)):
        for name in names[1:]:
            results.figures.append(
                Figure(
                    "latency",
                    case,
                    f"{key} of {name}, above recv_data",
                    "µs",
                    rounds.difference(name, DIRECT, key),
                    goal=goal.fast if name in OURS else None,
                )
            )


def _measure_first_audio(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    case = "request to first audio"
    behaviour = Replay(Plan(SMALL, SMALL))
    names = (*effort.bystanders(*RIVALS), "limit", *OURS)
    parties = {name: Contender(name, behaviour) for name in names}
    rounds = interleave(
        parties,
        effort.rounds,
        partial(laboratory.run, task="first_audio", times=effort.messages),
    )
    results.keep("latency", case, rounds.measurements)
    for key in ("p50", "p99"):
        for name in names:
            values = rounds.values(name, key)
            results.figures.append(Figure("latency", case, f"{key} of {name}", "µs", values))

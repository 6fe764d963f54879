"""The most memory that receiving a long cover takes, above what was held before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.benchmarks.contender import STATUS
from tests.benchmarks.goals import (
    MEMORY_OF_COVER_IN_MEMORY,
    MEMORY_OF_COVER_TO_FILE,
    STALLED_SPARE_MEMORY,
    Goal,
)
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, interleave
from tests.benchmarks.service import Replay
from tests.benchmarks.wire import KIB, MIB, Plan, placements

if TYPE_CHECKING:
    from collections.abc import Callable

RIVALS = ("websocket-client, skip_utf8_validation", "websockets", "websockets.sync", "limit")
NAIVE = "naive websocket-client"
"""It is slower by far, so it has one round."""
OURS = {"voiceshift[fast]": True, "voiceshift": False}

ROUNDS = 3
"""Memory hardly differs from round to round."""


def measure_memory(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Covers to a file and in memory, and a consumer that stands still."""
    if not STATUS.exists():
        return  # only Linux tells the peak of a process
    for words, size in {"256 KiB": 256 * KIB, "4 MiB": 4 * MIB}.items():
        plan = Plan(effort.memory_audio, size)
        _measure_cover(
            laboratory, effort, results, plan, f"{words} segments, to a file", to_file=True
        )
        _measure_cover(
            laboratory, effort, results, plan, f"{words} segments, in memory", to_file=False
        )
        _measure_stalled(laboratory, effort, results, plan, f"{words} segments, stalled consumer")
        laboratory.stop_services()


def _measure_cover(
    laboratory: Laboratory,
    effort: Effort,
    results: Results,
    plan: Plan,
    case: str,
    *,
    to_file: bool,
) -> None:
    run = partial(laboratory.run, task="cover", to_file=to_file)
    rounds = _rounds(effort, Replay(plan), (*effort.bystanders(*RIVALS), *OURS), run)
    for name in effort.bystanders(NAIVE):
        rounds.measurements.update(
            interleave({name: Contender(name, Replay(plan))}, 1, run).measurements
        )
    if to_file:
        goal = MEMORY_OF_COVER_TO_FILE[plan.segment_size].fast
    else:
        factor, spare = MEMORY_OF_COVER_IN_MEMORY
        goal = Goal(factor * plan.size / MIB + spare, is_floor=False)
    _keep(results, case, rounds, goal)


def _measure_stalled(
    laboratory: Laboratory, effort: Effort, results: Results, plan: Plan, case: str
) -> None:
    from voiceshift import Settings

    rounds = _rounds(effort, Replay(plan, ping_timeout=60), tuple(OURS), laboratory.run_stalled)
    largest = max(place.frame_size for place in placements(plan))
    bound = Settings().max_buffered + 3 * largest
    _keep(results, case, rounds, Goal(bound / MIB + STALLED_SPARE_MEMORY, is_floor=False))


def _rounds(
    effort: Effort,
    behaviour: Replay,
    names: tuple[str, ...],
    run: Callable[[Contender], dict[str, Any]],
) -> Rounds:
    parties = {
        name: Contender("voiceshift", behaviour, OURS[name])
        if name in OURS
        else Contender(name, behaviour)
        for name in names
    }
    return interleave(parties, 1 if effort.is_quick else ROUNDS, run)


def _keep(results: Results, case: str, rounds: Rounds, goal: Goal) -> None:
    results.keep("memory", case, rounds.measurements)
    for name in rounds.measurements:
        values = tuple(value / MIB for value in rounds.values(name, "memory"))
        results.figures.append(
            Figure("memory", case, name, "MiB", values, goal=goal if name in OURS else None)
        )

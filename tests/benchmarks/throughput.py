"""How fast a cover is received: by size of messages, sink, title and encryption."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from tests.benchmarks.goals import (
    AGAINST_LIMIT,
    AGAINST_NAIVE_WEBSOCKET_CLIENT,
    AGAINST_WEBSOCKETS,
    Pair,
)
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.rounds import Effort, Rounds, interleave
from tests.benchmarks.service import Replay
from tests.benchmarks.wire import CJK_TITLE, KIB, MIB, Plan

if TYPE_CHECKING:
    from tests.benchmarks.results import Results

__all__ = ["measure_throughput"]

OURS = {True: "voiceshift[fast]", False: "voiceshift"}
LIMITS = {True: "limit[fast]", False: "limit"}
NAIVE = "naive websocket-client"
BYSTANDERS = ("websocket-client, skip_utf8_validation", "websockets.sync")


@frozen
class Case:
    """Circumstances of a measurement.

    Attributes:
        name: As the table has it.
        plan: The cover.
        sink: ``memory`` or ``file``.
        rivals: Who takes part beside ours and the limit.
        tls: Whether the connection is encrypted.
        has_goals: Whether the goals are meant for it.
    """

    name: str
    plan: Plan
    sink: str
    rivals: tuple[str, ...]
    tls: bool = False
    has_goals: bool = True

    def goal(self, against: str) -> Pair | None:
        """The goal for the comparison with this contender."""
        if not self.has_goals:
            return None
        if against == NAIVE:
            return AGAINST_NAIVE_WEBSOCKET_CLIENT[self.plan.segment_size]
        goals = {"websockets": AGAINST_WEBSOCKETS, "limit": AGAINST_LIMIT}.get(against, {})
        return goals.get((self.plan.segment_size, self.sink))


def cases(effort: Effort) -> list[Case]:
    """All that are measured. The naive script, slower by far, takes part where it has to."""
    others = effort.bystanders(*BYSTANDERS)
    found = []
    for words, size in {"32 KiB": 32 * KIB, "256 KiB": 256 * KIB, "4 MiB": 4 * MIB}.items():
        plan = Plan(effort.audio, size)
        naive = () if effort.is_quick and size != 256 * KIB else (NAIVE,)
        memory = Case(
            f"{words} segments, in memory", plan, "memory", (*naive, "websockets", *others)
        )
        file = Case(f"{words} segments, to a file", plan, "file", ("websockets", *others))
        found += [memory, file]
    if effort.is_quick:
        return found
    plan = Plan(effort.audio, 256 * KIB)
    usual = Case("256 KiB segments, TLS", plan, "memory", ("websockets", *others), has_goals=False)
    return [
        *found,
        evolve(usual, tls=True),
        evolve(usual, name="256 KiB segments, CJK title", plan=evolve(plan, title=CJK_TITLE)),
        evolve(usual, name="256 byte segments", plan=Plan(effort.audio // 64, 256)),
    ]


def measure_throughput(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Receive covers with every contender."""
    for case in cases(effort):
        rounds = interleave(
            contenders(case),
            effort.rounds,
            partial(laboratory.run, task="cover", to_file=case.sink == "file"),
        )
        laboratory.stop_services()
        results.keep("throughput", case.name, rounds.measurements)
        _compare(case, rounds, results)


def contenders(case: Case) -> dict[str, Contender]:
    """Who takes part. Plain scripts decode with the standard library."""
    behaviour = Replay(case.plan)
    parties = {name: Contender(name, behaviour, tls=case.tls) for name in case.rivals}
    for fast in (True, False):
        parties[LIMITS[fast]] = Contender("limit", behaviour, fast, case.tls)
        parties[OURS[fast]] = Contender("voiceshift", behaviour, fast, case.tls)
    return parties


def _compare(case: Case, rounds: Rounds, results: Results) -> None:
    """How many times as fast as each rival, and as slow as what cannot be left out."""
    for fast, ours in OURS.items():
        pairs = [(rival, ours, case.goal(rival)) for rival in case.rivals]
        for above, below, pair in (*pairs, (ours, LIMITS[fast], case.goal("limit"))):
            goal = None if pair is None else pair.of(fast=fast)
            figure = rounds.compare("throughput", case.name, above, below, goal)
            results.figures.append(figure)

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
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, Rounds, interleave
from tests.benchmarks.service import Replay
from tests.benchmarks.wire import CJK_TITLE, KIB, MIB, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = {True: "voiceshift[fast]", False: "voiceshift"}
LIMITS = {True: "limit[fast]", False: "limit"}
NAIVE = "naive websocket-client"
NAIVE_PART = 8
"""The naive script, slower by far, receives an eighth of the audio: its time grows with the bytes,
and what is compared is the time for each."""

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
        if against == NAIVE and self.sink == "memory":
            return AGAINST_NAIVE_WEBSOCKET_CLIENT[self.plan.segment_size]
        goals = {"websockets": AGAINST_WEBSOCKETS, "limit": AGAINST_LIMIT}.get(against, {})
        return goals.get((self.plan.segment_size, self.sink))


def measure_throughput(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Receive covers in memory."""
    for words, plan in _plans(effort).items():
        case = Case(f"{words} segments, in memory", plan, "memory", (NAIVE, *_others(effort)))
        _measure("throughput", case, effort.rounds, laboratory, results)


def measure_saving(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Receive covers to a file."""
    for words, plan in _plans(effort).items():
        rivals = (*effort.bystanders(NAIVE), *_others(effort))
        case = Case(f"{words} segments, to a file", plan, "file", rivals)
        _measure("saving", case, effort.rounds, laboratory, results)


def measure_conditions(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Receive covers over TLS, with a title beyond Latin-1, and in many small messages."""
    rivals = (*effort.bystanders(NAIVE), *_others(effort))
    plan = Plan(effort.audio, 256 * KIB)
    usual = Case("256 KiB segments, TLS", plan, "memory", rivals, has_goals=False)
    for case in (
        evolve(usual, tls=True),
        evolve(usual, name="256 KiB segments, CJK title", plan=evolve(plan, title=CJK_TITLE)),
        evolve(usual, name="256 byte segments", plan=Plan(effort.audio // 64, 256)),
    ):
        rounds = 1 if effort.is_quick else effort.rounds
        _measure("conditions", case, rounds, laboratory, results)


def _plans(effort: Effort) -> dict[str, Plan]:
    sizes = {"32 KiB": 32 * KIB, "256 KiB": 256 * KIB, "4 MiB": 4 * MIB}
    return {words: Plan(effort.audio, size) for words, size in sizes.items()}


def _others(effort: Effort) -> tuple[str, ...]:
    return ("websockets", *effort.bystanders(*BYSTANDERS))


def _measure(
    benchmark: str, case: Case, count: int, laboratory: Laboratory, results: Results
) -> None:
    run = partial(laboratory.run, task="cover", to_file=case.sink == "file")
    rounds = interleave(contenders(case), count, run)
    laboratory.stop_services()
    results.keep(benchmark, case.name, rounds.measurements)
    results.figures.extend(_comparisons(benchmark, case, rounds))
    if case.plan.segment_size < KIB:
        results.figures.extend(_rates(benchmark, case, rounds))


def contenders(case: Case) -> dict[str, Contender]:
    """Who takes part. Plain scripts decode with the standard library."""
    behaviour = Replay(case.plan)
    parties = {name: Contender(name, behaviour, tls=case.tls) for name in case.rivals}
    if NAIVE in parties:
        part = max(case.plan.size // NAIVE_PART, case.plan.segment_size)
        parties[NAIVE] = Contender(NAIVE, Replay(evolve(case.plan, size=part)), tls=case.tls)
    for fast in (True, False):
        parties[LIMITS[fast]] = Contender("limit", behaviour, fast, case.tls)
        parties[OURS[fast]] = Contender("voiceshift", behaviour, fast, case.tls)
    return parties


def _comparisons(benchmark: str, case: Case, rounds: Rounds) -> Iterator[Figure]:
    """How many times as fast as each rival, and as slow as what cannot be left out."""
    for fast, ours in OURS.items():
        pairs = [(rival, ours, case.goal(rival)) for rival in case.rivals]
        for above, below, pair in (*pairs, (ours, LIMITS[fast], case.goal("limit"))):
            goal = None if pair is None else pair.of(fast=fast)
            yield rounds.compare(benchmark, case.name, above, below, goal)


def _rates(benchmark: str, case: Case, rounds: Rounds) -> Iterator[Figure]:
    """Messages in a second."""
    for name in rounds.measurements:
        rates = tuple(1 / (case.plan.segment_size * pace) for pace in rounds.paces(name, "seconds"))
        yield Figure(benchmark, case.name, name, "messages/s", rates)

"""How fast messages in many fragments are received, which some join in quadratic time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from attrs import evolve

from tests.benchmarks.goals import AGAINST_STOCK_FRAGMENTS, AGAINST_UNFRAGMENTED
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.rounds import Effort, interleave
from tests.benchmarks.service import Replay
from tests.benchmarks.wire import KIB, MIB, Plan

if TYPE_CHECKING:
    from tests.benchmarks.results import Results

OURS = {"voiceshift[fast]": True, "voiceshift": False}
STOCK = "websocket-client, skip_utf8_validation"
NAIVE = "naive websocket-client"


def measure_fragments(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """Receive messages of 4 MiB in fragments of 1 KiB, which the goals name, and of 16 KiB.

    websockets takes no message of more than 4096 fragments, so it has no part in the former. A
    quarter of the audio is long enough for who joins slowly.
    """
    _measure(laboratory, effort, results, KIB, ())
    if not effort.is_quick:
        _measure(laboratory, effort, results, 16 * KIB, ("websockets", "websockets.sync"))


def _measure(
    laboratory: Laboratory,
    effort: Effort,
    results: Results,
    size: int,
    rivals: tuple[str, ...],
) -> None:
    whole = Plan(effort.audio // 4, 4 * MIB)
    split = evolve(whole, fragment_size=size)
    parties = {name: Contender(name, Replay(split)) for name in (STOCK, *rivals)}
    naive = effort.bystanders(NAIVE)
    for name in naive:  # slower by far, it gets one message: compared is the time for each byte
        parties[name] = Contender(name, Replay(evolve(split, size=split.segment_size)))
    for ours, fast in OURS.items():
        parties[ours] = Contender("voiceshift", Replay(split), fast)
        parties[_unfragmented(ours)] = Contender("voiceshift", Replay(whole), fast)
    rounds = interleave(
        parties, effort.rounds, partial(laboratory.run, task="cover", to_file=False)
    )
    laboratory.stop_services()
    case = f"4 MiB in fragments of {size // KIB} KiB"
    results.keep("fragments", case, rounds.measurements)
    has_goals = size == KIB
    for ours in OURS:
        for above, below, goal in (
            (ours, _unfragmented(ours), AGAINST_UNFRAGMENTED.fast if has_goals else None),
            (STOCK, ours, AGAINST_STOCK_FRAGMENTS.fast if has_goals else None),
            *((rival, ours, None) for rival in (*naive, *rivals)),
        ):
            results.figures.append(rounds.compare("fragments", case, above, below, goal))


def _unfragmented(name: str) -> str:
    return f"{name} unfragmented"

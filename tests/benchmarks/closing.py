"""How long ``close()`` takes: idle or while another thread receives, answered or not."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.benchmarks.goals import CLOSE
from tests.benchmarks.processes import Contender, Laboratory
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, interleave
from tests.benchmarks.service import Silent

WAIT = 0.5
"""Seconds that each contender is told to wait for the service's half of the close."""

RIVALS = (
    "naive websocket-client",
    "websocket-client, skip_utf8_validation",
    "websockets.sync",
    "websockets",
)
"""The last one has no call that blocks: it takes no part where a thread receives."""


def measure_closing(laboratory: Laboratory, effort: Effort, results: Results) -> None:
    """All four cases; where the service is silent, above the time it is waited for."""
    for answers in (True, False):
        for while_receiving in (False, True):
            words = "while another thread receives" if while_receiving else "idle"
            case = f"{words}, service {'answers' if answers else 'is silent'}"
            rivals = RIVALS[:-1] if while_receiving else RIVALS
            names = ("voiceshift", *effort.bystanders(*rivals))
            parties = {name: Contender(name, Silent(answers), close_timeout=WAIT) for name in names}
            rounds = interleave(
                parties,
                effort.rounds,
                partial(laboratory.run, task="close", while_receiving=while_receiving),
            )
            results.keep("closing", case, rounds.measurements)
            for name, measurements in rounds.measurements.items():
                results.figures.append(_figure(case, name, measurements, 0 if answers else WAIT))


def _figure(case: str, name: str, measurements: list[dict[str, Any]], waited: float) -> Figure:
    hanging = sum(each["hangs"] for each in measurements)
    return Figure(
        "closing",
        case,
        f"{name}, given up in {hanging} rounds" if hanging else name,
        "ms",
        tuple((each["seconds"] - waited) * 1e3 for each in measurements),
        goal=CLOSE.fast if name == "voiceshift" else None,
    )

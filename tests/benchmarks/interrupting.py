"""How long the stop button of a notebook takes: from the interrupt until the kernel is idle."""

from __future__ import annotations

import socket
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.goals import INTERRUPT
from tests.benchmarks.results import Figure, Results
from tests.benchmarks.rounds import Effort, progress
from tests.support.kernels import PATIENCE, Kernel
from voiceshift.testing import ScriptedService

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.processes import Laboratory

PREPARATION = """
import socket
from voiceshift import *

hosted = Client({uri!r}, {token!r})
embedded = Client.local().authenticate()

def ring(port, kind):
    def listener(event):
        if isinstance(event, kind):
            socket.create_connection(("127.0.0.1", port)).close()
    return listener
"""
"""Both clients, and what tells this process of each event of a kind."""


def measure_interrupting(_: Laboratory, effort: Effort, results: Results) -> None:
    """Interrupt a cover at each step, in a fresh kernel for each round.

    A kernel's first interrupt is a case of its own: IPython imports then what it shows errors with.
    """
    measurements: dict[str, list[dict[str, Any]]] = {}
    for number in range(effort.rounds):
        progress(f"interrupting, round {number + 1} of {effort.rounds}")
        for case, seconds in _round().items():
            measurements.setdefault(case, []).append({"seconds": seconds})
    for case, measured in measurements.items():
        results.keep("interrupting", case, {"voiceshift": measured})
        milliseconds = tuple(each["seconds"] * 1e3 for each in measured)
        results.figures.append(
            Figure("interrupting", case, "until idle", "ms", milliseconds, goal=INTERRUPT.fast)
        )


def _round() -> dict[str, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        ScriptedService() as service,
        Kernel(Path(folder)) as kernel,
    ):
        prepared = kernel.run(PREPARATION.format(uri=service.uri, token=service.token))
        _demand(prepared.status == "ok", f"no clients: {prepared.error}")
        seconds = {"the kernel's first": _of_hosted(kernel, service, "request")}
        for step in ("request", "queued", "segment"):
            seconds[f"hosted, {step}"] = _of_hosted(kernel, service, step)
        for event in ("Queued", "Segment"):
            seconds[f"embedded, {event.lower()}"] = _of_embedded(kernel, event)
        return seconds


def _of_hosted(kernel: Kernel, service: ScriptedService, step: Any) -> float:
    """Where the service says nothing more after ``step``."""
    service.stalled.clear()
    service.will_stall(at=step)
    code = "hosted.create_cover('Amazing Grace', 'tenor')"
    return _seconds(kernel, code, lambda: _demand(service.stalled.wait(PATIENCE), "no request"))


def _of_embedded(kernel: Kernel, event: str) -> float:
    """While the engine works, after the first ``event``."""
    with socket.create_server(("127.0.0.1", 0)) as bell:
        bell.settimeout(PATIENCE)
        listener = f"ring({bell.getsockname()[1]}, {event})"
        code = f"embedded.create_cover('demo', 'tenor', on_event={listener})"
        return _seconds(kernel, code, partial(_answer, bell))


def _answer(bell: socket.socket) -> None:
    connection, _ = bell.accept()
    connection.close()


def _seconds(kernel: Kernel, code: str, wait: Callable[[], object]) -> float:
    """From the interrupt, once ``wait`` is over, to the cell's end."""
    pressed = 0.0

    def press_stop() -> None:
        nonlocal pressed
        wait()
        pressed = time.monotonic()
        kernel.interrupt()

    cell = kernel.run(code, press_stop)
    seconds = time.monotonic() - pressed
    _demand(cell.error == "KeyboardInterrupt", f"no interrupt but {cell.error or 'a cover'}")
    return seconds


def _demand(condition: object, otherwise: str) -> None:
    if not condition:
        raise RuntimeError(otherwise)

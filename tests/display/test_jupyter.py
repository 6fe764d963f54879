"""A cover in a cell of a real kernel: what it shows, how it is interrupted, what it leaves."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.kernels import PATIENCE, Kernel
from voiceshift.local.separators import FALLBACK_WARNING
from voiceshift.testing import ScriptedService

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.slow


@contextmanager
def started(folder: Path) -> Iterator[Kernel]:
    """A kernel that knows voiceshift."""
    with Kernel(folder) as kernel:
        assert kernel.run("from voiceshift import *").status == "ok"
        yield kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all these tests but one: each takes a second to start."""
    with started(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@pytest.fixture
def service() -> Iterator[ScriptedService]:
    """A service that the kernel can reach, too."""
    with ScriptedService() as service:
        yield service


def client(service: ScriptedService) -> str:
    """The code that makes a client of ``service``."""
    return f"client = Client({service.uri!r}, {service.token!r})\n"


COVER = "client.create_cover('Amazing Grace', 'tenor')\n"


# ---- one line


def test_a_cover_is_followed_on_one_line(kernel: Kernel, service: ScriptedService) -> None:
    """It is replaced in place, says how it ended, and nothing else is left in the cell."""
    cell = kernel.run(client(service) + COVER)
    assert cell.status == "ok"
    assert len(cell.of("display_data")) == len(cell.displays) == 1
    *waiting, first, last = cell.shown
    notices = [text.removeprefix("Amazing Grace: ").rpartition(" (0:")[0] for text in waiting]
    # A notice comes again when a second has passed.
    assert list(dict.fromkeys(notices)) == [
        "connecting",
        "connected",
        "Job wurde in die Warteschlange eingereiht.",
    ]
    assert re.fullmatch(r"Amazing Grace: 1 kB, 0:\d\d", first)
    assert re.fullmatch(r"Amazing Grace: 3 kB, 0:\d\d", last)
    assert (cell.printed, cell.warned) == ("", "")


def test_the_time_is_shown_while_nothing_comes(kernel: Kernel, service: ScriptedService) -> None:
    """Behind the service's words, in the same place; each second once."""
    service.will_stall(at="queued")
    cell = kernel.run(client(service) + COVER.replace("'tenor'", "'tenor', timeout=4"))
    assert cell.error == "CoverTimeout"
    words = "Amazing Grace: Job wurde in die Warteschlange eingereiht."
    ticks = [text for text in cell.shown if text.startswith(f"{words} (0:0")]
    assert len(ticks) == len(set(ticks)) > 0
    assert len(cell.displays) == 1


def test_a_cover_is_shown_with_a_player(kernel: Kernel, service: ScriptedService) -> None:
    """As the last expression of a cell, beside its plain text."""
    (result,) = kernel.run(client(service) + COVER).of("execute_result")
    assert result["data"].keys() == {"text/plain", "text/html"}
    assert "<audio controls" in result["data"]["text/html"]


def test_many_segments_are_few_updates(kernel: Kernel, service: ScriptedService) -> None:
    """Each would be a message to the browser."""
    service.will_stream(bytes(10_000), segments=1000)
    cell = kernel.run(client(service) + COVER)
    assert "10 kB" in cell.shown[-1]
    assert len(cell.shown) < 500


def test_a_failure_is_told_on_the_line(kernel: Kernel, service: ScriptedService) -> None:
    """It does not stand there as if it went on."""
    service.will_drop(at="segment")
    cell = kernel.run(client(service) + COVER)
    assert cell.error == "ConnectionLost"
    assert cell.shown[-1].startswith("Amazing Grace: 1 kB, 0:")
    assert cell.shown[-1].endswith(", incomplete")


def test_where_nothing_came_nothing_is_incomplete(kernel: Kernel, service: ScriptedService) -> None:
    """Its last line says that there is no cover."""
    service.will_fail("no such song")
    cell = kernel.run(client(service) + COVER)
    assert re.fullmatch(r"Amazing Grace: no cover \(0:\d\d\)", cell.shown[-1])


# ---- errors


REFUSED_PORT = "Client('ws://127.0.0.1:1', 'token', connect_attempts=1).authenticate()"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("Client.local(sogns='.')", "SettingsError: "),
        (REFUSED_PORT, "ConnectError: "),
        ("CoverRequest('Song', 'tenor', 'high')", "SettingsError: "),
        ("next(create_covers([], workers=0))", "SettingsError: "),
    ],
)
def test_a_traceback_is_of_the_cell(kernel: Kernel, code: str, message: str) -> None:
    """It has the cell's line, nothing of what is below it, and the message last."""
    traceback = kernel.run(f"def asked():\n    {code}\n\nasked()").traceback
    assert code in traceback
    assert ".py" not in traceback.partition(message)[0]
    assert traceback.splitlines()[-1].startswith(message)
    assert "The above exception" not in traceback


def test_an_error_that_was_being_handled_is_shown(kernel: Kernel) -> None:
    """It is the user's, and may say more."""
    code = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    Client('nonsense', 'token')"
    traceback = kernel.run(code).traceback
    assert traceback.index("ZeroDivisionError") < traceback.rindex("SettingsError")


def test_progress_can_be_turned_off(kernel: Kernel, service: ScriptedService) -> None:
    """Nothing is shown but the cover."""
    cell = kernel.run(client(service) + COVER.replace("'tenor'", "'tenor', progress=False"))
    assert cell.status == "ok"
    assert cell.shown == []


BATCH = """
from voiceshift.display.progress import BatchProgress
with BatchProgress(3, show=None) as progress:
    progress.add('Song', None)
    progress.add('Song', CoverError('<b>no such song</b>'))
    progress.notice('the service is full')
    progress.add('Song', None)
"""


def test_many_covers_are_counted_in_one_place(kernel: Kernel) -> None:
    """With the failures listed below the count."""
    cell = kernel.run(BATCH)
    assert len(cell.of("display_data")) == len(cell.displays) == 1
    failure = "\nSong: <b>no such song</b>"
    assert cell.shown == [
        "0 of 3 covers",
        "1 of 3 covers",
        f"2 of 3 covers, 1 failed{failure}",
        f"2 of 3 covers, 1 failed, the service is full{failure}",
        f"3 of 3 covers, 1 failed{failure}",
    ]
    assert (cell.printed, cell.warned) == ("", "")


def test_a_notebook_is_told_once_that_the_network_is_missing(tmp_path: Path) -> None:
    """In the cell that starts the embedded service, and in no later one."""
    with started(tmp_path) as kernel:
        cells = [kernel.run("Client.local().close()") for _ in range(2)]
    assert [cell.warned for cell in cells] == [f"voiceshift: {FALLBACK_WARNING}\n", ""]


# ---- interrupts


@pytest.mark.parametrize("step", ["request", "queued", "segment"])
def test_an_interrupt_stops_a_cover(kernel: Kernel, service: ScriptedService, step: str) -> None:
    """Whatever it waits for; the next cell works, with the same client."""
    service.will_stall(at=step)  # type: ignore[arg-type]  # the parameter is one of the literals

    def press_stop() -> None:
        assert service.stalled.wait(PATIENCE)
        kernel.interrupt()

    cell = kernel.run(client(service) + COVER, press_stop)
    assert cell.error == "KeyboardInterrupt"
    assert re.search(r": no cover \(0:\d\d\)$|, incomplete$", cell.shown[-1])
    assert "skipping hidden" in cell.traceback
    assert cell.traceback.count("/voiceshift/") <= 1
    assert kernel.run(COVER).status == "ok"


def test_an_event_loop_of_the_kernel_is_no_matter(kernel: Kernel, service: ScriptedService) -> None:
    """The cell runs within one, and may await before and after a cover."""
    code = f"""
import asyncio
assert asyncio.get_running_loop().is_running()
await asyncio.sleep(0)
{client(service)}
cover = {COVER}
await asyncio.sleep(0)
assert cover.complete
"""
    assert kernel.run(code).status == "ok"


# ---- nothing is left


LEFT = """
import threading, psutil
print(sum(thread.name.startswith('voiceshift') for thread in threading.enumerate()))
print(sum('voiceshift' in ' '.join(child.cmdline()) for child in psutil.Process().children()))
"""


def test_a_cell_run_again_leaks_no_client(kernel: Kernel, service: ScriptedService) -> None:
    """The client of the name's earlier value ends its connection, also after a failed cover."""
    kernel.run("client = None")
    for fails in (False, True, False, False):
        if fails:
            service.will_fail("no such song")
        cell = kernel.run(client(service) + COVER)
        assert cell.error == ("CoverError" if fails else "")
    assert kernel.run(LEFT).printed == "1\n0\n"


def test_a_cell_run_again_leaks_no_service(kernel: Kernel) -> None:
    """The embedded service's process ends with its client."""
    for _ in range(2):
        assert kernel.run("client = Client.local().authenticate()").status == "ok"
    assert kernel.run(LEFT).printed == "1\n1\n"
    kernel.run("del client")
    assert kernel.run(LEFT).printed == "0\n0\n"


def test_a_cell_that_fails_again_and_again_leaks_no_service(tmp_path: Path) -> None:
    """IPython keeps the last traceback, and with it one client more, but not all of them."""
    with started(tmp_path) as kernel:
        for _ in range(4):
            cell = kernel.run("client = Client.local()\nclient.create_cover('unknown', 'tenor')")
            assert cell.error == "CoverError"
        assert kernel.run(LEFT).printed == "0\n2\n"

"""The places of progress: plain lines in a pipe, a bar on a terminal; see test_jupyter, too."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tests.support.pseudo_terminal import COLUMNS, CTRL_C, Terminal
from voiceshift.display.places import in_notebook
from voiceshift.display.progress import CoverProgress

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")


def python(script: str) -> list[str]:
    """The command that runs ``script``; warnings are errors in it."""
    return [sys.executable, "-W", "error", "-c", script]


# ---- a notebook


def test_plain_python_is_no_notebook() -> None:
    """IPython is not even imported."""
    assert not in_notebook()


@pytest.mark.parametrize(
    ("shell", "expected"),
    [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel=object()), True)],
    ids=["imported only", "terminal", "kernel"],
)
def test_notebook_is_known_by_its_kernel(
    shell: object, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython on a terminal is none, nor is a script that imports it."""
    module = ModuleType("IPython")
    monkeypatch.setattr(module, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert in_notebook() is expected


# ---- lines


def test_lines_tell_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, since standard output is the script's own."""
    with CoverProgress("Song", show=True) as progress:
        progress.notice("connected")
        progress.tick()
        progress.notice("waiting")
        progress.add(4000)
        progress.tick()
        progress.add(2000)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ("Song: connected\nSong: waiting\nSong: receiving\nSong: 6 kB, 0:00\n")


def test_lines_without_audio_have_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """What did not begin has no end."""
    with CoverProgress("Song", show=True) as progress:
        progress.notice("connected")
    assert capsys.readouterr().err == "Song: connected\n"


def test_words_of_the_service_stay_on_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a line break nor an escape sequence of it reaches the terminal."""
    with CoverProgress("So\nng", show=True) as progress:
        progress.notice("wait\nSong: done\r\x1b]0;title\x07")
    assert capsys.readouterr().err == "So ng: wait Song: done  ]0;title \n"


# ---- a bar on a terminal

BAR = """
import threading, time
from voiceshift.display.progress import CoverProgress

with CoverProgress("Song", show=None) as progress:
    progress.notice("connected")
    progress.add(4000)
    progress.add(2000)
    progress.remark("pitch -1")
    progress.notice("on\\nhold")
    {wait}
print("threads:", threading.active_count())
"""

WAIT = "while True: time.sleep(0.01)"
"""In slices: a signal that comes just before a wait begins does not end it."""


@posix_only
def test_a_bar_counts_bytes_and_goes_away() -> None:
    """Unasked, with words behind it; at the end the line is free again, and remarks stay."""
    with Terminal(python(BAR.format(wait=""))) as terminal:
        assert terminal.finish() == 0
    states = [state.strip() for state in terminal.shown.split("\r")]
    assert any(state.startswith("Song: 0.00B") and "connected" in state for state in states)
    assert any(state.startswith("Song: 6.00kB") and "on hold" in state for state in states)
    assert terminal.lines() == ["Song: pitch -1", "threads: 1", ""]


SHARES = """
from voiceshift.display.progress import CoverProgress
from voiceshift.events import Progress

with CoverProgress(100 * "long {name} ", show=None) as progress:
    progress.notice("Queued at position 1.")
    progress.advance(Progress(0.0))
    progress.tick()
    for done in (0.1, 0.4, 1.0):
        progress.advance(Progress(done, 100 * (1 - done)))
        progress.tick()
"""


@posix_only
def test_a_bar_shows_percent_and_time_left() -> None:
    """Room is left for it by every label, and the place in the queue is gone."""
    with Terminal(python(SHARES)) as terminal:
        assert terminal.finish() == 0
    states = [state.strip() for state in terminal.shown.split("\r")]
    bars = [state for state in states if "|" in state]
    assert [bar.split("%|")[0].split()[-1] for bar in dict.fromkeys(bars)] == [
        "0",
        "10",
        "40",
        "100",
    ]
    assert any(bar.endswith("| [00:00, 1:00 left]") for bar in bars)
    assert bars[-1].endswith("| [00:00]")
    assert all(len(state) < COLUMNS for state in states)
    assert not any("Queued" in bar for bar in bars)


@posix_only
def test_an_interrupted_bar_goes_away() -> None:
    """The traceback begins on a free line."""
    with Terminal(python(BAR.format(wait=WAIT))) as terminal:
        terminal.wait_for("on hold")
        terminal.type(CTRL_C)
        assert terminal.finish() != 0
    assert terminal.lines()[1].removeprefix("^C").startswith("Traceback")


WAITING = """
from voiceshift import Client

Client({uri!r}, {token!r}).create_cover("Song", "tenor")
"""


@posix_only
def test_the_time_goes_on_while_nothing_comes(voiceshift_service: ScriptedService) -> None:
    """The bar of a cover in the queue is drawn anew."""
    voiceshift_service.will_stall(at="queued")
    uri, token = voiceshift_service.uri, voiceshift_service.token
    with Terminal(python(WAITING.format(uri=uri, token=token))) as terminal:
        terminal.wait_for(r"Song: 0\.00B \[00:0[1-9][^\r]*Warteschlange")


BATCH = """
import threading
from voiceshift.display.progress import BatchProgress
from voiceshift.errors import CoverError

with BatchProgress(3, show=None) as progress:
    progress.add("Song", None)
    progress.add("Other Song", CoverError("no such song"))
    progress.notice("the service is full")
    progress.add("Third Song", None)
print("threads:", threading.active_count())
"""


@posix_only
def test_one_bar_counts_covers() -> None:
    """And how many of them failed; it is left to tell how it ended."""
    with Terminal(python(BATCH)) as terminal:
        assert terminal.finish() == 0
    bar, threads, _ = terminal.lines()
    assert bar.startswith("100%|")
    assert "| 3/3 [" in bar
    assert bar.endswith("1 failed]")
    assert threads == "threads: 1"
    assert "the service is full" in terminal.shown

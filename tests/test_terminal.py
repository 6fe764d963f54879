"""Progress on standard error: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.pseudo_terminal import CTRL_C, Terminal
from tests.support.samples import EVENTS
from voiceshift.events import Connected, Event, Queued
from voiceshift.progress import listening

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")


def python(script: str) -> list[str]:
    """The command that runs ``script``; warnings are errors in it."""
    return [sys.executable, "-W", "error", "-c", script]


def listen(events: list[Event]) -> None:
    """Have ``events`` shown."""
    with listening(None, progress=True, label="Song") as listener:
        assert listener is not None
        for event in events:
            listener(event)


# ---- lines


def test_lines_tell_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, since standard output is the script's own."""
    listen(EVENTS)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "Song: connected\n"
        "Song: Job wurde in die Warteschlange eingereiht.\n"
        "Song: receiving\n"
        "Song: 2 segments, 6 kB, 0:00\n"
    )


def test_lines_without_audio_have_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """What did not begin has no end."""
    listen([Connected("wss://example.org")])
    assert capsys.readouterr().err == "Song: connected\n"


def test_words_of_the_service_stay_on_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a line break nor an escape sequence of it reaches the terminal."""
    listen([Queued("wait\nSong: done\r\x1b]0;title\x07")])
    assert capsys.readouterr().err == "Song: wait Song: done  ]0;title \n"


# ---- a bar on a terminal

BAR = """
import sys, threading
from voiceshift.events import Connected, Queued, Segment
from voiceshift.progress import listening

with listening(None, progress=None, label="Song") as listener:
    listener(Connected("wss://example.org"))
    listener(Segment(0, "Title", b"x" * 4000, is_final=False))
    listener(Segment(1, "Title", b"x" * 2000, is_final=False))
    listener(Queued("on\\nhold"))
    {wait}
print("threads:", threading.active_count())
"""


@posix_only
def test_a_bar_counts_bytes_and_goes_away() -> None:
    """Unasked, with words behind it; at the end the line is free again."""
    with Terminal(python(BAR.format(wait=""))) as terminal:
        assert terminal.finish() == 0
    states = [state.strip() for state in terminal.shown.split("\r")]
    assert any(state.startswith("Song: 0.00B") and "connected" in state for state in states)
    assert any(state.startswith("Song: 6.00kB") and "on hold" in state for state in states)
    assert terminal.lines() == ["threads: 1", ""]


@posix_only
def test_an_interrupted_bar_goes_away() -> None:
    """The traceback begins on a free line."""
    with Terminal(python(BAR.format(wait="sys.stdin.readline()"))) as terminal:
        terminal.wait_for("on hold")
        terminal.type(CTRL_C)
        assert terminal.finish() != 0
    assert terminal.lines()[0].removeprefix("^C").startswith("Traceback")


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


TALLY = """
import threading
from voiceshift.errors import CoverError
from voiceshift.progress import counting

with counting(None, total=3) as tally:
    tally.succeed()
    tally.fail("Other Song", CoverError("no such song"))
    tally.notice("the service is full")
    tally.succeed()
print("threads:", threading.active_count())
"""


@posix_only
def test_one_bar_counts_covers() -> None:
    """And how many of them failed; it is left to tell how it ended."""
    with Terminal(python(TALLY)) as terminal:
        assert terminal.finish() == 0
    bar, threads, _ = terminal.lines()
    assert bar.startswith("100%|")
    assert "| 3/3 [" in bar
    assert bar.endswith("1 failed]")
    assert threads == "threads: 1"
    assert "the service is full" in terminal.shown

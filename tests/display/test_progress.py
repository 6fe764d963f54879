"""Progress: where it shows, who hears of it, and that it ends with what it is of."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import run_python
from tests.support.samples import EVENTS
from voiceshift.display.progress import counting, listening
from voiceshift.errors import CoverError
from voiceshift.events import Event, Segment

if TYPE_CHECKING:
    from collections.abc import Callable


def listen(
    events: list[Event],
    on_event: Callable[[Event], object] | None = None,
    *,
    progress: bool | None = True,
) -> None:
    """Have ``events`` shown."""
    with listening(on_event, progress=progress, label="Song") as listener:
        assert listener is not None
        for event in events:
            listener(event)


# ---- who is called


@pytest.mark.parametrize("progress", [False, None])
def test_nobody_listens_where_nothing_is_shown(progress: bool | None) -> None:
    """So that the reader need not announce each segment; here is no terminal."""
    with listening(None, progress=progress, label="Song") as listener:
        assert listener is None


@pytest.mark.parametrize("progress", [False, None, True])
def test_every_event_reaches_the_user(progress: bool | None) -> None:
    """With and without a display, in order."""
    seen: list[Event] = []
    listen(EVENTS, seen.append, progress=progress)
    assert seen == EVENTS


@pytest.mark.parametrize("progress", [False, True])
def test_the_user_hears_no_tick(progress: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing has happened; a pipe has no line for it either."""
    seen: list[Event] = []
    with listening(seen.append, progress=progress, label="Song") as listener:
        assert listener is not None
        listener.tick()
    assert (seen, capsys.readouterr()) == ([], ("", ""))


class OwnError(Exception):
    """Of the user's function."""


@pytest.mark.parametrize("progress", [False, True])
def test_error_of_the_user_ends_the_display(
    progress: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """It goes on to the caller, and the display says how far it came."""

    def fail(event: Event) -> None:
        if isinstance(event, Segment):
            raise OwnError

    with pytest.raises(OwnError):
        listen(EVENTS, fail, progress=progress)
    shown = capsys.readouterr().err
    assert shown.endswith("Song: 1 segment, 4 kB, 0:00, incomplete\n") if progress else not shown


# ---- where nobody can see it


NO_CONSOLE = """
import sys
from voiceshift.events import Connected
from voiceshift.display.progress import listening

sys.stderr = None  # as pythonw has it
with listening(print, progress=True, label="Song") as listener:
    listener(Connected("wss://example.org"))
"""


def test_program_without_a_console_shows_nothing() -> None:
    """Asked to show progress nevertheless, it does not fail."""
    assert run_python(NO_CONSOLE) == "Connected(uri='wss://example.org')\n"


# ---- many covers


@pytest.mark.parametrize("progress", [False, None])
def test_nothing_is_counted_where_nobody_looks(
    progress: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unasked, or told to be quiet."""
    with counting(progress, total=2) as tally:
        tally.succeed()
        tally.notice("the service is full")
        tally.fail("Song", CoverError("no such song"))
    assert capsys.readouterr() == ("", "")


def test_covers_are_counted_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe each failure has a line, whatever words the service chose; the sum comes last."""
    with counting(True, total=3) as tally:
        tally.succeed()
        tally.notice("the service\nis full")
        tally.fail("Song", CoverError("no\nsuch song"))
    assert capsys.readouterr() == (
        "",
        "the service is full\nSong: no such song\n2 of 3 covers, 1 failed\n",
    )


def test_counting_ends_with_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupt ends it too; without a total there is no end to tell."""
    with suppress(KeyboardInterrupt), counting(True) as tally:
        tally.succeed()
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "1 covers\n"


GONE = """
import os
from voiceshift.errors import CoverError
from voiceshift.events import Connected
from voiceshift.display.progress import counting, listening

os.close(2)
with counting(True) as tally, listening(print, progress=True, label="Song") as listener:
    listener(Connected("wss://example.org"))
    listener.tick()
    tally.succeed()
    tally.notice("the service is full")
    tally.fail("Song", CoverError("no such song"))
"""


def test_a_watcher_that_is_gone_stops_nothing() -> None:
    """A pipe that nobody reads any more, or a closed terminal."""
    assert run_python(GONE) == "Connected(uri='wss://example.org')\n"

"""Progress: where it shows, what it says, and that it ends with what it is of."""

from __future__ import annotations

from contextlib import suppress

import pytest

from tests.support.processes import run_python
from voiceshift.display.progress import BatchProgress, CoverProgress
from voiceshift.errors import CoverError
from voiceshift.events import Progress as Made

# ---- one cover


@pytest.mark.parametrize("show", [False, None])
def test_a_cover_is_shown_only_where_somebody_looks(
    show: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here is no terminal; whoever knows it need not announce each segment."""
    with CoverProgress("Song", show=show) as progress:
        assert not progress.is_shown
        progress.notice("connected")
        progress.add(4000)
        progress.tick()
    assert capsys.readouterr() == ("", "")


def test_a_failure_ends_the_display(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how far the cover came."""
    with suppress(CoverError), CoverProgress("Song", show=True) as progress:
        progress.add(4000)
        raise CoverError("no such song")
    shown = capsys.readouterr().err
    assert shown == "Song: receiving\nSong: 4 kB, 0:00, incomplete\n"


def test_a_share_is_told_in_lines_and_only_grows(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no bar, at each quarter; what the cover waited for is over.

    The last line, and the only one of the finished cover, is how much came in what time.
    """
    with CoverProgress("Song", show=True) as progress:
        progress.notice("Queued at position 1.")
        for hundredths in range(0, 101, 10):
            progress.advance(Made(hundredths / 100, 100 - hundredths))
            progress.add(1000)
    assert capsys.readouterr().err.splitlines() == [
        "Song: Queued at position 1.",
        "Song: receiving",
        "Song: 30%, 1:10 left",
        "Song: 50%, 0:50 left",
        "Song: 80%, 0:20 left",
        "Song: 11 kB, 0:00",
    ]


def test_a_cover_that_breaks_off_tells_how_much_came(capsys: pytest.CaptureFixture[str]) -> None:
    """How long it would have taken does not matter any more."""
    with suppress(CoverError), CoverProgress("Song", show=True) as progress:
        progress.advance(Made(0.4, 60))
        progress.add(4000)
        raise CoverError("the song is damaged")
    assert capsys.readouterr().err.splitlines()[-1] == "Song: 4 kB, 0:00, incomplete"


def test_a_remark_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe it is a line of its own, whatever words the service chose."""
    with CoverProgress("Song", show=True) as progress:
        progress.remark("pitch -1:\nnearest to the voice")
    with CoverProgress("Song", show=False) as progress:
        progress.remark("nobody looks")
    assert capsys.readouterr() == ("", "Song: pitch -1: nearest to the voice\n")


# ---- many covers


@pytest.mark.parametrize("show", [False, None])
def test_a_batch_is_shown_only_where_somebody_looks(
    show: bool | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unasked, or told to be quiet."""
    with BatchProgress(2, show=show) as progress:
        progress.add("Song", None)
        progress.notice("the service is full")
        progress.add("Song", CoverError("no such song"))
    assert capsys.readouterr() == ("", "")


def test_covers_are_counted_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe each failure has a line, whatever words the service chose; the sum comes last."""
    with BatchProgress(3, show=True) as progress:
        progress.add("Song", None)
        progress.notice("the service\nis full")
        progress.add("Song", CoverError("no\nsuch song"))
    assert capsys.readouterr() == (
        "",
        "the service is full\nSong: no such song\n2 of 3 covers, 1 failed\n",
    )


def test_counting_ends_with_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """An interrupt ends it too; without a total there is no end to tell."""
    with suppress(KeyboardInterrupt), BatchProgress(None, show=True) as progress:
        progress.add("Song", None)
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "1 cover\n"


# ---- where nobody can see it


NO_CONSOLE = """
import sys
from voiceshift.display.progress import CoverProgress

sys.stderr = None  # as pythonw has it
with CoverProgress("Song", show=True) as progress:
    progress.notice("connected")
    print(progress.is_shown)
"""


def test_program_without_a_console_shows_nothing() -> None:
    """Asked to show progress nevertheless, it does not fail."""
    assert run_python(NO_CONSOLE) == "False\n"


GONE = """
import os
from voiceshift.display.progress import BatchProgress, CoverProgress
from voiceshift.errors import CoverError
from voiceshift.events import Progress as Made

os.close(2)
with BatchProgress(None, show=True) as batch, CoverProgress("Song", show=True) as cover:
    cover.notice("connected")
    cover.add(4000)
    cover.tick()
    batch.add("Song", None)
    batch.notice("the service is full")
    batch.add("Song", CoverError("no such song"))
print("all is made")
"""


def test_a_watcher_that_is_gone_stops_nothing() -> None:
    """A pipe that nobody reads any more, or a closed terminal."""
    assert run_python(GONE) == "all is made\n"

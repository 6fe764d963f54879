"""Progress of one cover: where it shows, what it says, and that it ends with the cover."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.processes import run_python
from voiceshift.events import Authenticated, Connected, Event, Queued, Segment
from voiceshift.progress import listening

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTED = Connected("wss://example.org")
QUEUED = Queued("Job wurde in die Warteschlange eingereiht.")
EVENTS: list[Event] = [
    CONNECTED,
    Authenticated(),
    QUEUED,
    Segment(0, "Title", b"x" * 4000, is_final=False),
    Segment(1, "Title", b"x" * 2000, is_final=True),
]


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
    assert shown.endswith("Song: 1 segments, 4 kB\n") if progress else not shown


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
        "Song: 2 segments, 6 kB\n"
    )


def test_lines_without_audio_have_no_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """What did not begin has no end."""
    listen([CONNECTED])
    assert capsys.readouterr().err == "Song: connected\n"


def test_words_of_the_service_stay_on_their_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a line break nor an escape sequence of it reaches the terminal."""
    listen([Queued("wait\nSong: done\r\x1b]0;title\x07")])
    assert capsys.readouterr().err == "Song: wait Song: done  ]0;title \n"


NO_CONSOLE = """
import sys
from voiceshift.events import Connected
from voiceshift.progress import listening

sys.stderr = None  # as pythonw has it
with listening(print, progress=True, label="Song") as listener:
    listener(Connected("wss://example.org"))
"""


def test_program_without_a_console_shows_nothing() -> None:
    """Asked to show progress nevertheless, it does not fail."""
    assert run_python(NO_CONSOLE) == "Connected(uri='wss://example.org')\n"


# ---- a bar on a terminal

BAR = """
import threading
from voiceshift.events import Connected, Queued, Segment
from voiceshift.progress import listening

def fail(event):
    if event == Queued("fail"):
        raise KeyboardInterrupt

with listening(fail, progress=None, label="Song") as listener:
    listener(Connected("wss://example.org"))
    listener(Segment(0, "Title", b"x" * 4000, is_final=False))
    listener(Segment(1, "Title", b"x" * 2000, is_final=False))
    listener(Queued("on\\nhold"))
    print("threads:", threading.active_count())
    {end}
"""


def terminal_output(script: str) -> tuple[str, str]:
    """What ``script`` writes to standard output, and to a terminal as standard error."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", script],
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
        )
    finally:
        os.close(theirs)
    shown = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):  # the end on Linux
        while piece := terminal.read(1024):
            shown += piece
    printed, _ = process.communicate(timeout=60)
    return printed, shown.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
@pytest.mark.parametrize("end", ["", "listener(Queued('fail'))"], ids=["complete", "interrupted"])
def test_bar_counts_bytes_and_goes_away(end: str) -> None:
    """On a real terminal, unasked; however the cover ends, the line is free again."""
    printed, shown = terminal_output(BAR.format(end=end))
    states = [state.strip() for state in shown.replace("\r\n", "\n").split("\r")]
    assert any(state.startswith("Song: 0.00B") and "connected" in state for state in states)
    assert any(state.startswith("Song: 6.00kB") and "on hold" in state for state in states)
    assert states[-2] == ""  # the line was overwritten with spaces
    assert states[-1].startswith("Traceback") if end else states[-1] == ""
    assert printed == "threads: 1\n"


# ---- a line in a notebook


class NotebookOutput:
    """In place of IPython, which is not installed with these tests: what a cell would show."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display(self, data: dict[str, str], **options: Any) -> NotebookOutput:
        """As ``IPython.display.display`` with ``display_id=True``."""
        assert options == {"raw": True, "display_id": True}
        self.shown.append(data["text/plain"])
        return self

    def update(self, data: dict[str, str], *, raw: bool) -> None:
        """As a display handle's."""
        assert raw
        self.shown[-1] = data["text/plain"]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> NotebookOutput:
    """Make this process look like the kernel of a notebook."""
    output = NotebookOutput()
    module, display = ModuleType("IPython"), ModuleType("IPython.display")
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setattr(module, "get_ipython", lambda: shell, raising=False)
    monkeypatch.setattr(display, "display", output.display, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", module)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return output


@pytest.mark.parametrize("progress", [None, True])
def test_notebook_shows_one_line(notebook: NotebookOutput, progress: bool | None) -> None:
    """Updated in place, and left as it was at the end."""
    seen: list[str] = []
    listen(EVENTS, lambda _: seen.extend(notebook.shown), progress=progress)
    assert seen == [
        "Song: connected",
        "Song: connected",
        "Song: Job wurde in die Warteschlange eingereiht.",
        "Song: 1 segments, 4 kB",
        "Song: 2 segments, 6 kB",
    ]
    assert notebook.shown == seen[-1:]


def test_notebook_stays_quiet_when_told_to(notebook: NotebookOutput) -> None:
    """``progress=False`` shows nothing anywhere."""
    listen(EVENTS, print, progress=False)
    assert notebook.shown == []

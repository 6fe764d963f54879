"""The commands on a real terminal, with a user who types."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.pseudo_terminal import CTRL_C, Terminal
from tests.support.tools import needs_tool
from voiceshift.cli import main

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")

BASH = shutil.which("bash")
VOICESHIFT = [sys.executable, "-W", "error", "-m", "voiceshift"]
COVER = [*VOICESHIFT, "cover", "Amazing Grace", "--voice", "tenor"]


def test_a_cover_has_a_bar_and_leaves_one_line(voiceshift_service: ScriptedService) -> None:
    """The bar says what is waited for, and goes; the result stays."""
    with Terminal(COVER) as terminal:
        assert terminal.finish() == 0
    assert "Amazing Grace: 0.00B [00:0" in terminal.shown
    assert "Job wurde in die Warteschlange eingereiht." in terminal.shown
    (line, end) = terminal.lines()
    assert line.startswith(
        "Amazing Grace - tenor.ogg: Amazing Grace (tenor, +0), 3 kB of audio/ogg"
    )
    assert end == ""


def test_quiet_has_no_bar(voiceshift_service: ScriptedService) -> None:
    """Only the result is shown."""
    with Terminal([*COVER, "--quiet"]) as terminal:
        assert terminal.finish() == 0
    assert re.fullmatch(r"Amazing Grace - tenor\.ogg: .* in [\d.]+ s\r\n", terminal.shown)


def test_ctrl_c_ends_a_cover(voiceshift_service: ScriptedService) -> None:
    """The key, not only the signal; no traceback is shown, and no file is left."""
    voiceshift_service.will_stall(at="queued")
    with Terminal(COVER) as terminal:
        terminal.wait_for("Warteschlange")
        terminal.type(CTRL_C)
        assert terminal.finish() == 130
    line, end = terminal.lines()
    assert line.startswith("voiceshift: interrupted")
    assert end == ""
    assert list(Path().iterdir()) == []


@needs("numpy")
def test_ctrl_c_ends_the_service() -> None:
    """It tells its address and how to stop it; stopped so, all is well."""
    with Terminal([*VOICESHIFT, "serve", "--port", "0"]) as terminal:
        terminal.wait_for("listening; Ctrl-C stops\r\n")
        terminal.type(CTRL_C)
        assert terminal.finish() == 0
    assert re.search(r"VC_URI=ws://127\.0\.0\.1:\d+\r\nVC_TOKEN=\S+\r\nlistening", terminal.shown)


@needs_tool("bash", BASH)
@needs("shtab")
def test_a_shell_completes_commands(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script makes Tab know the commands and their options, in a real shell."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--print-completion", "bash"])
    Path("completion.bash").write_text(capsys.readouterr().out)
    monkeypatch.setenv("PS1", "ready>")
    with Terminal([BASH or "", "--norc", "--noprofile", "-i"]) as terminal:
        terminal.wait_for("ready>")
        terminal.type(b"source completion.bash; echo done\n")
        terminal.wait_for("done\r\n")
        terminal.type(b"voiceshift doct\t--js\t")
        terminal.wait_for("voiceshift doctor --json")
        terminal.type(b"\x15exit\n")  # Ctrl-U empties the line
        assert terminal.finish() == 0


def test_a_batch_tells_each_failure(voiceshift_service: ScriptedService) -> None:
    """With its reason, above the bar."""
    Path("songs.txt").write_text("first\n")
    voiceshift_service.will_fail("the song is too long")
    command = [*VOICESHIFT, "batch", "songs.txt", "--voice", "tenor", "-o", "covers"]
    with Terminal(command) as terminal:
        assert terminal.finish() == 5
    assert any("first (tenor, +0): the song is too long" in line for line in terminal.lines())

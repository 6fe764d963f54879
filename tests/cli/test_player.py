"""``--play``: the cover is played by a player of the system, where there is one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import files
from voiceshift.cli import main

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

COVER = ("cover", "Amazing Grace", "--voice", "tenor", "--quiet", "--play")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system itself knows a player")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are looked for."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.chdir(folder.parent)
    return folder


def install(programs: Path, name: str, exit_code: int = 0) -> None:
    """A player that writes down what it is asked to play."""
    program = programs / name
    script = "import sys; open('played', 'w').write(' '.join(sys.argv)); print('loud')"
    program.write_text(f"#!{sys.executable}\n{script}\nsys.exit({exit_code})\n")
    program.chmod(0o755)


def test_a_cover_is_played(
    programs: Path, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """By the most able player; what it has to say stays out of the result."""
    for name in ("aplay", "mpv", "paplay"):
        install(programs, name)
    assert main([*COVER, "--json"]) == 0
    output, errors = capsys.readouterr()
    path = Path(json.loads(output)["path"]).absolute()
    assert Path("played").read_text() == f"{programs / 'mpv'} --no-video --really-quiet {path}"
    assert errors == ""


def test_a_player_is_chosen_by_what_it_plays(
    programs: Path, voiceshift_service: ScriptedService
) -> None:
    """Not every one plays every format."""
    for name in ("afplay", "paplay"):
        install(programs, name)
    for content, player in ((b"OggS", "paplay"), (b"RIFF\0\0\0\0WAVE", "afplay")):
        voiceshift_service.will_stream(content, segments=1)
        assert main([*COVER]) == 0
        assert Path("played").read_text().startswith(f"{programs / player} ")


def test_without_a_player_it_is_told(
    programs: Path, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The cover is there all the same."""
    install(programs, "aplay")  # for WAV only
    assert main([*COVER]) == 0
    remark = "voiceshift: no player for .ogg files is installed; looked for mpv, ffplay, afplay"
    assert capsys.readouterr().err.startswith(remark)
    assert "Amazing Grace - tenor.ogg" in files()


def test_a_player_that_fails_is_told(
    programs: Path, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """With its exit code."""
    install(programs, "ffplay", exit_code=7)
    assert main([*COVER]) == 0
    assert "ffplay could not play Amazing Grace - tenor.ogg" in capsys.readouterr().err

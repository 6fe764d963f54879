"""``voiceshift cover``: the file it writes, what it prints, and where the token comes from."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import files
from voiceshift.cli import main
from voiceshift.testing import DEFAULT_AUDIO

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

COVER = ("cover", "Amazing Grace", "--voice", "tenor")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


# ---- cover: the file


def test_a_cover_is_named_after_song_and_voice(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """In the working directory, with the suffix of its content; the result is told in one line."""
    assert main([*COVER]) == 0
    assert files() == ["Amazing Grace - tenor.ogg"]
    assert Path("Amazing Grace - tenor.ogg").read_bytes() == DEFAULT_AUDIO
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Amazing Grace - tenor.ogg: Amazing Grace (tenor, +0), 3 kB of audio/")


def test_an_earlier_cover_is_not_overwritten(voiceshift_service: ScriptedService) -> None:
    """A default name that is taken gets a number."""
    for _ in range(3):
        assert main([*COVER]) == 0
    names = ["Amazing Grace - tenor (2).ogg", "Amazing Grace - tenor (3).ogg"]
    assert files() == [*names, "Amazing Grace - tenor.ogg"]


@pytest.mark.parametrize(
    ("song", "name"),
    [
        ("Mr. Brightside", "Mr_ Brightside - tenor.ogg"),
        ("AC/DC - Thunderstruck", "AC-DC - Thunderstruck - tenor.ogg"),
        ("../../etc/passwd", "etc-passwd - tenor.ogg"),
        ("https://youtu.be/dQw4w9WgXcQ?t=1", "https-youtu_be-dQw4w9WgXcQ-t=1 - tenor.ogg"),
    ],
)
def test_a_title_becomes_a_safe_name(
    song: str, name: str, voiceshift_service: ScriptedService
) -> None:
    """All of the title is in it, and it stays in the folder."""
    assert main(["cover", song, "--voice", "tenor"]) == 0
    assert files() == [name]


def test_a_file_is_covered_under_its_name_without_suffix(
    voiceshift_service: ScriptedService,
) -> None:
    """Folders and suffix of the song are not in the cover's name."""
    Path("songs").mkdir()
    Path("songs/My Song.mp3").touch()
    assert main(["cover", "songs/My Song.mp3", "--voice", "tenor"]) == 0
    assert files() == ["My Song - tenor.ogg", "songs"]


def test_output_names_the_file(voiceshift_service: ScriptedService) -> None:
    """An existing file of that name is replaced, as it was asked for."""
    for _ in range(2):
        assert main([*COVER, "-o", "my cover.ogg"]) == 0
    assert files() == ["my cover.ogg"]


def test_output_without_a_suffix_gets_that_of_the_content(
    voiceshift_service: ScriptedService,
) -> None:
    """Players go by it."""
    voiceshift_service.will_stream(b"fLaC" + bytes(100))
    assert main([*COVER, "-o", "cover"]) == 0
    assert files() == ["cover.flac"]


def test_output_names_the_folder(voiceshift_service: ScriptedService) -> None:
    """In it the file has the default name."""
    Path("covers").mkdir()
    assert main([*COVER, "-o", "covers"]) == 0
    assert files() == ["covers"]
    assert Path("covers/Amazing Grace - tenor.ogg").is_file()


def test_output_names_a_folder_that_is_not_there(voiceshift_service: ScriptedService) -> None:
    """It is made where the path ends in a slash."""
    assert main([*COVER, "-o", "covers/"]) == 0
    assert files() == ["covers"]
    assert Path("covers/Amazing Grace - tenor.ogg").is_file()


@pytest.mark.parametrize("output", ["missing/cover", "missing/cover.ogg", "file/", "x" * 300])
def test_output_that_cannot_be_written_sends_nothing(
    output: str, voiceshift_service: ScriptedService
) -> None:
    """The folder of a file has to be there."""
    Path("file").touch()
    assert main([*COVER, "-o", output]) == 2
    assert voiceshift_service.connections == 0
    assert files() == ["file"]


def test_no_clobber_keeps_the_file(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Nothing is sent; a file that is not there is written."""
    for code in (0, 2):
        assert main([*COVER, "--no-clobber", "-o", "cover.ogg"]) == code
    assert "cover.ogg is already there" in capsys.readouterr().err
    assert len(voiceshift_service.requests) == 1
    assert files() == ["cover.ogg"]


def test_no_clobber_refuses_no_name_of_ours(voiceshift_service: ScriptedService) -> None:
    """It is a free one anyway."""
    for _ in range(2):
        assert main([*COVER, "--no-clobber"]) == 0
    assert files() == ["Amazing Grace - tenor (2).ogg", "Amazing Grace - tenor.ogg"]


@posix_only
@pytest.mark.parametrize("redirected", ["> output", "| cat > output"])
def test_the_audio_goes_to_standard_output(
    redirected: str, voiceshift_service: ScriptedService
) -> None:
    """And nothing else: there the result is told on standard error."""
    command = shlex.join([sys.executable, "-m", "voiceshift", *COVER, "--quiet"])
    finished = subprocess.run(
        f"{command} -o /dev/stdout {redirected}",
        shell=True,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    assert Path("output").read_bytes() == DEFAULT_AUDIO
    assert finished.stderr.startswith("/dev/stdout: Amazing Grace (tenor, +0), ")
    assert Path("/dev/stdout").is_symlink()


@pytest.mark.parametrize("output", ["song.ogg", "./song.ogg"])
def test_the_song_itself_is_never_written_to(
    output: str, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """Nothing is sent."""
    Path("song.ogg").write_bytes(b"the song")
    assert main(["cover", "song.ogg", "--voice", "tenor", "-o", output]) == 2
    assert "is the song itself, which is never written to" in capsys.readouterr().err
    assert voiceshift_service.connections == 0
    assert Path("song.ogg").read_bytes() == b"the song"


@pytest.mark.part_files("cover.ogg.part")
def test_what_arrived_before_a_failure_is_kept_and_named(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The message has the path of the partial audio."""
    voiceshift_service.will_drop(at="segment")
    assert main([*COVER, "-o", "cover.ogg"]) == 4
    part = Path.cwd() / "cover.ogg.part"
    assert f"is kept in {part}" in capsys.readouterr().err
    assert part.read_bytes() == DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]


def test_nothing_is_kept_where_nothing_arrived(voiceshift_service: ScriptedService) -> None:
    """No empty file is left behind."""
    voiceshift_service.will_fail("no such song")
    assert main([*COVER]) == 5
    assert files() == []


# ---- cover: what is printed


def test_with_json_the_result_is_json(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """One object on standard output, and nothing else anywhere."""
    assert main([*COVER, "--pitch", "-1", "--json"]) == 0
    output, errors = capsys.readouterr()
    result = json.loads(output)
    assert result.pop("elapsed") > 0
    assert result == {
        "path": "Amazing Grace - tenor.ogg",
        "title": "Amazing Grace (tenor, -1)",
        "media_type": "audio/ogg",
        "size": len(DEFAULT_AUDIO),
        "segments": 3,
    }
    assert errors == ""


def test_progress_is_told_line_by_line(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """In a pipe or a log file there is no bar."""
    assert main([*COVER]) == 0
    *states, total = capsys.readouterr().err.splitlines()
    assert states == [
        "Amazing Grace: connected",
        "Amazing Grace: Job wurde in die Warteschlange eingereiht.",
        "Amazing Grace: receiving",
    ]
    assert total.startswith("Amazing Grace: 3 kB, 0:")


def test_quiet_shows_no_progress(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """The result is printed all the same."""
    assert main([*COVER, "--quiet"]) == 0
    output, errors = capsys.readouterr()
    assert output.startswith("Amazing Grace - tenor.ogg: ")
    assert errors == ""


# ---- cover: the token


def test_a_token_on_the_command_line_is_warned_of(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """It works, but other users can see it."""
    monkeypatch.delenv("VC_TOKEN")
    assert main([*COVER, "--quiet", "--token", voiceshift_service.token]) == 0
    errors = capsys.readouterr().err
    assert errors.startswith("voiceshift: warning: ")
    assert "--token-file" in errors


def test_a_token_is_read_from_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """The line's end is not part of it; nobody is warned."""
    monkeypatch.setenv("VC_TOKEN", "a-wrong-token")
    Path("token.txt").write_text(f"{voiceshift_service.token}\n")
    assert main([*COVER, "--quiet", "--token-file", "token.txt"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe"])
def test_a_token_file_without_a_token_is_refused(
    content: bytes, voiceshift_service: ScriptedService
) -> None:
    """Empty, of several lines, or no text."""
    Path("token.txt").write_bytes(content)
    assert main([*COVER, "--token-file", "token.txt"]) == 2
    assert voiceshift_service.connections == 0


def test_the_token_is_never_printed(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Not even where the service repeats it."""
    token = voiceshift_service.token
    voiceshift_service.will_close(4001, f"no such token: {token}", at="token")
    voiceshift_service.will_fail(f"no such token: {token}")
    voiceshift_service.will_close(1011, token)
    codes = [main([*COVER, "--token", token, "--json"]) for _ in range(4)]
    assert codes == [3, 5, 4, 0]
    assert token not in "".join(capsys.readouterr())

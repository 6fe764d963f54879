"""``voiceshift batch``: lists in, covers and a line for each out."""

from __future__ import annotations

import io
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.command_line import voiceshift
from voiceshift.cli import main
from voiceshift.testing import DEFAULT_AUDIO

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

BATCH = ("batch", "songs.txt", "--voice", "tenor", "-o", "covers")


@pytest.fixture(autouse=True)
def songs() -> None:
    """A list of three songs in the working directory."""
    Path("songs.txt").write_text("first\nsecond\nthird\n", encoding="utf-8")


def covers() -> list[Path]:
    """The covers that were made."""
    return sorted(path for path in Path("covers").iterdir() if path.suffix != ".jsonl")


def test_a_list_becomes_covers(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Each is told in a line, and at the end how many there are."""
    assert main([*BATCH]) == 0
    assert [path.read_bytes() for path in covers()] == [DEFAULT_AUDIO] * 3
    printed = capsys.readouterr()
    for path in covers():
        assert f"{path.absolute()}: " in printed.out
    assert printed.err.endswith("voiceshift: 3 made, 0 already there, 0 failed\n")


def test_again_it_makes_what_is_missing(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """A failure is told, and an exit code; run again, all is well."""
    voiceshift_service.will_fail("no such song")
    assert main([*BATCH, "--workers", "1"]) == 5
    words = "voiceshift: first (tenor, +0): no such song\n"
    assert capsys.readouterr().err == f"{words}voiceshift: 2 made, 0 already there, 1 failed\n"
    assert main([*BATCH]) == 0
    assert capsys.readouterr().err == "voiceshift: 1 made, 2 already there, 0 failed\n"
    assert len(voiceshift_service.requests) == 4


def test_all_anew(voiceshift_service: ScriptedService) -> None:
    """With ``--no-resume``."""
    for _ in range(2):
        assert main([*BATCH, "--no-resume"]) == 0
    assert len(voiceshift_service.requests) == 6
    assert len(covers()) == 3


def test_lines_for_scripts(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """One JSON object for each request, whatever became of it."""
    voiceshift_service.will_drop(at="segment")
    assert main([*BATCH, "--workers", "1", "--json", "--pitch", "-1"]) == 5
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    failed, made, _ = lines
    assert failed["error"] == "ConnectionLost"
    assert Path(failed["partial"]).is_file()
    assert failed["partial"] in failed["message"]
    assert failed.items() >= {"song": "first", "voice": "tenor", "pitch": -1}.items()
    assert Path(made["path"]).read_bytes() == DEFAULT_AUDIO
    assert made.items() >= {"song": "second", "resumed": False, "user_id": None}.items()
    assert main([*BATCH, "--json", "--pitch", "-1"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["resumed"] for line in lines] == [True, True, False] or len(lines) == 3
    assert sum(line["resumed"] for line in lines) == 2


def test_no_workers(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Are not the default number of them."""
    assert main([*BATCH, "--workers", "0"]) == 2
    assert "workers must be a whole number above 0" in capsys.readouterr().err


def test_a_list_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """In each of the forms."""
    given = io.TextIOWrapper(io.BytesIO(b'{"song": "a", "voice": "bass", "pitch": 1}\n'))
    monkeypatch.setattr(sys, "stdin", given)
    assert main(["batch", "-", "-o", "covers"]) == 0
    (request,) = voiceshift_service.requests
    assert (request["song"], request["model"], request["pitch"]) == ("a", "bass", 1)


def test_a_wrong_line_is_told_before_anything_is_sent(
    capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """With file and line."""
    Path("songs.csv").write_text("song,pitch\na,0\nb,9\n", encoding="utf-8")
    assert main(["batch", "songs.csv", "--voice", "tenor", "-o", "covers"]) == 2
    assert capsys.readouterr().err.startswith("voiceshift: songs.csv line 3: pitch must be")
    assert voiceshift_service.requests == []


def test_a_wrong_line_of_standard_input(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """Is met when it is read: what was begun before comes to its end."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"song,pitch\na,0\nb,9\n")))
    assert main(["batch", "-", "--voice", "tenor", "-o", "covers"]) == 2
    assert "standard input line 3: pitch must be" in capsys.readouterr().err
    assert len(covers()) == 1


def test_a_refused_token(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Ends all at once, with its own code."""
    Path("token").write_text("wrong", encoding="utf-8")
    assert main([*BATCH, "--token-file", "token"]) == 3
    assert "4001" in capsys.readouterr().err
    assert covers() == []


@pytest.mark.slow
@needs("numpy")
def test_without_a_token_files_are_covered_on_this_machine(capsys: Capture) -> None:
    """A remark says so; a file that is missing costs itself alone, a title needs a token."""
    Path("songs.txt").write_text("missing.ogg\ndemo\n", encoding="utf-8")
    assert main([*BATCH]) == 5
    errors = capsys.readouterr().err
    assert "no token is set and demo is here: the embedded service makes the cover" in errors
    assert "missing.ogg (tenor, +0): there is no file at" in errors
    assert len(covers()) == 1
    Path("songs.txt").write_text("demo\nAmazing Grace\n", encoding="utf-8")
    assert main([*BATCH]) == 2
    assert "no API token: looked at --token-file" in capsys.readouterr().err


@pytest.mark.slow
@needs("numpy")
def test_covers_of_this_machine(capsys: Capture, caplog: pytest.LogCaptureFixture) -> None:
    """Without a service and without a token; what was changed in the list is noticed."""
    Path("songs.txt").write_text("demo\n", encoding="utf-8")
    assert main([*BATCH, "--local"]) == 0
    assert covers()[0].suffix == ".ogg"
    Path("songs.txt").write_text("unknown\n", encoding="utf-8")
    assert main([*BATCH, "--local"]) == 5
    assert "there is no song called 'unknown'" in capsys.readouterr().err
    left_over = f"1 cover in {Path('covers').absolute()} belongs to none of these requests"
    assert caplog.messages == [left_over]


@pytest.mark.parametrize(
    "options", [("--token", "a"), ("--token-file", "token"), ("--uri", "ws://127.0.0.1:9")]
)
def test_a_token_stays_here(options: tuple[str, str], capsys: Capture) -> None:
    """The workers of a cluster have their own."""
    assert main([*BATCH, "--dask", "tcp://127.0.0.1:9", *options]) == 2
    assert "no token is sent to them; leave out --uri" in capsys.readouterr().err


@pytest.mark.slow
@needs("distributed")
@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("tcp://127.0.0.1:{port}", 4, "no Dask scheduler answers at tcp://127.0.0.1:{port}"),
        ("nonsense://", 2, "'nonsense://' is not the address of a Dask scheduler"),
    ],
)
def test_a_cluster_that_is_not_there(
    address: str, code: int, words: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made."""
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    with voiceshift(*BATCH, "--dask", address.format(port=closed_port)) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert words.format(port=closed_port) in errors


def test_folders_are_for_local_covers(capsys: Capture) -> None:
    """A service has its own."""
    assert main([*BATCH, "--uri", "ws://127.0.0.1:9", "--songs", "."]) == 2
    assert "leave out --uri" in capsys.readouterr().err


def test_without_dask(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command that installs it."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([*BATCH, "--dask", "tcp://127.0.0.1:9"]) == 2
    assert 'pip install "voiceshift[dask]"' in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be interrupted from outside")
def test_an_interrupt_names_what_is_partial(voiceshift_service: ScriptedService) -> None:
    """What is complete stays, and nothing is half."""
    voiceshift_service.will_stream()
    voiceshift_service.will_stall(at="segment")
    with voiceshift(*BATCH, "--workers", "1") as process:
        assert voiceshift_service.stalled.wait(60)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    partial, complete = covers() if covers()[0].suffix == ".part" else reversed(covers())
    assert complete.read_bytes() == DEFAULT_AUDIO
    assert f"is kept in {partial.absolute()}" in errors
    assert errors.endswith("voiceshift: interrupted\n")
    partial.unlink()

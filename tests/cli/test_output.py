"""The command's output when it cannot be written: the work is done all the same."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from voiceshift.cli import main

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

SONGS = 8
VOICESHIFT = [sys.executable, "-W", "error", "-m", "voiceshift"]
BATCH = ["batch", "songs.txt", "--voice", "tenor", "-o", "covers", "--workers", "1"]
ALL_MADE = "voiceshift: 8 made, 0 already there, 0 failed\n"


@pytest.fixture(autouse=True)
def songs() -> None:
    """A list of songs with letters that not every encoding has."""
    lines = "".join(f"Größe 🎤 {number}\n" for number in range(SONGS))
    Path("songs.txt").write_text(lines, encoding="utf-8")


def made() -> int:
    """How many covers there are."""
    return len(list(Path("covers").glob("*.ogg")))


def run(*arguments: str, **options: Any) -> tuple[int, str]:
    """The command's exit code, and what it said on standard error."""
    finished = subprocess.run(
        [*VOICESHIFT, *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    return finished.returncode, finished.stderr


def test_a_batch_whose_reader_has_gone(voiceshift_service: ScriptedService) -> None:
    """As with ``| head -1``: all is made, and nothing is complained of."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        assert run(*BATCH, stdout=nobody) == (0, ALL_MADE)
    assert made() == SONGS


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no disk that is always full")
def test_a_batch_on_a_full_disk(voiceshift_service: ScriptedService) -> None:
    """All is made, and it is said once that the lines are lost."""
    with Path("/dev/full").open("wb") as full:
        code, errors = run(*BATCH, "--json", stdout=full)
    assert (code, made()) == (0, SONGS)
    lost, rest = errors.split("\n", 1)
    assert lost == "voiceshift: standard output cannot be written: No space left on device"
    assert rest == ALL_MADE


def test_a_batch_in_an_encoding_with_few_letters(voiceshift_service: ScriptedService) -> None:
    """As in a log on Windows: all is made, and told with question marks."""
    environment = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    with Path("log").open("wb") as log:
        assert run(*BATCH, stdout=log, env=environment) == (0, ALL_MADE)
    assert made() == SONGS
    lines = Path("log").read_bytes().decode("cp1252").splitlines()
    assert len(lines) == SONGS
    assert all("Größe ? " in line for line in lines)


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed otherwise")
@pytest.mark.parametrize("descriptors", [(1,), (2,), (1, 2)], ids=repr)
def test_a_batch_without_streams(
    descriptors: tuple[int, ...], voiceshift_service: ScriptedService
) -> None:
    """As with ``>&-``: what is for one stream never gets into the other."""
    closing = " ".join(f"{descriptor}>&-" for descriptor in descriptors)
    finished = subprocess.run(
        f"exec {sys.executable} -m voiceshift {' '.join(BATCH)} --json {closing}",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (finished.returncode, made()) == (0, SONGS)
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(lines) == (0 if 1 in descriptors else SONGS)
    assert finished.stderr == ("" if 2 in descriptors else ALL_MADE)


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed otherwise")
def test_wrong_usage_without_standard_error() -> None:
    """Standard output, which may be read as JSON, does not get the complaint instead."""
    finished = subprocess.run(
        f"exec {sys.executable} -m voiceshift cover --json 2>&-",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (finished.returncode, finished.stdout) == (2, "")


def test_wrong_usage_that_cannot_be_encoded() -> None:
    """The complaint quotes what was typed with escapes."""
    environment = os.environ | {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
    code, errors = run("cover", "x", "--voice", "v", "--pitch", "Größe", env=environment)
    assert code == 2
    assert errors.endswith(
        "pitch must be a whole number of octaves, or auto, not 'Gr\\xf6\\xdfe'\n"
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["voices", "--json"]], ids=repr)
def test_a_short_answer_whose_reader_has_gone(arguments: list[str]) -> None:
    """It waits in a buffer until Python ends."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        assert run(*arguments, stdout=nobody) == (0, "")


class Odd:
    """An object with nothing of a file."""

    def write(self, text: str) -> int:
        """Fail."""
        raise RuntimeError(text)


@pytest.mark.parametrize("stream", [None, Odd(), io.BytesIO()], ids=["none", "odd", "bytes"])
def test_a_cover_without_streams(
    stream: Any, voiceshift_service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a program that calls the command, whatever it has made of them."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        assert main(["cover", "Song", "--voice", "tenor", "-o", "cover.ogg"]) == 0
    assert Path("cover.ogg").is_file()


def test_json_is_json_and_nothing_else(
    voiceshift_service: ScriptedService, capsys: pytest.CaptureFixture[str]
) -> None:
    """Success or failure, each line is an object; what else there is to say goes elsewhere."""
    commands = [
        (["cover", "Größe 🎤", "--voice", "tenor", "-o", "cover.ogg", "--json"], 0),
        (["cover", "Song", "--voice", " ", "--json"], 2),
        (["cover", "Song", "--voice", "tenor", "--json", "--no-clobber", "-o", "cover.ogg"], 2),
        (["cover", "Song", "--voice", "tenor", "--json", "--play", "-o", "cover.bin"], 0),
        ([*BATCH, "--json"], 0),
        (["batch", "missing.txt", "-o", "covers", "--json"], 2),
        (["doctor", "--json"], 0),
        (["voices", "show", "missing", "--json"], 5),
    ]
    for arguments, expected in commands:
        code = main(arguments)
        printed = capsys.readouterr().out
        assert printed.isascii()
        assert [json.loads(line) for line in printed.splitlines()]
        assert code == expected, arguments

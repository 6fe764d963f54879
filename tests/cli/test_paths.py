"""Paths that are typed: what cannot be one is told with words, by every command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from voiceshift import Client, SettingsError, create_covers, create_local_covers
from voiceshift.cli import main
from voiceshift.local import Server
from voiceshift.local.tls import certificate_context
from voiceshift.testing import DEFAULT_AUDIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

COVER = ("cover", "Amazing Grace", "--voice", "tenor")
BATCH = ("batch", "songs.txt", "--voice", "tenor")

NOT_THERE = ["~songs", "~no-such-user/music", "x" * 300, "song.ogg/music"]
"""No such user, no such user's folder, a name that is too long, a file in place of a folder."""

READ = [
    ("batch", "{}", "-o", "covers"),
    (*BATCH, "-o", "covers", "--songs", "{}"),
    (*BATCH, "-o", "covers", "--voices", "{}"),
    (*BATCH, "-o", "covers", "--token-file", "{}"),
    (*COVER, "--token-file", "{}"),
    (*COVER, "--songs", "{}"),
    (*COVER, "--voices", "{}"),
    ("doctor", "--token-file", "{}"),
    ("serve", "--token-file", "{}"),
    ("serve", "--songs", "{}"),
    ("serve", "--voices", "{}"),
    ("serve", "--cert", "{}"),
    ("serve", "--cert", "song.ogg", "--key", "{}"),
    ("serve", "--separator", "sherpa:{}"),
    ("voices", "--voices", "{}"),
    ("voices", "show", "tenor", "--voices", "{}"),
    ("voices", "remove", "anna", "--voices", "{}"),
    ("voices", "add", "anna", "{}"),
    ("setup", "--from", "{}"),
]
"""Command lines that read a path."""


@pytest.fixture(autouse=True)
def files() -> None:
    """A list, and a file that is not audio."""
    Path("songs.txt").write_text("a song\n", encoding="utf-8")
    Path("song.ogg").touch()


@pytest.mark.parametrize("path", NOT_THERE, ids=lambda path: path[:30])
@pytest.mark.parametrize("arguments", READ, ids=" ".join)
def test_what_is_not_there_cannot_be_read(
    arguments: tuple[str, ...], path: str, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """It is a wrong setting, told with its path before anything is sent."""
    assert main([argument.format(path) for argument in arguments]) == 2
    assert path in capsys.readouterr().err
    assert voiceshift_service.connections == 0


@pytest.mark.parametrize("path", ["~no-such-user/cover.ogg", "x" * 300, f"{'x' * 300}/cover.ogg"])
def test_what_cannot_be_written_is_refused_before_anything_is_sent(
    path: str, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """A cover's file, with words on what is wrong."""
    assert main([*COVER, "-o", path]) == 2
    assert f"cannot write {Path(path).absolute()}" in capsys.readouterr().err
    assert voiceshift_service.connections == 0


@pytest.mark.parametrize("path", ["song.ogg", "x" * 300, "song.ogg/covers"])
def test_a_folder_that_cannot_be_made(
    path: str, capsys: Capture, voiceshift_service: ScriptedService
) -> None:
    """That of a batch."""
    assert main([*BATCH, "-o", path]) == 2
    assert f"cannot make the folder {path}" in capsys.readouterr().err
    assert voiceshift_service.connections == 0


def test_a_name_that_begins_like_a_user_is_a_name(voiceshift_service: ScriptedService) -> None:
    """Where there is no such user, as for a shell."""
    assert main([*COVER, "-o", "~songs.ogg"]) == 0
    assert Path("~songs.ogg").read_bytes() == DEFAULT_AUDIO


def test_the_home_folder_is_written_to(home: Path, voiceshift_service: ScriptedService) -> None:
    """Also where no shell has expanded it, as in ``--output=~/cover.ogg``."""
    assert main([*COVER, "--output=~/cover.ogg"]) == 0
    assert (home / "cover.ogg").read_bytes() == DEFAULT_AUDIO


def test_a_file_that_is_called_like_an_option(voiceshift_service: ScriptedService) -> None:
    """It is a file, not an option; its cover is called like it."""
    Path("-dash.v1.wav").touch()
    assert main(["cover", "-dash.v1.wav", "--voice", "tenor", "--quiet"]) == 0
    assert voiceshift_service.requests[0]["song"] == f".{os.sep}-dash.v1.wav"
    assert [path.stem for path in Path().glob("dash*")] == ["dash_v1 - tenor"]


def test_a_pasted_path_gives_the_covers_name(voiceshift_service: ScriptedService) -> None:
    """In quotes, or as the URL of a file."""
    path = Path("Für Elise.wav").absolute()
    path.touch()
    for song in (f'"{path}"', path.as_uri()):
        assert main(["cover", song, "--voice", "tenor", "--quiet"]) == 0
    assert len(list(Path().glob("Für Elise - tenor*"))) == 2


# ---- from a script


CALLS: dict[str, Callable[[str], object]] = {
    "Client.local songs": lambda path: Client.local(songs=path),
    "Client.local voices": lambda path: Client.local(voices=path),
    "Server songs": lambda path: Server(songs=path),
    "Server voices": lambda path: Server(voices=path),
    "local batch songs": lambda path: create_local_covers([], songs=path),
    "local batch voices": lambda path: create_local_covers([], voices=path),
    "batch to": lambda path: create_covers([], to=f"song.ogg/{path}"),
    "certificate": certificate_context,
}


@pytest.mark.parametrize("path", ["~no-such-user/music", "x" * 300, "a\0b", "song.ogg"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_wrong_paths_of_scripts(
    call: Callable[[str], object], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are wrong settings, and no process is started."""
    monkeypatch.setenv("VC_TOKEN", "a-token-for-tests")
    with pytest.raises(SettingsError):
        call(path)


@pytest.mark.parametrize("path", ["~no-such-user/a.ogg", "x" * 300, "a\0b"])
def test_a_wrong_path_for_a_cover(path: str, voiceshift_service: ScriptedService) -> None:
    """Nothing is sent."""
    with Client() as client, pytest.raises(SettingsError, match=r"^to: cannot write "):
        client.create_cover("Amazing Grace", "tenor", to=path)
    assert voiceshift_service.requests == []

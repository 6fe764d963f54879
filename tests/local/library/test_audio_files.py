"""Audio files are found by their names alone, as far as the system lets them be."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.local.library.test_songs import put
from voiceshift.errors import CoverError
from voiceshift.local.library.audio_files import SUFFIXES, audio_files
from voiceshift.local.library.songs import SongLibrary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_every_ending_that_libsndfile_knows_is_a_song() -> None:
    """But that of files without a header, and those that hold no recordings."""
    no_songs = {".mat4", ".mat5", ".mpc2k", ".htk", ".ircam", ".raw"}
    known = {f".{name.lower()}" for name in soundfile.available_formats()}
    assert known - no_songs <= SUFFIXES


def test_places_are_written_with_slashes(tmp_path: Path) -> None:
    """On any system; hidden files and other files are passed over."""
    put(tmp_path, "One/Two/Intro.MP3", "One/cover.jpg", "One/._Intro.mp3", ".mp3", "mp3")
    path = tmp_path / "One" / "Two" / "Intro.MP3"
    assert list(audio_files(str(tmp_path))) == [("One/Two/Intro.MP3", str(path))]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everybody may read it")
def test_a_folder_that_may_not_be_read_is_passed_over(tmp_path: Path) -> None:
    """The songs of the others are there."""
    put(tmp_path, "mine/a.mp3", "theirs/b.mp3")
    (tmp_path / "theirs").chmod(0)
    try:
        assert [place for place, _ in audio_files(str(tmp_path))] == ["mine/a.mp3"]
    finally:
        (tmp_path / "theirs").chmod(0o700)


def test_a_wrong_title_looks_at_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders are read; of a file, its name is all that is asked for, however many there are."""
    few = put(tmp_path / "few", *(f"{number}.mp3" for number in range(10)))
    many = put(tmp_path / "many", *(f"{number}.mp3" for number in range(300)))
    calls: list[str] = []
    for name in ("stat", "lstat"):
        monkeypatch.setattr(os, name, counted(getattr(os, name), calls))

    def looks(folder: Path) -> int:
        library = SongLibrary([folder])
        calls.clear()
        with pytest.raises(CoverError, match="no song called"):
            library.find("wrong title")
        return len(calls)

    assert looks(many) == looks(few) < 10


def counted(function: Callable[..., object], calls: list[str]) -> Callable[..., object]:
    """``function``, whose every call is noted."""

    def noted(*args: object, **options: object) -> object:
        calls.append(str(args))
        return function(*args, **options)

    return noted


def test_a_long_wrong_title_is_prepared_once(tmp_path: Path) -> None:
    """Not for each of the songs: a megabyte of it costs milliseconds, not seconds."""
    library = SongLibrary([put(tmp_path, *(f"{number}.mp3" for number in range(300)))])
    before = time.thread_time()
    with pytest.raises(CoverError, match="no song called"):
        library.find("x" * 1_000_000)
    assert time.thread_time() - before < 1

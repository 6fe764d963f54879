"""Songs that clients send."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING

import pytest

from voiceshift.errors import CoverError
from voiceshift.local.library.uploaded_song import UploadedSong

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def path_of(song: UploadedSong) -> Path:
    """Where it lies."""
    with song.fetched(Future()) as path:
        return path


def test_it_comes_in_pieces(folder: Path) -> None:
    """Complete with the last byte, and gone when it is removed."""
    song = UploadedSong("Halo.MP3", 6, max_size=6)
    complete = []
    for piece in (b"abc", b"def"):
        song.add(piece)
        complete.append(song.is_complete)
    assert complete == [False, True]
    assert song.title == "Halo"
    assert path_of(song).read_bytes() == b"abcdef"
    assert path_of(song).suffix == ".mp3"
    song.remove()
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
def test_it_is_for_the_owner_alone() -> None:
    """The folder lets nobody else in."""
    song = UploadedSong("Halo.mp3", 1, max_size=1)
    assert path_of(song).parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["../../etc/x.mp3", "/etc/x.wav", "..\\x.ogg", "x\0.flac"])
def test_its_name_leads_nowhere(name: str, folder: Path) -> None:
    """It is never a path."""
    song = UploadedSong(name, 1, max_size=1)
    song.add(b"a")
    assert path_of(song).parent.parent == folder
    assert path_of(song).stem == "song"


@pytest.mark.parametrize("name", ["", "song", "song.exe", "song.mp3.html", ".mp3"])
def test_what_is_no_audio_file_is_refused(name: str, folder: Path) -> None:
    """By its name, before anything of it is kept."""
    with pytest.raises(CoverError, match="not an audio file"):
        UploadedSong(name, 1, max_size=1)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("size", [7, 10**30, 0, -1])
def test_what_is_too_large_is_refused(size: int, folder: Path) -> None:
    """Or empty: the message says what would be taken."""
    with pytest.raises(CoverError, match="up to"):
        UploadedSong("song.mp3", size, max_size=6)
    assert list(folder.iterdir()) == []


def test_more_than_was_announced_is_refused() -> None:
    """It would pass the limit."""
    song = UploadedSong("song.mp3", 3, max_size=6)
    with pytest.raises(CoverError, match="announced"):
        song.add(b"abcd")


def test_what_cannot_be_kept_is_told(folder: Path) -> None:
    """Without a path of this machine."""
    song = UploadedSong("song.mp3", 3, max_size=6)
    song.remove()
    with pytest.raises(CoverError, match="cannot be kept") as caught:
        song.add(b"abc")
    assert str(folder) not in str(caught.value)


def test_it_stays_while_it_is_read() -> None:
    """Removing waits for whoever reads; afterwards nobody begins to."""
    song = UploadedSong("song.mp3", 3, max_size=6)
    song.add(b"abc")
    remover = threading.Thread(target=song.remove)
    cancelled: Future[None] = Future()
    with song.fetched(cancelled) as path:
        remover.start()
        assert path.read_bytes() == b"abc"
        cancelled.set_result(None)
    remover.join()
    with pytest.raises(CancelledError), song.fetched(cancelled):
        pass

"""Covers by the engine, with no service between."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.engines import FailingEngine
from tests.support.singer import Singer
from voiceshift import CoverError, CoverRequest, SettingsError, create_local_covers
from voiceshift.batch.engine import EngineBackend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine.voices import Voice


@pytest.mark.slow
@needs("numpy")
def test_covers_of_the_engine(folder: Path) -> None:
    """They are made in processes of their own, each failure for itself; nothing is made twice."""
    wanted = [CoverRequest("demo", "tenor"), CoverRequest("unknown", "tenor")]
    made, failed = sorted(create_local_covers(wanted, to=folder), key=lambda o: o.error is not None)
    assert made.cover is not None
    assert made.cover.media_type == "audio/ogg"
    assert made.cover.title == "Amazing Grace (tenor, pitch +0)"
    assert made.cover.size == len(made.cover.audio) > 10_000
    assert isinstance(failed.error, CoverError)
    (again,) = create_local_covers(wanted[:1], to=folder)
    assert again.resumed


@needs("numpy")
def test_a_separator_that_does_not_exist_is_told_before_any_cover(folder: Path) -> None:
    """And nothing is made."""
    with pytest.raises(SettingsError, match="there is no separator called nonsense"):
        create_local_covers([CoverRequest("demo", "tenor")], separator="nonsense", to=folder)
    assert not folder.exists()


@needs("numpy")
def test_the_separator_that_is_asked_for_is_used() -> None:
    """Where the cover is made, not only where it is asked for."""
    backend = EngineBackend(None, None, separator="nonsense")
    with pytest.raises(SettingsError, match="there is no separator called nonsense"):
        backend.make(CoverRequest("demo", "tenor"), None)


@needs("numpy")
def test_a_song_is_found_from_where_the_batch_began(songs: Path, tmp_path: Path) -> None:
    """A worker has another working directory."""
    backend = EngineBackend(None, None, engine=Singer())
    os.chdir("/")
    cover = backend.make(CoverRequest("songs/song 1.ogg", "tenor"), None)
    assert cover.audio == b"OggSsong 1"


@needs("numpy")
def test_a_title_in_the_folder_of_songs(songs: Path) -> None:
    """As with the service."""
    backend = EngineBackend(songs, None, engine=Singer())
    assert backend.make(CoverRequest("SONG 1", "tenor"), None).title == "song 1 (tenor, pitch +0)"


def test_the_name_of_a_file_is_that_of_its_content(songs: Path) -> None:
    """A file that was changed since is another request; its folder is no part of the name."""
    backend = EngineBackend(None, None)
    path = songs / "song 1.ogg"
    request = CoverRequest(str(path), "tenor")
    before = backend.name(request)
    assert before.startswith("song 1 - tenor +0 ")
    assert backend.name(request) == before
    path.write_bytes(b"OggS, longer")
    assert backend.name(request) != before


def test_the_name_of_a_title(songs: Path) -> None:
    """Is that of the request alone."""
    backend = EngineBackend(songs, None)
    assert backend.name(CoverRequest("song 1", "tenor")).startswith("song 1 - tenor +0 ")


class BrokenEngine:
    """Fails in the middle of a cover, as a bug would."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make a chunk."""
        yield b"OggS"
        raise ZeroDivisionError("division by zero")


@needs("numpy")
@pytest.mark.part_files("cover.part")
def test_a_failure_of_the_engine_is_a_cover_error(songs: Path, tmp_path: Path) -> None:
    """With what was made so far; it ends no worker."""
    backend = EngineBackend(songs, None, engine=BrokenEngine())
    with pytest.raises(CoverError, match="ZeroDivisionError: division by zero") as caught:
        backend.make(CoverRequest("song 1", "tenor"), tmp_path / "cover")
    assert caught.value.partial is not None
    assert caught.value.partial.audio == b"OggS"


@needs("numpy")
def test_the_engines_own_errors_stay(songs: Path) -> None:
    """They are fit to be read."""
    backend = EngineBackend(songs, None, engine=FailingEngine(CoverError("too long a song")))
    with pytest.raises(CoverError, match="too long a song"):
        backend.make(CoverRequest("song 1", "tenor"), None)


def test_a_song_in_the_home_folder_is_a_file(home: Path) -> None:
    """Its cover is named after the file, and a changed file is another cover."""
    song = home / "lullaby.wav"
    backend = EngineBackend(None, None)
    names = set()
    for content in (b"one", b"another"):
        song.write_bytes(content)
        names.add(backend.name(CoverRequest("~/lullaby.wav", "tenor")))
    assert len(names) == 2
    assert all(name.startswith("lullaby - tenor +0 ") for name in names)

"""A service for the tests of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import skip_without
from tests.support.singer import Singer
from voiceshift import Settings
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder with nine songs, for engines that do not listen to them."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for number in range(9):
        (folder / f"song {number}.ogg").write_bytes(b"OggS")
    return folder


@pytest.fixture
def engine() -> Singer:
    """The engine of the server."""
    return Singer()


@pytest.fixture
def server(songs: Path, engine: Singer) -> Iterator[Server]:
    """A service which makes two covers at once."""
    skip_without("numpy")
    with Server(songs=songs, engine=engine, max_running=2) as running:
        yield running
        engine.may_sing.set()


@pytest.fixture
def settings(server: Server) -> Settings:
    """What a client of the server needs."""
    return Settings(uri=server.uri, token=server.token)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the covers go; not there yet."""
    return tmp_path / "covers"

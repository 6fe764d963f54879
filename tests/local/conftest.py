"""Embedded services for the tests of the conversation with one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import skip_without
from tests.support.conversation import TOKEN
from tests.support.engines import EchoEngine
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder with one short song."""
    skip_without("numpy")
    from tests.support.singing import write_song

    folder = tmp_path / "songs"
    folder.mkdir()
    write_song(folder / "Short Song.wav")
    return folder


@pytest.fixture
def service(songs: Path, thread: ThreadPoolExecutor) -> Iterator[Server]:
    """The service with its own engine."""
    with Server(TOKEN, songs=songs, executor=thread, workers=1) as server:
        yield server


@pytest.fixture
def echo() -> Iterator[Server]:
    """A service whose covers are made at once."""
    skip_without("numpy")
    with Server(TOKEN, engine=EchoEngine(), auth_delay=0) as server:
        yield server

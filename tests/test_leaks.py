"""The check that guards every other test does find what it is there to find."""

from __future__ import annotations

import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support import leaks
from tests.support.leaks import Leaks

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaks that last are found at once."""
    monkeypatch.setattr(leaks, "PATIENCE", 0.05)


@pytest.mark.parametrize(("name", "daemon"), [("voiceshift-reader-1", True), ("other", False)])
def test_a_thread_that_does_not_end_is_found(tmp_path: Path, name: str, daemon: bool) -> None:
    """Threads of ours are found by name, and every thread that would hold up the exit."""
    before = Leaks(tmp_path)
    finish = threading.Event()
    thread = threading.Thread(target=finish.wait, name=name, daemon=daemon)
    thread.start()
    found = before.find()
    finish.set()
    thread.join()
    assert found == [f"thread {name}"]


def test_a_thread_that_is_about_to_end_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that ends within the patience is no leak."""
    monkeypatch.setattr(leaks, "PATIENCE", 30.0)
    before = Leaks(tmp_path)
    thread = threading.Timer(0.05, lambda: None)
    thread.start()
    assert before.find() == []
    assert not thread.is_alive()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_open_socket_is_found(tmp_path: Path) -> None:
    """A socket is found while it is open, and not any more when it is closed."""
    before = Leaks(tmp_path)
    with socket.socket():
        (found,) = before.find()
    assert "socket:" in found
    assert before.find() == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_open_file_is_found_by_its_path(tmp_path: Path) -> None:
    """An open file is told by its path."""
    before = Leaks(tmp_path)
    path = tmp_path / "song.ogg"
    with path.open("wb"):
        (found,) = before.find()
    assert found.endswith(str(path))


@pytest.mark.part_files("song.ogg.part")
def test_an_unfinished_file_is_found(tmp_path: Path) -> None:
    """A ``.part`` file is found, unless the test's marker expects it."""
    (tmp_path / "song.ogg.part").touch()
    assert Leaks(tmp_path).find() == ["song.ogg.part"]

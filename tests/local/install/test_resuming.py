"""A download goes on where it broke off, and ends where nothing more comes."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING
from urllib.request import build_opener

import pytest

from tests.support.file_server import FileServer
from voiceshift.local.install import resuming
from voiceshift.local.install.resuming import ATTEMPTS, DownloadError, download

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = random.Random(1).randbytes(300_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Has the file; nobody waits long before asking again."""
    monkeypatch.setattr(resuming, "INITIAL_BACKOFF", 0.001)
    with FileServer("file", CONTENT) as server:
        yield server


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """What is there of the file."""
    return tmp_path / "begun"


def fetch(address: str, part: Path, size: int = len(CONTENT)) -> list[int]:
    """Complete the part, and return the progress that was told."""
    sizes: list[int] = []
    with part.open("ab") as file:
        download(build_opener(), address, file, size, sizes.append)
    return sizes


def test_file_arrives_whole(server: FileServer, part: Path) -> None:
    """In one answer, and its progress is told."""
    sizes = fetch(server.address, part)
    assert part.read_bytes() == CONTENT
    assert server.ranges == [None]
    assert sizes == sorted(sizes)
    assert len(sizes) > 2
    assert sizes[-1] == len(CONTENT)


def test_what_is_there_is_not_fetched_again(server: FileServer, part: Path) -> None:
    """Only the rest is asked for, and of a whole file nothing."""
    part.write_bytes(CONTENT[:1000])
    fetch(server.address, part)
    fetch(server.address, part)
    assert part.read_bytes() == CONTENT
    assert server.ranges == ["bytes=1000-"]


def test_lost_connections_are_made_anew(server: FileServer, part: Path) -> None:
    """More often than attempts may be in vain, as long as each brings something."""
    server.cuts = [100] * (ATTEMPTS + 2)
    fetch(server.address, part)
    assert part.read_bytes() == CONTENT
    assert server.ranges == [None, *(f"bytes={100 * n}-" for n in range(1, ATTEMPTS + 3))]


def test_server_that_takes_no_range_sends_all_anew(server: FileServer, part: Path) -> None:
    """Nothing is joined that does not belong together."""
    part.write_bytes(b"other" * 10)
    server.takes_ranges = False
    fetch(server.address, part)
    assert part.read_bytes() == CONTENT


def test_attempts_in_vain_are_counted(server: FileServer, part: Path) -> None:
    """What has arrived stays."""
    server.cuts = [5000] + [0] * 100
    with pytest.raises(DownloadError, match="ended early"):
        fetch(server.address, part)
    assert part.read_bytes() == CONTENT[:5000]
    assert len(server.ranges) == 1 + ATTEMPTS


def test_server_that_always_begins_anew_is_given_up(server: FileServer, part: Path) -> None:
    """To come as far as before is no progress."""
    server.takes_ranges = False
    server.cuts = [5000] * 100
    with pytest.raises(DownloadError):
        fetch(server.address, part)
    assert len(server.ranges) == 1 + ATTEMPTS


def test_refusal_is_final(server: FileServer, part: Path) -> None:
    """A file that is not there does not come by asking again."""
    server.status = 404
    with pytest.raises(DownloadError, match="HTTP status 404"):
        fetch(server.address, part)
    assert len(server.ranges) == 1


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_file_of_another_size_is_another(
    server: FileServer, part: Path, *, takes_ranges: bool
) -> None:
    """Not a byte of it is taken, and none that is there is given up for it."""
    part.write_bytes(CONTENT[:10])
    server.takes_ranges = takes_ranges
    with pytest.raises(DownloadError, match="another size"):
        fetch(server.address, part, len(CONTENT) + 1)
    assert part.read_bytes() == CONTENT[:10]


def test_server_that_is_busy_is_asked_again(server: FileServer, part: Path) -> None:
    """Until the attempts are used up."""
    server.status = 503
    with pytest.raises(DownloadError, match="HTTP status 503"):
        fetch(server.address, part)
    assert len(server.ranges) == ATTEMPTS


def test_nobody_listens(part: Path, server: FileServer, closed_port: int) -> None:
    """After some attempts it is given up."""
    with pytest.raises(DownloadError, match="refused"):
        fetch(f"http://127.0.0.1:{closed_port}/file", part)


def test_file_of_this_machine(part: Path, tmp_path: Path) -> None:
    """It is read from its beginning."""
    (tmp_path / "file").write_bytes(CONTENT)
    part.write_bytes(CONTENT[:10])
    fetch((tmp_path / "file").as_uri(), part)
    assert part.read_bytes() == CONTENT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a full disk at hand")
def test_full_disk_is_no_lost_connection(server: FileServer) -> None:
    """It is told at once."""
    with open("/dev/full", "r+b", buffering=0) as full, pytest.raises(OSError, match="space"):  # noqa: PTH123 - a device, unbuffered
        download(build_opener(), server.address, full, len(CONTENT), print)
    assert len(server.ranges) == 1

"""A download goes on where it broke off, and ends where nothing more comes."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.file_server import FileServer
from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.install import download as download_module
from voiceshift.local.install.download import ATTEMPTS, KnownFile, UnavailableError, download

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = random.Random(1).randbytes(300_000)


FILE = KnownFile(name="file", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())


PATIENCE = 60.0

KILLED = """
import sys
from pathlib import Path
from voiceshift.local.install.download import KnownFile, download

url, folder, sha256, size = sys.argv[1:]

def report(arrived):
    if arrived >= int(size) // 2 and not reported:
        reported.append(arrived)
        print("half", flush=True)

reported = []
download(KnownFile(name="file", size=int(size), sha256=sha256), url, Path(folder), report)
"""
"""Downloads until it is killed."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """Has the file; nobody waits long before another attempt."""
    monkeypatch.setattr(download_module, "INITIAL_BACKOFF", 0.001)
    with FileServer("file", CONTENT) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to put it."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    return folder


def fetch(url: str, folder: Path, file: KnownFile = FILE) -> list[int]:
    """Download the file, and return the progress that was reported."""
    sizes: list[int] = []
    path = download(file, url, folder, sizes.append)
    assert path == folder / "file"
    assert path.read_bytes() == CONTENT
    assert names(folder) == ["file"]
    return sizes


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return [path.name for path in folder.iterdir()]


def test_file_arrives_whole(server: FileServer, folder: Path) -> None:
    """In one answer, and its progress is reported."""
    sizes = fetch(server.address, folder)
    assert server.ranges == [None]
    assert sizes == sorted(sizes)
    assert len(sizes) > 2
    assert sizes[-1] == len(CONTENT)


def test_what_is_there_is_not_fetched_again(server: FileServer, folder: Path) -> None:
    """Only the rest is asked for, and of a whole file nothing."""
    (folder / FILE.part_name).write_bytes(CONTENT[:1000])
    fetch(server.address, folder)
    fetch(server.address, folder)
    assert server.ranges == ["bytes=1000-"]


def test_part_that_is_whole_is_not_fetched_again(server: FileServer, folder: Path) -> None:
    """An earlier run may have ended just before it gave the file its name."""
    (folder / FILE.part_name).write_bytes(CONTENT)
    fetch(server.address, folder)
    assert server.ranges == []


def test_lost_connection_is_made_again(server: FileServer, folder: Path) -> None:
    """More often than attempts may be in vain, as long as each brings something."""
    server.cuts = [100] * (ATTEMPTS + 2)
    fetch(server.address, folder)
    assert server.ranges == [None, *(f"bytes={100 * n}-" for n in range(1, ATTEMPTS + 3))]


def test_killed_download_goes_on_in_the_next_run(
    server: FileServer, folder: Path, tmp_path: Path
) -> None:
    """What had arrived is there, whatever ended the process."""
    arrived, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        goes_on.wait(PATIENCE)

    server.before_end = hold
    script = tmp_path / "script.py"
    script.write_text(KILLED)
    arguments = [str(script), server.address, str(folder), FILE.sha256, str(FILE.size)]
    with subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert arrived.wait(PATIENCE)
        assert process.stdout.readline() == b"half\n"
        process.kill()
    goes_on.set()
    held = (folder / FILE.part_name).stat().st_size
    assert held >= FILE.size // 2
    fetch(server.address, folder)
    assert server.ranges == [None, f"bytes={held}-"]


def test_server_that_takes_no_range_sends_all_again(server: FileServer, folder: Path) -> None:
    """Nothing is joined that does not belong together."""
    (folder / FILE.part_name).write_bytes(b"other" * 10)
    server.takes_ranges = False
    fetch(server.address, folder)


def test_other_content_is_refused_and_not_kept(server: FileServer, folder: Path) -> None:
    """One bit is enough; the hash is in the message, and the next run begins again."""
    changed = bytearray(CONTENT)
    changed[-1] ^= 1
    server.content = bytes(changed)
    with pytest.raises(SettingsError, match=hashlib.sha256(changed).hexdigest()):
        fetch(server.address, folder)
    assert names(folder) == []


@pytest.mark.part_files(FILE.part_name)
def test_attempts_in_vain_are_counted(server: FileServer, folder: Path) -> None:
    """What has arrived stays; the message says how much that is, and that the next run goes on."""
    server.cuts = [5000] + [0] * 100
    with pytest.raises(
        ConnectError, match=r"after 0\.0 of 0\.3 MB \(.*ended early\); run .* goes on"
    ):
        fetch(server.address, folder)
    assert (folder / FILE.part_name).read_bytes() == CONTENT[:5000]
    assert len(server.ranges) == 1 + ATTEMPTS


@pytest.mark.part_files(FILE.part_name)
def test_server_that_always_begins_again_is_given_up(server: FileServer, folder: Path) -> None:
    """To come as far as before is no progress."""
    server.takes_ranges = False
    server.cuts = [5000] * 100
    with pytest.raises(ConnectError, match="broke off"):
        fetch(server.address, folder)
    assert len(server.ranges) == 1 + ATTEMPTS


def test_refusal_is_final(server: FileServer, folder: Path) -> None:
    """A file that is not there does not come by asking again; nothing stays."""
    server.status = 404
    with pytest.raises(UnavailableError, match=f"{server.address}: HTTP status 404"):
        fetch(server.address, folder)
    assert len(server.ranges) == 1
    assert names(folder) == []


@pytest.mark.part_files(FILE.part_name)
@pytest.mark.parametrize("takes_ranges", [True, False])
def test_file_of_another_size_is_another(
    server: FileServer, folder: Path, *, takes_ranges: bool
) -> None:
    """Not a byte of it is taken, and none that is there is given up for it."""
    (folder / FILE.part_name).write_bytes(CONTENT[:10])
    server.takes_ranges = takes_ranges
    other = KnownFile(name="file", size=FILE.size + 1, sha256="")
    with pytest.raises(UnavailableError, match="another size"):
        fetch(server.address, folder, other)
    assert (folder / FILE.part_name).read_bytes() == CONTENT[:10]


def test_server_that_is_busy_is_asked_again(server: FileServer, folder: Path) -> None:
    """Until the attempts are used up."""
    server.status = 503
    with pytest.raises(UnavailableError, match="HTTP status 503"):
        fetch(server.address, folder)
    assert len(server.ranges) == ATTEMPTS


@pytest.mark.usefixtures("server")
def test_nobody_listens(folder: Path, closed_port: int) -> None:
    """After some attempts it is given up."""
    with pytest.raises(UnavailableError, match="refused"):
        fetch(f"http://127.0.0.1:{closed_port}/file", folder)


def test_file_of_this_machine(folder: Path, tmp_path: Path) -> None:
    """It is read from its beginning."""
    (tmp_path / "file").write_bytes(CONTENT)
    (folder / FILE.part_name).write_bytes(CONTENT[:10])
    fetch((tmp_path / "file").as_uri(), folder)


@pytest.mark.part_files(FILE.part_name)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a full disk at hand")
def test_full_disk_is_no_lost_connection(server: FileServer, folder: Path) -> None:
    """It is an error at once."""
    (folder / FILE.part_name).symlink_to("/dev/full")
    with pytest.raises(OSError, match="space"):
        fetch(server.address, folder)
    assert len(server.ranges) == 1

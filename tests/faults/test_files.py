"""Covers written to a file, where the disk, the folder or another process gets in the way."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.faults.steps import AUDIO, Step, well, wrong
from tests.support.processes import run_python
from tests.support.raw_service import Conversation, Peer, RawService
from voiceshift import Client, Event, IdleTimeout, SaveError, Segment

if TYPE_CHECKING:
    from pathlib import Path

SONG, VOICE = "Amazing Grace", "tenor"

PIECE = bytes(range(256)) * 12
"""Audio of one segment; together they exceed the disk below, in the middle of one of them."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def long_cover(peer: Peer) -> None:
    """A cover of several pieces, and one that fits anywhere."""
    peer.authenticate()
    peer.receive_frame()
    for number in range(10):
        peer.send_segment(PIECE, is_final=number == 9)
    peer.wait_for_end()


FULL_DISK = """
import resource
import sys
import threading
from voiceshift import Client, SaveError

# Files may not grow beyond this; the next byte fails as on a full disk.
sys.dont_write_bytecode = True  # it would be cut as well, and break every later import of it
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
with Client(sys.argv[1], "a-token", max_buffered=1000) as client:
    try:
        {cover}
    except SaveError as error:
        print(type(error.__cause__).__name__, error)
        if error.partial:
            print(error.partial.size, len(error.partial.audio), error.partial.complete)
    print(client.create_cover("Amazing Grace", "tenor").audio.hex())
"""

COVER = 'client.create_cover("Amazing Grace", "tenor", to="cover.ogg")'
COVER_WITH_EVENTS = COVER.replace(")", ", on_event=lambda event: None)")
STREAM = """
        for segment in client.stream_cover("Amazing Grace", "tenor"):
            for thread in threading.enumerate():
                if thread.name.startswith("voiceshift-reader"):
                    thread.join()  # until it has found the disk full
"""


@pytest.mark.part_files("cover.ogg.part")
@pytest.mark.parametrize("cover", [COVER, COVER_WITH_EVENTS], ids=["plain", "with events"])
def test_full_disk(tmp_path: Path, cover: str) -> None:
    """What fitted is kept, and the error names it; the next cover, in memory, is whole."""
    with RawService(long_cover, well()) as service:
        words, kept, audio = run_python(FULL_DISK.format(cover=cover), service.uri).splitlines()
    part = tmp_path / "cover.ogg.part"
    assert words.startswith("OSError the audio could not be written: File too large")
    assert str(part) in words
    size = part.stat().st_size
    assert kept == f"{size} {size} False"
    assert size > len(PIECE)
    assert (PIECE * 10).startswith(part.read_bytes())
    assert audio == AUDIO.hex()


def test_full_disk_behind_a_stream() -> None:
    """Where a slow consumer's audio fits neither into memory nor on the disk, the stream fails."""
    with RawService(long_cover, well()) as service:
        words, audio = run_python(FULL_DISK.format(cover=STREAM), service.uri).splitlines()
    assert words == "OSError the audio could not be written: File too large"
    assert audio == AUDIO.hex()


def test_full_disk_from_the_beginning(tmp_path: Path) -> None:
    """Where nothing at all could be kept, there is no partial cover and no file."""
    script = FULL_DISK.replace("10_000", "0").format(cover=COVER)
    with RawService(long_cover, well()) as service:
        words, audio = run_python(script, service.uri).splitlines()
    assert words == "OSError the audio could not be written: File too large"
    assert audio == AUDIO.hex()
    assert list(tmp_path.iterdir()) == []


def test_folder_that_vanishes(tmp_path: Path) -> None:
    """The error says that the file cannot be written; nothing is left, and the client goes on."""
    folder = tmp_path / "covers"
    folder.mkdir()

    def remove(event: Event) -> None:
        if isinstance(event, Segment) and folder.exists():
            shutil.rmtree(folder)

    with RawService(well()) as service, Client(service.uri, "a-token") as client:
        with pytest.raises(SaveError, match=r"cannot write .*cover\.ogg") as caught:
            client.create_cover(SONG, VOICE, to=folder / "cover.ogg", on_event=remove)
        assert type(caught.value) is SaveError
        assert caught.value.partial is None
        assert client.create_cover(SONG, VOICE, to=tmp_path / "cover.ogg").audio == AUDIO


def test_folder_that_vanishes_before_a_failure(tmp_path: Path) -> None:
    """The failure is the error, and it names no file: there is none."""
    folder = tmp_path / "covers"
    folder.mkdir()
    first = wrong(Step.BETWEEN_SEGMENTS, lambda _, __: shutil.rmtree(folder))
    with (
        RawService(first) as service,
        Client(service.uri, "a-token", idle_timeout=2) as client,
        pytest.raises(IdleTimeout) as caught,
    ):
        client.create_cover(SONG, VOICE, to=folder / "cover.ogg")
    assert caught.value.partial is None
    assert ".part" not in str(caught.value)


WRITES = """
import sys
from voiceshift import Client
with Client(sys.argv[1], "a-token") as client:
    client.create_cover("Amazing Grace", "tenor", to="cover.ogg")
"""


def test_two_processes_writing_one_file(tmp_path: Path) -> None:
    """Both end whole, and the one that ends last wins."""
    both_are_in_the_middle = threading.Barrier(2)
    go_on = {b"A": threading.Event(), b"B": threading.Event()}

    def conversation(letter: bytes) -> Conversation:
        def converse(peer: Peer) -> None:
            peer.authenticate()
            peer.receive_frame()
            peer.send_segment(letter * 100_000)
            both_are_in_the_middle.wait(30)
            assert go_on[letter].wait(30)
            peer.send_segment(letter * 100_000, is_final=True)
            peer.receive_frame()  # the client's close

        return converse

    services = {letter: RawService(conversation(letter)) for letter in go_on}
    with services[b"A"] as first, services[b"B"] as second:
        commands = [[sys.executable, "-c", WRITES, service.uri] for service in (first, second)]
        with subprocess.Popen(commands[0]) as one, subprocess.Popen(commands[1]) as other:
            for letter, process in ((b"A", one), (b"B", other)):
                go_on[letter].set()
                assert process.wait(30) == 0
                assert (tmp_path / "cover.ogg").read_bytes() == letter * 200_000

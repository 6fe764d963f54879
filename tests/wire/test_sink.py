"""Where audio goes: what is read is what was written, and no more is held than need be."""

from __future__ import annotations

import queue
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.leaks import open_descriptors
from tests.support.properties import given, st
from voiceshift.errors import SaveError
from voiceshift.util.audio_format import HEAD_SIZE
from voiceshift.wire.sink import FileSink, MemorySink, Sink, Spool

if TYPE_CHECKING:
    from collections.abc import Iterator

FULL_DEVICE = Path("/dev/full")
"""Where Linux says of every write that the disk is full."""

each_sink = pytest.mark.parametrize("sink", ["memory", "file", "spool"], indirect=True)


@pytest.fixture
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sink]:
    """A sink of the kind that the test names."""
    opened: Sink
    match request.param:
        case "memory":
            opened = MemorySink()
        case "file":
            opened = FileSink(tmp_path / "song.ogg")
        case _:
            opened = Spool(16)
    yield opened
    opened.close()
    if isinstance(opened, FileSink):
        opened.path.unlink(missing_ok=True)


@each_sink
def test_what_is_read_is_what_was_written(sink: Sink) -> None:
    """In order, in any portions, while more is written."""
    sink.write(b"abc")
    assert sink.read(2) == b"ab"
    sink.write(b"")
    sink.write(b"defg")
    assert sink.read(3) == b"cde"
    assert sink.read(0) == b""
    assert sink.read(2) == b"fg"
    sink.write(b"h")
    assert sink.read(1) == b"h"


@each_sink
def test_size_counts_everything_written(sink: Sink) -> None:
    """Also what was read already."""
    sink.write(b"abc")
    sink.read(3)
    sink.write(b"de")
    assert sink.size == 5


@each_sink
def test_head_is_the_beginning_of_all_audio(sink: Sink) -> None:
    """Put together from small pieces, and kept though it was read."""
    pieces = [bytes([number]) * 5 for number in range(HEAD_SIZE)]
    for piece in pieces:
        sink.write(piece)
        sink.read(len(piece))
    assert sink.head == b"".join(pieces)[:HEAD_SIZE]


@each_sink
def test_writer_and_reader_may_be_two_threads(sink: Sink) -> None:
    """Neither sees the other's position in the file."""
    pieces = [bytes([number % 256]) * (number % 50) for number in range(2000)]
    lengths: queue.SimpleQueue[int] = queue.SimpleQueue()

    def write() -> None:
        for piece in pieces:
            sink.write(piece)
            lengths.put(len(piece))

    writer = threading.Thread(target=write)
    writer.start()
    pieces_read = [sink.read(lengths.get(timeout=60)) for _ in pieces]
    writer.join()
    assert pieces_read == pieces


@each_sink
def test_closing_twice_is_fine(sink: Sink) -> None:
    """Whoever ends a cover need not know whether somebody else did."""
    sink.close()
    sink.close()


def test_memory_holds_the_whole_cover() -> None:
    """Whatever was read from it."""
    sink = MemorySink()
    sink.write(b"abc")
    sink.read(2)
    sink.write(b"de")
    assert sink.content() == b"abcde"
    sink.close()


def test_file_holds_the_whole_cover(tmp_path: Path) -> None:
    """Under its name once it is complete."""
    sink = FileSink(tmp_path / "song.ogg")
    sink.write(b"abc")
    sink.read(2)
    sink.write(b"de")
    sink.complete("Title")
    sink.close()
    assert (tmp_path / "song.ogg").read_bytes() == b"abcde"


@pytest.mark.skipif(not FULL_DEVICE.exists(), reason="this system has no /dev/full")
def test_full_disk() -> None:
    """Audio that cannot be written is an error in the system's own words."""
    with FULL_DEVICE.open("r+b", buffering=0) as file:
        sink = Sink(file)
        with pytest.raises(SaveError, match="No space left") as caught:
            sink.write(b"abc")
    assert isinstance(caught.value.__cause__, OSError)


def test_file_that_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    """Not when the first audio arrives, which has cost the user's quota by then."""
    with pytest.raises(SaveError, match="folder"):
        FileSink(tmp_path / "missing" / "song.ogg")


writes_and_reads = st.lists(st.binary(max_size=40) | st.integers(0, 40), max_size=50)


@given(actions=writes_and_reads, max_buffered=st.integers(1, 64))
def test_spool_gives_back_what_it_got(actions: list[bytes | int], max_buffered: int) -> None:
    """Whatever is written and read in whatever order, in memory and in the temporary file."""
    spool = Spool(max_buffered)
    written, read = b"", b""
    for action in actions:
        if isinstance(action, bytes):
            spool.write(action)
            written += action
        else:
            read += spool.read(min(action, len(written) - len(read)))
    read += spool.read(len(written) - len(read))
    spool.close()
    assert read == written
    assert spool.size == len(written)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_spool_uses_a_file_only_while_the_consumer_is_far_behind() -> None:
    """Within ``max_buffered`` it stays in memory, and caught up it is back there."""
    spool = Spool(10)
    in_memory = open_descriptors()
    for _ in range(2):
        spool.write(b"x" * 10)
        assert open_descriptors() == in_memory
        spool.write(b"x")
        assert len(open_descriptors() - in_memory) == 1
        spool.read(10)
        assert len(open_descriptors() - in_memory) == 1
        spool.read(1)
        assert open_descriptors() == in_memory
    spool.close()

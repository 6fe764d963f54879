"""A request and its answer: what is kept of it, and what becomes of the connection."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from voiceshift.errors import ConnectionLost, ConnectTimeout, CoverTimeout
from voiceshift.events import Segment
from voiceshift.request import CoverRequest
from voiceshift.settings import Settings
from voiceshift.util.deadline import Deadline
from voiceshift.wire.connection import Connection, State
from voiceshift.wire.exchange import Exchange
from voiceshift.wire.messages import AudioSegment
from voiceshift.wire.sink import FileSink, MemorySink, Spool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.testing import ScriptedService
    from voiceshift.wire.sink import Sink

REQUEST = CoverRequest("Amazing Grace", "tenor")
NO_LIMIT = Deadline(None, CoverTimeout, "test")
PIECE = AudioSegment("Title", 3, is_final=False)


@contextmanager
def connected(service: ScriptedService) -> Iterator[Connection]:
    """An authenticated connection, given up in the end."""
    settings = Settings(uri=service.uri, token=service.token)
    connection = Connection(settings, Deadline(20, ConnectTimeout, "connection"))
    try:
        list(connection.open(NO_LIMIT))
        yield connection
    finally:
        connection.abort()


def exchange(sink: Sink | None = None, **options: Any) -> Exchange:
    """One about a song, in memory if nothing else is said."""
    return Exchange(REQUEST, sink or MemorySink(), **options)


def test_cover_has_all_that_came(voiceshift_service: ScriptedService) -> None:
    """Though nothing but the final segment is announced."""
    voiceshift_service.will_stream(b"OggS and sound", segments=3, title="A title", queued=0)
    with connected(voiceshift_service) as connection, exchange(max_embedded=5) as cover:
        announced = list(cover.events(connection, NO_LIMIT))
        result = cover.complete()
    assert [event.is_final for event in announced if isinstance(event, AudioSegment)] == [True]
    assert (result.audio, result.title, result.segments) == (b"OggS and sound", "A title", 3)
    assert (result.complete, result.size, result.max_embedded) == (True, 14, 5)


def test_segments_are_read_in_their_order(voiceshift_service: ScriptedService) -> None:
    """What is announced has a length only; its audio is read from the sink by whom it concerns."""
    voiceshift_service.will_stream(b"abcdef", segments=3, title="T", queued=0)
    with connected(voiceshift_service) as connection, exchange(announces=True) as cover:
        segments = [
            cover.read(event)
            for event in cover.events(connection, NO_LIMIT)
            if isinstance(event, AudioSegment)
        ]
    assert segments == [
        Segment(0, "T", b"ab", is_final=False),
        Segment(1, "T", b"cd", is_final=False),
        Segment(2, "T", b"ef", is_final=True),
    ]


def test_connection_is_kept_after_the_final_segment(voiceshift_service: ScriptedService) -> None:
    """Also where the caller fails at what it does with it."""
    with connected(voiceshift_service) as connection:
        with suppress(LookupError), exchange() as cover:
            list(cover.events(connection, NO_LIMIT))
            raise LookupError
        assert connection.is_ready()


def test_connection_ends_with_a_cover_that_is_left(voiceshift_service: ScriptedService) -> None:
    """What still comes of it could be taken for the next one's."""
    with connected(voiceshift_service) as connection:
        with exchange(announces=True) as cover:
            next(cover.events(connection, NO_LIMIT))
        assert connection.state is State.CLOSED


# ---- what arrived before a failure


def fail(cover: Exchange) -> ConnectionLost:
    """The error that a connection's loss becomes."""
    with pytest.raises(ConnectionLost) as caught, cover:
        raise ConnectionLost("gone")
    return caught.value


def test_partial_cover_in_memory() -> None:
    """It is in the error."""
    cover = exchange()
    cover.store(PIECE, b"ID3")
    partial = fail(cover).partial
    assert partial is not None
    assert (partial.audio, partial.complete, partial.segments) == (b"ID3", False, 1)
    assert (partial.title, partial.suffix) == ("Title", ".mp3")


@pytest.mark.part_files("song.mp3.part")
def test_partial_cover_in_a_file(tmp_path: Path) -> None:
    """It keeps the name of a part, and the error says where that is."""
    cover = exchange(FileSink(tmp_path / "song.mp3"))
    cover.store(PIECE, b"ID3")
    error = fail(cover)
    assert error.partial is not None
    assert error.partial.path == tmp_path / "song.mp3.part"
    assert str(error) == f"gone; what arrived of the cover is kept in {error.partial.path}"


def test_no_partial_cover_where_no_audio_came(tmp_path: Path) -> None:
    """Nor is there a file of it."""
    for sink in (MemorySink(), FileSink(tmp_path / "song.ogg")):
        cover = exchange(sink)
        cover.store(AudioSegment("Title", 0, is_final=False), b"")
        assert fail(cover).partial is None
    assert list(tmp_path.iterdir()) == []


def test_no_partial_cover_of_a_stream() -> None:
    """Its consumer has the segments already."""
    cover = exchange(Spool(16))
    cover.store(PIECE, b"ID3")
    assert fail(cover).partial is None

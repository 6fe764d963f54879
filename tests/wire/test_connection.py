"""One connection: its reader thread, what it says of the end, and how it is ended."""

from __future__ import annotations

import gc
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.raw_service import Conversation, Peer, RawService
from voiceshift import (
    AuthError,
    ClientClosed,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    CoverRequest,
    CoverTimeout,
    ProtocolError,
    Settings,
)
from voiceshift.events import Authenticated, Connected, Progress, Queued
from voiceshift.testing.frames import PING, close_frame, frame, json_frame
from voiceshift.util.deadline import Deadline
from voiceshift.wire.connection import Connection, State
from voiceshift.wire.messages import AudioSegment
from voiceshift.wire.transport import FrameBuffer

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST = CoverRequest("Amazing Grace", "tenor")
NO_LIMIT = Deadline(None, CoverTimeout, "test")


@contextmanager
def connected(conversation: Conversation, **options: Any) -> Iterator[Connection]:
    """A connection to a peer that has this conversation; given up in the end."""
    with RawService(conversation) as service:
        settings = Settings(uri=service.uri, token="a-token", **options)
        connection = Connection(settings, Deadline(20, ConnectTimeout, "connection"))
        try:
            yield connection
        finally:
            connection.abort()


def ready(connection: Connection) -> Connection:
    """The same connection, open and authenticated."""
    assert [type(event) for event in connection.open(NO_LIMIT)] == [Connected, Authenticated]
    return connection


class Recorder:
    """Stores the audio of a cover.

    Attributes:
        segments: With their audio.
    """

    def __init__(self, *, announces: bool = False) -> None:
        self.segments: list[tuple[AudioSegment, bytes]] = []
        self._announces = announces

    def __call__(self, segment: AudioSegment, audio: bytes) -> bool:
        """Store a segment; tell whether to announce it."""
        self.segments.append((segment, audio))
        return self._announces or segment.is_final


def start(connection: Connection, recorder: Recorder | None = None) -> None:
    """Ask for a cover."""
    connection.start_cover(REQUEST, recorder or Recorder())


def events(connection: Connection) -> list[Queued | Progress | AudioSegment]:
    """All that happens to the running cover."""
    seen = [connection.next_of_cover(NO_LIMIT)]
    while not getattr(seen[-1], "is_final", False):
        seen.append(connection.next_of_cover(NO_LIMIT))
    return seen


def wait_for_reader() -> None:
    """Wait until the reader thread has ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("voiceshift-reader"):
            thread.join(30)
            assert not thread.is_alive()


def answering(*frames: bytes) -> Conversation:
    """A service that answers the request with these frames."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send(b"".join(frames))

    return conversation


def segment(data: str, *, is_final: bool = False) -> bytes:
    """A segment's message."""
    return json_frame(type="audio_segment", song_title="T", audio_data=data, is_final=is_final)


def test_states() -> None:
    """The state tells how far the connection has come."""
    go = threading.Event()

    def conversation(peer: Peer) -> None:
        assert go.wait(30)
        answering(segment("QUJD", is_final=True))(peer)
        peer.wait_for_end()

    with connected(conversation) as connection:
        states = [connection.state]
        go.set()
        states += [connection.state for _ in connection.open(NO_LIMIT)]
        start(connection)
        states.append(connection.state)
        events(connection)
        states.append(connection.state)
    states.append(connection.state)
    assert states == [
        State.CONNECTING,
        State.OPEN,
        State.AUTHENTICATED,
        State.COVERING,
        State.AUTHENTICATED,
        State.CLOSED,
    ]


def test_reader_is_a_named_daemon() -> None:
    """The thread can be recognised, and does not keep the interpreter from exiting."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.wait_for_end()

    with connected(conversation) as connection:
        ready(connection)
        readers = [thread for thread in threading.enumerate() if "voiceshift-reader" in thread.name]
        assert len(readers) == 1
        assert readers[0].daemon


@pytest.mark.parametrize("announced", [True, False])
def test_segments_are_announced_where_wanted(*, announced: bool) -> None:
    """All audio is stored; each segment has an event, or only the final one."""
    frames = [segment("QUJD"), segment("REVG"), segment("", is_final=True)]
    recorder = Recorder(announces=announced)
    with connected(answering(*frames)) as connection:
        start(ready(connection), recorder)
        seen = events(connection)
    piece, final = AudioSegment("T", 3, is_final=False), AudioSegment("T", 0, is_final=True)
    assert seen == [*[piece, piece] * announced, final]
    assert recorder.segments == [(piece, b"ABC"), (piece, b"DEF"), (final, b"")]


def test_unknown_messages_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """They are logged; notices are events, in their order."""
    caplog.set_level(logging.DEBUG, logger="voiceshift")
    frames = [
        json_frame(type="job_queued", message="wait"),
        json_frame(type="news of a-token"),
        segment("", is_final=True),
    ]
    with connected(answering(*frames)) as connection:
        start(ready(connection))
        assert events(connection) == [Queued("wait"), AudioSegment("T", 0, is_final=True)]
    assert "unknown type 'news of ***'" in caplog.text


def test_the_end_is_told_again_and_again() -> None:
    """Every later call raises the same error, each time a new copy."""
    with connected(answering(close_frame(1011, b"broken"))) as connection:
        start(ready(connection))
        errors = []
        for _ in range(3):
            with pytest.raises(ConnectionLost, match="broken") as caught:
                events(connection)
            errors.append(caught.value)
    assert len({id(error) for error in errors}) == 3


def test_what_came_before_the_end_is_told_first() -> None:
    """The error is the last of the events, however fast it follows."""
    frames = [segment("QUJD"), segment("REVG"), close_frame(1011)]
    with connected(answering(*frames)) as connection:
        start(ready(connection), Recorder(announces=True))
        wait_for_reader()
        piece = AudioSegment("T", 3, is_final=False)
        assert [connection.next_of_cover(NO_LIMIT) for _ in range(2)] == [piece, piece]
        with pytest.raises(ConnectionLost, match="1011"):
            connection.next_of_cover(NO_LIMIT)


def test_close_reason_explains_a_failed_send() -> None:
    """Where a request cannot be sent any more, the error is the service's own reason."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.send(close_frame(4001, b"expired"))

    with connected(conversation) as connection:
        ready(connection)
        wait_for_reader()
        with pytest.raises(AuthError, match="expired"):
            start(connection)


def test_loss_before_authentication_is_a_failure_to_connect() -> None:
    """Until the token was taken there is no connection to lose; the loss is the cause."""

    def conversation(peer: Peer) -> None:
        peer.open_websocket()
        peer.send(close_frame(1013, b"busy"))

    with (
        connected(conversation) as connection,
        pytest.raises(ConnectError, match="busy") as caught,
    ):
        list(connection.open(NO_LIMIT))
    assert isinstance(caught.value.__cause__, ConnectionLost)


def test_idle_connection_is_ready() -> None:
    """Notices and unknown messages between covers do no harm."""
    read = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.send(json_frame(type="news") + json_frame(type="job_queued") + frame(PING))
        peer.receive_frame()  # the pong: all that was sent before the ping was read
        read.set()
        peer.wait_for_end()

    with connected(conversation) as connection:
        ready(connection)
        assert read.wait(30)
        assert connection.is_ready()


@pytest.mark.parametrize(
    "data",
    [close_frame(1001), b"", frame(1, b"no JSON"), segment("QUJD", is_final=True)],
    ids=["closed", "dropped", "no JSON", "audio that belongs to no cover"],
)
def test_ended_connection_is_not_ready(data: bytes) -> None:
    """Whatever ended it, another one is needed."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.send(data)

    with connected(conversation) as connection:
        ready(connection)
        wait_for_reader()
        assert not connection.is_ready()
        assert connection.state is State.CLOSED


def test_withdrawn_authentication_is_an_error() -> None:
    """A 4001 while idle is not passed over."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.send(close_frame(4001))

    with connected(conversation) as connection:
        ready(connection)
        wait_for_reader()
        with pytest.raises(AuthError):
            connection.is_ready()


def test_close_ends_the_wait() -> None:
    """Whoever waits for the service learns that the client was closed."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.wait_for_end()

    with connected(conversation, close_timeout=0.1) as connection:
        start(ready(connection))
        connection.close()
        with pytest.raises(ClientClosed, match="was closed"):
            events(connection)


def test_abort_waits_for_nobody() -> None:
    """Giving up does not wait for the service's half of the close."""
    leave = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        leave.wait(30)

    with connected(conversation, close_timeout=None) as connection:
        ready(connection)
        started = time.monotonic()
        connection.abort()
        wait_for_reader()
        assert time.monotonic() - started < 10
        leave.set()


def test_close_after_the_end() -> None:
    """A connection that ended by itself can be closed and given up, repeatedly."""
    with connected(answering(close_frame(1000))) as connection:
        start(ready(connection))
        wait_for_reader()
        for _ in range(2):
            connection.close()
            connection.abort()
        assert connection.state is State.CLOSED


def test_audio_after_the_final_segment_breaks_the_protocol() -> None:
    """It belongs to no cover, and is written nowhere."""
    frames = [segment("QUJD", is_final=True), segment("REVG")]
    recorder = Recorder()
    with connected(answering(*frames)) as connection:
        start(ready(connection), recorder)
        events(connection)
        wait_for_reader()
        with pytest.raises(ProtocolError, match="no cover"):
            events(connection)
    assert [audio for _, audio in recorder.segments] == [b"ABC"]


@pytest.mark.parametrize("end", [Peer.reset, lambda peer: peer.send(close_frame(1011))])
def test_error_holds_no_receive_buffer(end: Conversation) -> None:
    """Whoever keeps the errors of lost connections keeps no megabytes, and no cycle does."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        end(peer)

    gc.collect()
    gc.disable()
    try:
        before = receive_buffers()
        with connected(conversation) as connection:
            start(ready(connection))
            with pytest.raises(ConnectionLost) as kept:
                events(connection)
        assert receive_buffers() == before, kept.value
    finally:
        gc.enable()


def receive_buffers() -> int:
    """How many there are in this process."""
    return sum(type(thing) is FrameBuffer for thing in gc.get_objects())

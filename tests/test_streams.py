"""Properties of the way from the network's bytes to typed messages, on streams of all kinds."""

from __future__ import annotations

import struct

from tests.support.properties import given, st
from tests.support.reading import in_pieces, read
from tests.support.streams import Stream, streams
from voiceshift.errors import AuthError, ConnectionLost, VoiceShiftError
from voiceshift.events import Queued
from voiceshift.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
)
from voiceshift.wire.messages import AudioSegment, Message

piece_sizes = st.lists(st.integers(1, 200), max_size=200) | st.lists(st.just(1), max_size=2000)


def answers(stream: Stream) -> bytes:
    """What a client has to send: a pong for each ping, then its half of the close."""
    pongs = [frame(PONG, payload, mask=True) for payload in stream.pings]
    code = b"" if stream.code == 1005 else struct.pack("!H", stream.code)
    return b"".join(pongs) + frame(CLOSE, code, mask=True)


@given(stream=streams(), sizes=piece_sizes)
def test_any_delivery_gives_the_same(stream: Stream, sizes: list[int]) -> None:
    """However the network cuts a stream: its messages, its close, an answer to each ping."""
    reading = read(stream.data, iter(sizes))
    kind, _, attributes = reading.error
    assert reading.messages == [message for _, message in stream.arrivals]
    assert kind is (AuthError if stream.code == 4001 else ConnectionLost)
    assert (attributes["code"], attributes["reason"]) == (stream.code, stream.reason)
    assert reading.answers == answers(stream)


def check_cut(stream: Stream, end: int, sizes: list[int]) -> None:
    """What was whole before the cut is received, nothing else, and the connection is lost."""
    reading = read(stream.data[:end], iter(sizes))
    kind, _, attributes = reading.error
    assert reading.messages == [message for arrived, message in stream.arrivals if arrived <= end]
    assert kind is ConnectionLost
    assert (attributes["code"], attributes["reason"]) == (1006, "")


@given(stream=streams(), sizes=piece_sizes, data=st.data())
def test_cut_stream_gives_a_prefix(stream: Stream, sizes: list[int], data: st.DataObject) -> None:
    """A valid stream that ends early gives its first messages, and a lost connection."""
    check_cut(stream, data.draw(st.integers(0, len(stream.data) - 1)), sizes)


def test_cut_at_every_byte() -> None:
    """Likewise at each single byte of one stream, headers and lengths included."""
    notice = frame(TEXT, b'{"type": "job_queued", "mes', final=False) + frame(PING, b"?")
    notice += frame(CONTINUATION, b'sage": "wait"}')
    segment = (
        b'{"type": "audio_segment", "song_title": "T", "audio_data": "QUJD", "is_final": true}'
    )
    padded = segment + b" " * 60  # past 125 bytes the length has two more
    data = notice + frame(BINARY, padded) + close_frame(1001, b"bye")
    arrivals: list[tuple[int, tuple[Message, bytes]]] = [
        (len(notice), (Queued("wait"), b"")),
        (len(notice) + len(frame(BINARY, padded)), (AudioSegment("T", 3, is_final=True), b"ABC")),
    ]
    stream = Stream(data, arrivals, [b"?"], 1001, "bye")
    for end in range(len(data)):
        check_cut(stream, end, [])


# ---- streams that break the rules

odd_frames = st.builds(
    frame,
    st.integers(0, 15),
    st.binary(max_size=300),
    final=st.booleans(),
    reserved=st.sampled_from([0, 0, 0, 0, 0, 0, 1, 2, 4]),
    mask=st.sampled_from([False, False, False, False, False, True]),
    length=st.none() | st.integers(0, 2**64 - 1),
)


@st.composite
def damaged_streams(draw: st.DrawFn) -> bytes:
    """A valid stream with some bytes replaced, left out or put in."""
    data = draw(streams()).data
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(st.binary(max_size=4)) + data[start + draw(st.integers(0, 4)) :]
    return data


any_bytes = st.one_of(
    st.binary(max_size=500),
    st.lists(odd_frames, max_size=10).map(b"".join),
    damaged_streams(),
)


@given(data=any_bytes, size=st.integers(1, 300))
def test_any_bytes_end_in_a_typed_error(data: bytes, size: int) -> None:
    """Whatever is sent: messages, then one of our errors; the same ones in any pieces."""
    reading = read(data, in_pieces(size))
    assert issubclass(reading.error[0], VoiceShiftError)
    assert reading == read(data, iter([]))

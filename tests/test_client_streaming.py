"""Covers that are taken segment by segment."""

from __future__ import annotations

import gc
import json
import threading
from typing import Any

import pytest

from tests.support.raw_service import Peer, RawService
from voiceshift import (
    Client,
    ClientBusy,
    ConnectionLost,
    CoverTimeout,
    ProtocolError,
    Segment,
    SettingsError,
)
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.testing.frames import PING, PONG, frame

SONG, VOICE = "Amazing Grace", "tenor"


def test_segments_are_yielded(voiceshift_service: ScriptedService) -> None:
    """Each segment has its index, title and audio, and the last is marked."""
    voiceshift_service.will_stream(b"abcdef", segments=3, title="T")
    with Client() as client:
        segments = list(client.stream_cover(SONG, VOICE, 2, user_id=7))
    assert segments == [
        Segment(0, "T", b"ab", is_final=False),
        Segment(1, "T", b"cd", is_final=False),
        Segment(2, "T", b"ef", is_final=True),
    ]
    assert voiceshift_service.requests == [
        {"type": "cover", "song": SONG, "model": VOICE, "pitch": 2, "user_id": 7}
    ]


def test_segments_are_yielded_as_they_arrive() -> None:
    """The first segment is there before the service sends the second."""
    taken = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send_segment(b"first")
        assert taken.wait(30)
        peer.send_segment(b"last", is_final=True)

    with RawService(conversation) as service, Client(service.uri, "a-token") as client:
        stream = client.stream_cover(SONG, VOICE)
        assert next(stream).audio == b"first"
        taken.set()
        assert [segment.audio for segment in stream] == [b"last"]


PIECES = ["QU", "JDR", "", "EVGRw", "=", "="]
"""``ABCDEFG`` in base64, cut as nobody would; the last one cuts the padding."""


def pieces(*texts: str) -> list[str]:
    """The messages with these pieces of base64, the last of them final."""
    fields = {"type": "audio_segment", "song_title": "T"}
    return [
        json.dumps({**fields, "audio_data": text, "is_final": number == len(texts)})
        for number, text in enumerate(texts, 1)
    ]


def test_base64_may_be_cut_anywhere(voiceshift_service: ScriptedService) -> None:
    """Each segment has what is complete with it, and the connection takes the next cover."""
    voiceshift_service.will_send_raw(*pieces(*PIECES), at="request")
    voiceshift_service.will_send_raw(*pieces(*PIECES), at="request")
    with Client() as client:
        segments = list(client.stream_cover(SONG, VOICE))
        assert [segment.audio for segment in segments] == [b"", b"ABC", b"", b"DEF", b"", b"G"]
        events: list[object] = []
        cover = client.create_cover(SONG, VOICE, on_event=events.append)
    assert (cover.audio, cover.segments) == (b"ABCDEFG", len(PIECES))
    assert events == segments
    assert voiceshift_service.connections == 1


def test_what_is_left_over_is_a_protocol_error(voiceshift_service: ScriptedService) -> None:
    """With all that was complete as the partial cover."""
    voiceshift_service.will_send_raw(*pieces("QUJDR", "EVGR"), at="request")
    with Client() as client, pytest.raises(ProtocolError, match="not base64") as caught:
        client.create_cover(SONG, VOICE)
    assert caught.value.partial is not None
    assert (caught.value.partial.audio, caught.value.partial.segments) == (b"ABC", 1)


def test_request_is_sent_with_the_first_segment_wanted(
    voiceshift_service: ScriptedService,
) -> None:
    """A stream that nobody takes anything of costs nothing."""
    with Client() as client:
        stream = client.stream_cover(SONG, VOICE)
        assert voiceshift_service.connections == 0
        next(stream)
        assert len(voiceshift_service.requests) == 1
        stream.close()  # type: ignore[attr-defined] # it is a generator


@pytest.mark.parametrize("arguments", [{"pitch": 9}, {"song": ""}])
def test_bad_arguments_are_refused_at_once(
    voiceshift_service: ScriptedService, arguments: dict[str, Any]
) -> None:
    """A wrong argument fails where it is given, and not where the stream is first used."""
    with Client() as client, pytest.raises(SettingsError):
        client.stream_cover(**{"song": SONG, "voice": VOICE, **arguments})
    assert voiceshift_service.connections == 0


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "soon"])
def test_bad_timeout_is_refused_at_once(voiceshift_service: ScriptedService, timeout: Any) -> None:
    """A wrong timeout fails where it is given."""
    with Client() as client, pytest.raises(SettingsError, match="timeout"):
        client.stream_cover(SONG, VOICE, timeout=timeout)


def test_segments_before_a_failure_are_yielded(voiceshift_service: ScriptedService) -> None:
    """The error comes after everything that arrived."""
    voiceshift_service.will_close(1011, "broken", at="segment")
    with Client() as client:
        stream = client.stream_cover(SONG, VOICE)
        assert next(stream).audio == DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]
        with pytest.raises(ConnectionLost, match="broken"):
            next(stream)


def test_timeout_counts_from_the_first_segment_wanted(
    voiceshift_service: ScriptedService,
) -> None:
    """Making the iterator does not start the clock; taking from it does."""
    voiceshift_service.will_stream(b"sound")
    voiceshift_service.will_stall(at="segment")
    with Client() as client:
        streams = [client.stream_cover(SONG, VOICE, timeout=seconds) for seconds in (2, 0.4)]
        assert not threading.Event().wait(2.4)
        assert b"".join(segment.audio for segment in streams[0]) == b"sound"
        with pytest.raises(CoverTimeout) as caught:
            list(streams[1])
    assert caught.value.seconds == 0.4


def test_abandoned_stream_closes_the_connection(voiceshift_service: ScriptedService) -> None:
    """Leaving the loop early leaves nothing that the next cover could be given."""
    voiceshift_service.will_stream(b"A" * 1000, segments=1000)
    voiceshift_service.will_stream(b"B" * 1000, segments=10)
    with Client() as client:
        for _ in client.stream_cover(SONG, VOICE):
            break
        gc.collect()  # other Pythons than CPython end an abandoned generator only now
        assert client.create_cover(SONG, VOICE).audio == b"B" * 1000
    assert voiceshift_service.connections == 2


def test_abandoned_stream_ends_the_connection_at_once() -> None:
    """The service need not go on with a cover that nobody takes."""
    ended = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send_segment(b"first")
        peer.wait_for_end()
        ended.set()

    with RawService(conversation) as service, Client(service.uri, "a-token") as client:
        stream = client.stream_cover(SONG, VOICE)
        next(stream)
        stream.close()  # type: ignore[attr-defined] # it is a generator
        assert ended.wait(30)


def test_finished_stream_keeps_the_connection(voiceshift_service: ScriptedService) -> None:
    """After the final segment the connection serves the next cover."""
    with Client() as client:
        for _ in range(2):
            stream = client.stream_cover(SONG, VOICE)
            assert b"".join(segment.audio for segment in stream) == DEFAULT_AUDIO
    assert voiceshift_service.connections == 1


def test_unfinished_stream_keeps_the_client_busy(voiceshift_service: ScriptedService) -> None:
    """A second cover must wait until the stream is finished, and does no harm to it."""
    with Client() as client:
        stream = client.stream_cover(SONG, VOICE)
        segments = [next(stream)]
        with pytest.raises(ClientBusy):
            client.create_cover(SONG, VOICE)
        with pytest.raises(ClientBusy):
            next(client.stream_cover(SONG, VOICE))
        segments += stream
        assert b"".join(segment.audio for segment in segments) == DEFAULT_AUDIO
        assert client.create_cover(SONG, VOICE).complete
    assert len(voiceshift_service.requests) == 2


def test_slow_consumer_loses_nothing() -> None:
    """What waits past max_buffered comes whole and in order; pings are answered meanwhile."""
    pieces = [bytes([number]) * 10_000 for number in range(200)]
    answered = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        for piece in pieces:
            peer.send_segment(piece)
        peer.send(frame(PING, b"there?"))
        assert peer.receive_frame() == (PONG, b"there?")
        answered.set()
        peer.send_segment(b"", is_final=True)

    with (
        RawService(conversation) as service,
        Client(service.uri, "a-token", max_buffered=15_000) as client,
    ):
        stream = client.stream_cover(SONG, VOICE)
        received = [next(stream).audio]
        assert answered.wait(30)
        received += [segment.audio for segment in stream]
    assert received == [*pieces, b""]

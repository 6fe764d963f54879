"""The client where all goes well: covers in memory and in files, events, reconnecting, retrying."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.support.raw_service import Conversation, Peer, RawService
from tests.support.reader_threads import wait_for_readers
from voiceshift import (
    Authenticated,
    AuthError,
    Client,
    ClientClosed,
    Connected,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    Event,
    Queued,
    Segment,
    SettingsError,
)
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.wire.sink import Sink

if TYPE_CHECKING:
    from pathlib import Path

SONG, VOICE = "Amazing Grace", "tenor"


def test_cover_in_memory(voiceshift_service: ScriptedService) -> None:
    """A cover has the service's bytes and title, and says how it came."""
    voiceshift_service.will_stream(b"fLaC and sound", segments=4, title="A title")
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, 1)
    assert cover.audio == b"fLaC and sound"
    assert (cover.title, cover.segments, cover.size) == ("A title", 4, 14)
    assert (cover.media_type, cover.suffix) == ("audio/flac", ".flac")
    assert cover.complete
    assert cover.path is None
    assert cover.elapsed > 0
    assert (cover.request.song, cover.request.voice, cover.request.pitch) == (SONG, VOICE, 1)


def test_empty_final_segment(voiceshift_service: ScriptedService) -> None:
    """A final segment without audio ends the cover like any other."""
    voiceshift_service.will_stream(b"", segments=1, queued=0)
    with Client() as client:
        cover = client.create_cover(SONG, VOICE)
    assert (cover.audio, cover.complete, cover.suffix) == (b"", True, ".bin")


def test_request_on_the_wire(voiceshift_service: ScriptedService) -> None:
    """The request has the protocol's fields, and a user id only where there is one."""
    large = 2**63 + 1  # a float would round it
    with Client() as client:
        client.create_cover(SONG, VOICE, -2)
        client.create_cover(SONG, VOICE, user_id=large)
    fields = {"type": "cover", "song": SONG, "model": VOICE}
    assert voiceshift_service.requests == [
        {**fields, "pitch": -2},
        {**fields, "pitch": 0, "user_id": large},
    ]


def test_settings_reach_the_request(voiceshift_service: ScriptedService) -> None:
    """Request type and user id of the settings are sent; a call's own user id goes first."""
    with Client(request_type="cover_request", user_id=7) as client:
        client.create_cover(SONG, VOICE)
        client.create_cover(SONG, VOICE, user_id=8)
    sent = [(request["type"], request["user_id"]) for request in voiceshift_service.requests]
    assert sent == [("cover_request", 7), ("cover_request", 8)]


def test_covers_share_a_connection(voiceshift_service: ScriptedService) -> None:
    """One authentication serves any number of covers, one after the other."""
    voiceshift_service.will_stream(b"first")
    voiceshift_service.will_stream(b"second")
    with Client() as client:
        covers = [client.create_cover(SONG, VOICE).audio for _ in range(3)]
    assert covers == [b"first", b"second", DEFAULT_AUDIO]
    assert voiceshift_service.connections == 1


def test_authenticate_returns_the_client(voiceshift_service: ScriptedService) -> None:
    """Authenticating connects, once, and can be chained."""
    with Client() as client:
        assert client.authenticate() is client
        assert client.authenticate().create_cover(SONG, VOICE).complete
    assert voiceshift_service.connections == 1


def test_nothing_is_connected_before_it_is_needed(voiceshift_service: ScriptedService) -> None:
    """Making and closing a client opens no connection."""
    Client().close()
    assert voiceshift_service.connections == 0


def test_repr_tells_the_state(voiceshift_service: ScriptedService) -> None:
    """The representation shows address and state, through the whole life of a client."""
    states = []
    client = Client()
    states.append(repr(client))
    client.authenticate()
    states.append(repr(client))
    client.create_cover(SONG, VOICE, on_event=lambda _: states.append(repr(client)))
    client.close()
    states.append(repr(client))
    assert {state.split()[1] for state in states} == {voiceshift_service.uri}
    words = [state.rstrip(">").split()[2] for state in states]
    assert words == ["new", "authenticated", *["covering"] * 3, "authenticated", "closed"]


def test_repr_tells_closed_from_ready(voiceshift_service: ScriptedService) -> None:
    """A lost connection is not the end of its client, which makes the next cover."""
    voiceshift_service.will_drop()
    with Client() as client:
        with pytest.raises(ConnectionLost):
            client.create_cover(SONG, VOICE)
        assert (
            repr(client) == f"<voiceshift.Client {voiceshift_service.uri} ready to connect again>"
        )
        client.create_cover(SONG, VOICE)
    assert repr(client) == f"<voiceshift.Client {voiceshift_service.uri} closed>"


# ---- events


@pytest.mark.parametrize("progress", [None, True])
def test_events_come_in_order(voiceshift_service: ScriptedService, progress: bool | None) -> None:
    """Connected, authenticated, each notice of the queue, each segment, progress shown or not."""
    voiceshift_service.will_stream(b"abcdef", segments=3, title="T", queued=2)
    events: list[Event] = []
    with Client() as client:
        client.create_cover(SONG, VOICE, on_event=events.append, progress=progress)
    notice = Queued("Job wurde in die Warteschlange eingereiht.")
    assert events == [
        Connected(voiceshift_service.uri),
        Authenticated(),
        notice,
        notice,
        Segment(0, "T", b"ab", is_final=False),
        Segment(1, "T", b"cd", is_final=False),
        Segment(2, "T", b"ef", is_final=True),
    ]


def test_events_come_in_the_callers_thread(voiceshift_service: ScriptedService) -> None:
    """A callback needs no locks: it runs where create_cover was called."""
    threads = set()
    with Client() as client:
        client.create_cover(SONG, VOICE, on_event=lambda _: threads.add(threading.current_thread()))
    assert threads == {threading.current_thread()}


def test_second_cover_has_no_connection_events(voiceshift_service: ScriptedService) -> None:
    """Connecting is told of only where it happens."""
    events: list[Event] = []
    with Client() as client:
        client.create_cover(SONG, VOICE)
        client.create_cover(SONG, VOICE, on_event=events.append)
    assert {type(event) for event in events} == {Queued, Segment}


def test_progress_reads_no_audio(
    voiceshift_service: ScriptedService,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It needs to know only how much came; audio is read back for the caller's function alone."""
    reads: list[int] = []
    read = Sink.read

    def recorded(sink: Sink, length: int) -> bytes:
        reads.append(length)
        return read(sink, length)

    monkeypatch.setattr(Sink, "read", recorded)
    voiceshift_service.will_stream(b"x" * 6000, segments=3)
    with Client() as client:
        client.create_cover(SONG, VOICE, progress=True)
        assert "Grace: 6 kB" in capsys.readouterr().err
        assert reads == []
        client.create_cover(SONG, VOICE, progress=True, on_event=lambda _: None)
    assert (len(reads), sum(reads)) == (3, len(DEFAULT_AUDIO))


# ---- files


def test_cover_to_a_file(voiceshift_service: ScriptedService, tmp_path: Path) -> None:
    """With `to` the audio is in the file, and the cover reads it from there."""
    target = tmp_path / "song.ogg"
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, to=target)
    assert target.read_bytes() == DEFAULT_AUDIO
    assert (cover.path, cover.audio, cover.size) == (target, DEFAULT_AUDIO, len(DEFAULT_AUDIO))


def test_file_gets_its_name_at_the_end(voiceshift_service: ScriptedService, tmp_path: Path) -> None:
    """While the audio arrives it is in a `.part` file, and a file replaced stays until then."""
    target, part = tmp_path / "song.ogg", tmp_path / "song.ogg.part"
    target.write_bytes(b"an older cover")
    seen = []

    def look(event: Event) -> None:
        if isinstance(event, Segment):
            seen.append((part.exists(), target.read_bytes()))

    with Client() as client:
        client.create_cover(SONG, VOICE, to=target, on_event=look)
    assert seen == [(True, b"an older cover")] * 3
    assert target.read_bytes() == DEFAULT_AUDIO
    assert not part.exists()


def test_relative_file_survives_a_change_of_folder(
    voiceshift_service: ScriptedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`to` counts from where the call began, not from where it ends."""
    (tmp_path / "elsewhere").mkdir()
    with Client() as client:
        client.create_cover(
            SONG, VOICE, to="song.ogg", on_event=lambda _: monkeypatch.chdir(tmp_path / "elsewhere")
        )
    assert (tmp_path / "song.ogg").read_bytes() == DEFAULT_AUDIO


# ---- arguments


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"song": ""}, "song"),
        ({"song": None}, "song"),
        ({"voice": "  "}, "voice"),
        ({"pitch": 3}, "pitch"),
        ({"pitch": 0.5}, "pitch"),
        ({"pitch": True}, "pitch"),
        ({"user_id": 0}, "user_id"),
        ({"user_id": 1.0}, "user_id"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"to": "no/such/folder/song.ogg"}, "no/such/folder"),
        ({"to": ""}, "folder"),
        ({"to": 7}, "to must be"),
        ({"on_event": "print"}, "on_event must be a function, not 'print'"),
    ],
)
def test_bad_arguments_send_nothing(
    voiceshift_service: ScriptedService, arguments: dict[str, Any], words: str
) -> None:
    """An argument that is wrong is refused before anything is connected."""
    with Client() as client, pytest.raises(SettingsError, match=words):
        client.create_cover(**{"song": SONG, "voice": VOICE, **arguments})
    assert voiceshift_service.connections == 0


def test_bad_argument_leaves_the_client_usable(voiceshift_service: ScriptedService) -> None:
    """A refused call changes nothing."""
    with Client() as client:
        client.authenticate()
        with pytest.raises(SettingsError):
            client.create_cover(SONG, VOICE, pitch=5)
        assert client.create_cover(SONG, VOICE).complete
    assert voiceshift_service.connections == 1


# ---- reconnecting and retrying


def test_reconnects_after_the_service_went_away(voiceshift_service: ScriptedService) -> None:
    """A connection that ended between two covers is replaced without a word."""
    with Client() as client:
        client.create_cover(SONG, VOICE)
        voiceshift_service.disconnect(1012, "restart")
        wait_for_readers()
        assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO
    assert voiceshift_service.connections == 2


def test_reconnects_after_audio_that_belongs_to_no_cover() -> None:
    """What a service sends between covers is never credited to the next one."""

    def first(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send_segment(b"right", is_final=True)
        peer.send_segment(b"stray", is_final=True)
        peer.wait_for_end()

    def second(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send_segment(b"also right", is_final=True)

    with RawService(first, second) as service, Client(service.uri, "a-token") as client:
        assert client.create_cover(SONG, VOICE).audio == b"right"
        wait_for_readers()
        assert client.create_cover(SONG, VOICE).audio == b"also right"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 530])
def test_transient_refusals_are_tried_again(
    voiceshift_service: ScriptedService, status: int
) -> None:
    """A service that is overloaded or restarting is asked again."""
    voiceshift_service.will_refuse(status)
    with Client() as client:
        assert client.create_cover(SONG, VOICE).complete
    assert voiceshift_service.connections == 1


def test_broken_handshake_is_tried_again() -> None:
    """A connection that breaks before the WebSocket is open is not the last attempt."""

    def good(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()  # the client's close

    with RawService(Peer.reset, good) as service, Client(service.uri, "a-token") as client:
        client.authenticate()
        assert service.connections == 2


@pytest.mark.parametrize("step", ["connected", "challenged", "token"])
def test_broken_authentication_is_tried_again(
    voiceshift_service: ScriptedService, step: Literal["connected", "challenged", "token"]
) -> None:
    """Nothing that costs was sent before the authentication is done, so it may be sent again."""
    voiceshift_service.will_close(1013, at=step)
    with Client() as client:
        assert client.create_cover(SONG, VOICE).complete
    assert voiceshift_service.connections == 2
    assert len(voiceshift_service.requests) == 1


def test_refused_token_is_not_tried_again(voiceshift_service: ScriptedService) -> None:
    """4001 is the service's answer, not a fault of the connection."""
    voiceshift_service.will_close(4001, at="token")
    with Client() as client, pytest.raises(AuthError):
        client.authenticate()
    assert voiceshift_service.connections == 1


def test_attempts_are_limited(voiceshift_service: ScriptedService) -> None:
    """After `connect_attempts` the last refusal is raised."""
    for status in (502, 503, 504):
        voiceshift_service.will_refuse(status)
    with Client(connect_attempts=2) as client, pytest.raises(ConnectError) as caught:
        client.authenticate()
    assert caught.value.status == 503


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_final_refusals_are_not_tried_again(
    voiceshift_service: ScriptedService, status: int
) -> None:
    """A refusal that another attempt would meet again is raised at once."""
    voiceshift_service.will_refuse(status)
    with Client() as client, pytest.raises(ConnectError) as caught:
        client.authenticate()
    assert caught.value.status == status
    assert voiceshift_service.connections == 0


def refusing(retry_after: int) -> Conversation:
    """A service that has too many connections, and says when to come again."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(f"HTTP/1.1 429 No\r\nRetry-After: {retry_after}\r\n\r\n".encode())

    return conversation


def test_time_that_a_refusal_names_is_waited() -> None:
    """Not before it is over comes the next attempt."""
    times = []

    def good(peer: Peer) -> None:
        times.append(time.monotonic())
        peer.authenticate()
        peer.receive_frame()  # the client's close

    with (
        RawService(refusing(retry_after=1), good) as service,
        Client(service.uri, "a-token") as client,
    ):
        started = time.monotonic()
        client.authenticate()
    assert times[0] - started >= 1


def test_time_that_is_too_long_is_not_waited() -> None:
    """What would not be over within connect_timeout is told at once."""
    with (
        RawService(refusing(retry_after=3600)) as service,
        Client(service.uri, "a-token") as client,
        pytest.raises(ConnectError, match="asks to wait 3600 seconds") as caught,
    ):
        client.authenticate()
    assert (caught.value.status, caught.value.retry_after) == (429, 3600)
    assert service.connections == 1


def test_attempts_stay_within_the_timeout(voiceshift_service: ScriptedService) -> None:
    """Attempts and the pauses between them together keep within connect_timeout."""
    for _ in range(50):
        voiceshift_service.will_refuse(503)
    started = time.monotonic()
    # The limit may pass in a pause, whose refusal is raised then, or in an attempt.
    ends = (ConnectError, ConnectTimeout)
    with Client(connect_attempts=50, connect_timeout=1) as client, pytest.raises(ends):
        client.authenticate()
    assert time.monotonic() - started < 10


# ---- the end


def test_close_is_idempotent(voiceshift_service: ScriptedService) -> None:
    """Closing again does nothing."""
    client = Client().authenticate()
    client.close()
    client.close()


def test_closed_client_is_of_no_use(voiceshift_service: ScriptedService) -> None:
    """Every call after the close raises ClientClosed, and connects nothing."""
    client = Client()
    client.close()
    with pytest.raises(ClientClosed):
        client.authenticate()
    with pytest.raises(ClientClosed):
        client.create_cover(SONG, VOICE)
    with pytest.raises(ClientClosed):
        next(client.stream_cover(SONG, VOICE))
    assert voiceshift_service.connections == 0


def test_close_says_goodbye() -> None:
    """The service gets a close frame with code 1000."""
    heard = []

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        heard.append(peer.receive_frame())

    with RawService(conversation) as service:
        Client(service.uri, "a-token").authenticate().close()
    assert heard == [(0x8, b"\x03\xe8")]


def test_close_does_not_wait_for_a_silent_service() -> None:
    """A service that never answers the close delays it by no more than close_timeout."""
    leave = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        leave.wait(30)

    with RawService(conversation) as service:
        client = Client(service.uri, "a-token", close_timeout=0.2).authenticate()
        started = time.monotonic()
        client.close()
        assert time.monotonic() - started < 10
        leave.set()

"""The scripted service, spoken to through a client library of its own."""

from __future__ import annotations

import base64
import json
import socket
import threading
from contextlib import closing, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.testing.frames import TEXT, frame

REQUEST = {"type": "cover", "song": "Amazing Grace", "model": "tenor", "pitch": -1}


def receive(connection: ClientConnection) -> dict[str, Any]:
    """The next message, or a failure of the test where none comes."""
    message = json.loads(connection.recv(timeout=30))
    assert isinstance(message, dict)
    return message


def authenticate(connection: ClientConnection, token: str) -> dict[str, Any]:
    """Answer the challenge; what the service says then."""
    assert receive(connection) == {"type": "auth_required"}
    connection.send(json.dumps({"token": token}))
    return receive(connection)


def receive_cover(connection: ClientConnection) -> list[dict[str, Any]]:
    """Every message up to the final segment."""
    messages = [receive(connection)]
    while not messages[-1].get("is_final"):
        messages.append(receive(connection))
    return messages


def audio_of(messages: list[dict[str, Any]]) -> bytes:
    """The segments' audio, joined."""
    return b"".join(base64.b64decode(message.get("audio_data", "")) for message in messages)


def close_of(connection: ClientConnection) -> tuple[int, str] | None:
    """Code and reason with which the service closes, whatever it says before; ``None``: a drop."""
    try:
        while True:
            connection.recv(timeout=30)
    except ConnectionClosed as closed:
        return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else None


def test_default_cover(voiceshift_service: ScriptedService) -> None:
    """Without a script a cover is one notice of the queue and three segments."""
    with connect(voiceshift_service.uri) as connection:
        assert authenticate(connection, voiceshift_service.token) == {"type": "auth_success"}
        connection.send(json.dumps(REQUEST))
        messages = receive_cover(connection)
    kinds = [message["type"] for message in messages]
    assert kinds == ["job_queued", *["audio_segment"] * 3]
    assert {message["song_title"] for message in messages[1:]} == {"Amazing Grace (tenor, -1)"}
    assert audio_of(messages) == DEFAULT_AUDIO


def test_scripted_cover(voiceshift_service: ScriptedService) -> None:
    """Audio, number of segments, title and notices are the script's."""
    voiceshift_service.will_stream(b"0123456789", segments=4, title="A title", queued=2)
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps(REQUEST))
        messages = receive_cover(connection)
    assert [message["type"] for message in messages] == ["job_queued"] * 2 + ["audio_segment"] * 4
    assert [message["is_final"] for message in messages[2:]] == [False, False, False, True]
    assert messages[2]["song_title"] == "A title"
    assert audio_of(messages) == b"0123456789"


def test_scripts_are_used_up_in_order(voiceshift_service: ScriptedService) -> None:
    """Each script is for one cover; after the last one covers are the default again."""
    voiceshift_service.will_stream(b"first", segments=1)
    voiceshift_service.will_stream(b"second", segments=1)
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        covers = []
        for _ in range(3):
            connection.send(json.dumps(REQUEST))
            covers.append(audio_of(receive_cover(connection)))
    assert covers == [b"first", b"second", DEFAULT_AUDIO]


def test_requests_are_recorded(voiceshift_service: ScriptedService) -> None:
    """The cover requests can be looked at, with every field as it was sent."""
    request = {**REQUEST, "user_id": 2**63}
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps(request))
        receive_cover(connection)
    assert voiceshift_service.requests == [request]


def test_connections_are_counted(voiceshift_service: ScriptedService) -> None:
    """Every WebSocket that was opened counts."""
    for _ in range(2):
        with connect(voiceshift_service.uri) as connection:
            receive(connection)
    assert voiceshift_service.connections == 2


def test_wrong_token_is_refused(voiceshift_service: ScriptedService) -> None:
    """A token that is not the service's own is answered with close 4001."""
    with connect(voiceshift_service.uri) as connection:
        receive(connection)
        connection.send(json.dumps({"token": "another-token"}))
        assert close_of(connection) == (4001, "Unauthorized")


@pytest.mark.parametrize(
    "fault",
    [{"type": "song"}, {"song": None}, {"model": 7}, {"pitch": "0"}, {"pitch": 3}, {"pitch": True}],
)
def test_bad_request_is_answered_with_an_error(
    voiceshift_service: ScriptedService, fault: dict[str, Any]
) -> None:
    """A request that the protocol does not have gets an error message, and is recorded."""
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps({**REQUEST, **fault}))
        answer = receive(connection)
    assert answer["type"] == "error"
    assert str(next(iter(fault))) in answer["message"]
    assert len(voiceshift_service.requests) == 1


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("connected", []),
        ("challenged", ["auth_required"]),
        ("token", ["auth_required"]),
        ("authenticated", ["auth_required", "auth_success"]),
    ],
)
def test_close_at_each_step_of_a_connection(
    voiceshift_service: ScriptedService, step: Any, expected: list[str]
) -> None:
    """The scripted close comes when the step was passed, and not before."""
    voiceshift_service.will_close(4001, "no", at=step)
    said = []
    with connect(voiceshift_service.uri) as connection:
        with suppress(ConnectionClosed):
            said.append(receive(connection)["type"])
            connection.send(json.dumps({"token": voiceshift_service.token}))
            said.append(receive(connection)["type"])
        assert close_of(connection) == (4001, "no")
    assert said == expected


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("request", []),
        ("queued", ["job_queued"]),
        ("segment", ["job_queued", "audio_segment"]),
        ("complete", ["job_queued", *["audio_segment"] * 3]),
    ],
)
def test_close_at_each_step_of_a_cover(
    voiceshift_service: ScriptedService, step: Any, said: list[str]
) -> None:
    """The scripted close comes when the step was passed, and not before."""
    voiceshift_service.will_close(1011, "broken", at=step)
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps(REQUEST))
        assert [receive(connection)["type"] for _ in said] == said
        assert close_of(connection) == (1011, "broken")


def test_drop_has_no_close_frame(voiceshift_service: ScriptedService) -> None:
    """A dropped connection ends without a code."""
    voiceshift_service.will_drop(at="challenged")
    with connect(voiceshift_service.uri) as connection:
        assert close_of(connection) is None


def test_failure_leaves_the_connection_usable(voiceshift_service: ScriptedService) -> None:
    """After an error message the next cover can be asked for."""
    voiceshift_service.will_fail("no such song")
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps(REQUEST))
        assert receive(connection)["type"] == "job_queued"
        assert receive(connection) == {"type": "error", "message": "no such song"}
        connection.send(json.dumps(REQUEST))
        assert audio_of(receive_cover(connection)) == DEFAULT_AUDIO


def test_stall_says_nothing_more(voiceshift_service: ScriptedService) -> None:
    """A stalled service is silent, and `stalled` tells when it begins to be."""
    voiceshift_service.will_stall(at="queued")
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        assert not voiceshift_service.stalled.is_set()
        connection.send(json.dumps(REQUEST))
        assert receive(connection)["type"] == "job_queued"
        assert voiceshift_service.stalled.wait(30)
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.2)


def test_raw_messages_are_sent_as_they_are(voiceshift_service: ScriptedService) -> None:
    """Text stays text and bytes stay bytes, and the service listens on."""
    voiceshift_service.will_send_raw("no JSON", b"\xff\x00")
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        connection.send(json.dumps(REQUEST))
        assert connection.recv(timeout=30) == "no JSON"
        assert connection.recv(timeout=30) == b"\xff\x00"
        connection.send(json.dumps(REQUEST))
        assert audio_of(receive_cover(connection)) == DEFAULT_AUDIO


def test_refusal_is_for_one_attempt(voiceshift_service: ScriptedService) -> None:
    """A refused WebSocket gets the HTTP status; the next one is opened."""
    voiceshift_service.will_refuse(429)
    with pytest.raises(InvalidStatus) as caught:
        connect(voiceshift_service.uri)
    assert caught.value.response.status_code == 429
    with connect(voiceshift_service.uri) as connection:
        receive(connection)
    assert voiceshift_service.connections == 1


def test_disconnect_closes_what_is_open(voiceshift_service: ScriptedService) -> None:
    """Connections are closed at once; the service goes on taking new ones."""
    with connect(voiceshift_service.uri) as connection:
        authenticate(connection, voiceshift_service.token)
        voiceshift_service.disconnect(1012, "restart")
        assert close_of(connection) == (1012, "restart")
    with connect(voiceshift_service.uri) as connection:
        assert authenticate(connection, voiceshift_service.token) == {"type": "auth_success"}


@pytest.mark.parametrize("code", [0, 999, 1005, 1006, 5000])
def test_impossible_close_codes_are_refused(voiceshift_service: ScriptedService, code: int) -> None:
    """A script with a code that no frame can carry fails where it is written."""
    with pytest.raises(ValueError, match=str(code)):
        voiceshift_service.will_close(code)


def test_too_long_reason_is_refused(voiceshift_service: ScriptedService) -> None:
    """A reason must fit into a control frame."""
    with pytest.raises(ValueError, match="123"):
        voiceshift_service.will_close(1000, "é" * 62)


def test_unknown_step_is_refused(voiceshift_service: ScriptedService) -> None:
    """A mistyped step fails where it is written, and the message names those there are."""
    with pytest.raises(ValueError, match="challenged"):
        voiceshift_service.will_stall(at="challenge")  # type: ignore[arg-type] # the mistake


def test_no_segment_is_refused(voiceshift_service: ScriptedService) -> None:
    """A cover without its final message could never end."""
    with pytest.raises(ValueError, match="one segment or more"):
        voiceshift_service.will_stream(b"audio", segments=0)


def test_close_ends_a_client_that_waits() -> None:
    """The service stops though clients are connected, and leaves no thread."""
    before = set(threading.enumerate())
    service = ScriptedService()
    service.will_stall(at="connected")
    with connect(service.uri) as connection:
        assert service.stalled.wait(30)
        service.close()
        assert close_of(connection) == (1001, "")
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:  # the test client's own
        thread.join(30)
    assert not any(thread.is_alive() for thread in left)


def address_of(service: ScriptedService) -> tuple[str, int]:
    """Its host and port."""
    parts = urlsplit(service.uri)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


OPENING = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
HELLO = b"".join(
    frame(TEXT, json.dumps(message).encode(), mask=True)
    for message in ({"token": "scripted-service-token"}, REQUEST)
)
"""What a client says that does not wait for the answers."""


def test_close_during_the_opening_handshake(voiceshift_service: ScriptedService) -> None:
    """There is no WebSocket to close yet: the connection ends, and counts as none."""
    voiceshift_service.will_close(1001, at="opening")
    with closing(socket.create_connection(address_of(voiceshift_service))) as stream:
        stream.sendall(OPENING)
        assert stream.recv(1) == b""
    assert voiceshift_service.connections == 0


@pytest.mark.parametrize("text", ["no JSON", "[]", b"\xff"])
def test_client_that_speaks_otherwise_is_sent_away(
    voiceshift_service: ScriptedService, text: str | bytes
) -> None:
    """What is not a JSON object, in place of the token or of a request, ends the connection."""
    with connect(voiceshift_service.uri) as connection:
        receive(connection)
        connection.send(text)
        assert close_of(connection) == (1007, "a message is not a JSON object")


def test_disconnect_does_not_wait_for_a_client_that_reads_nothing(
    voiceshift_service: ScriptedService,
) -> None:
    """A connection is shut down where its buffers are full, so that there can be no close."""
    voiceshift_service.will_stream(bytes(64 * 2**20), segments=2)
    with closing(socket.create_connection(address_of(voiceshift_service))) as stream:
        stream.sendall(OPENING + HELLO)
        while not voiceshift_service.requests:
            stream.recv(1)
        voiceshift_service.disconnect()
        assert voiceshift_service.connections == 1

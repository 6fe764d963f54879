"""Every way in which a service can fail a client, and what the client makes of it."""

from __future__ import annotations

import base64
import json
import logging
import pickle
import traceback
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support.raw_service import Peer, RawService
from voiceshift import (
    AuthError,
    AuthTimeout,
    Client,
    ConnectError,
    ConnectionLost,
    CoverError,
    IdleTimeout,
    MessageTooBig,
    ProtocolError,
    VoiceShiftError,
)
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.testing.frames import close_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SONG, VOICE = "Amazing Grace", "tenor"
TOKEN = "scripted-service-token"
"""The scripted service's; the scripts below have the service quote it wherever it can."""


class Fault(NamedTuple):
    """Something that goes wrong, and what the client is to raise then."""

    script: Callable[[ScriptedService], object]
    error: type[VoiceShiftError]
    options: Mapping[str, Any] = MappingProxyType({})


def raw(*messages: str | bytes, at: Any = "request") -> Callable[[ScriptedService], object]:
    """A script that sends messages as they are."""
    return lambda service: service.will_send_raw(*messages, at=at)


def segment(audio_data: str, **fields: object) -> str:
    """A final segment, with the audio still to be decoded."""
    message = {"type": "audio_segment", "song_title": TOKEN, "audio_data": audio_data}
    return json.dumps({**message, "is_final": True, **fields})


ENOUGH = 2.0
"""Seconds of a limit within which the next cover has to be made, on a busy machine too."""

ONCE = {"connect_attempts": 1}
"""What goes wrong until the authentication is done would else be tried again."""

FAULTS = {
    "refused with an HTTP status": Fault(lambda service: service.will_refuse(403), ConnectError),
    "4001 before the challenge": Fault(
        lambda service: service.will_close(4001, TOKEN, at="connected"), AuthError
    ),
    "4001 after the challenge": Fault(
        lambda service: service.will_close(4001, TOKEN, at="challenged"), AuthError
    ),
    "4001 after the token": Fault(
        lambda service: service.will_close(4001, TOKEN, at="token"), AuthError
    ),
    "4001 after the request": Fault(
        lambda service: service.will_close(4001, TOKEN, at="request"), AuthError
    ),
    "4001 while queued": Fault(
        lambda service: service.will_close(4001, TOKEN, at="queued"), AuthError
    ),
    "4001 between segments": Fault(
        lambda service: service.will_close(4001, TOKEN, at="segment"), AuthError
    ),
    "closed before the challenge": Fault(
        lambda service: service.will_close(1013, TOKEN, at="connected"), ConnectError, ONCE
    ),
    "closed after the token": Fault(
        lambda service: service.will_close(1008, TOKEN, at="token"), ConnectError, ONCE
    ),
    "dropped after the token": Fault(
        lambda service: service.will_drop(at="token"), ConnectError, ONCE
    ),
    "closed between segments": Fault(
        lambda service: service.will_close(1011, TOKEN, at="segment"), ConnectionLost
    ),
    "closed normally while queued": Fault(
        lambda service: service.will_close(1000, TOKEN, at="queued"), ConnectionLost
    ),
    "dropped while queued": Fault(lambda service: service.will_drop(at="queued"), ConnectionLost),
    "stalled before the challenge": Fault(
        lambda service: service.will_stall(at="connected"), AuthTimeout, {"auth_timeout": 0.2}
    ),
    "stalled after the token": Fault(
        lambda service: service.will_stall(at="token"), AuthTimeout, {"auth_timeout": 0.2}
    ),
    "stalled while queued": Fault(
        lambda service: service.will_stall(at="queued"), IdleTimeout, {"idle_timeout": 0.2}
    ),
    "stalled between segments": Fault(
        lambda service: service.will_stall(at="segment"), IdleTimeout, {"idle_timeout": 0.2}
    ),
    "error message": Fault(lambda service: service.will_fail(f"no {TOKEN}"), CoverError),
    "error message between segments": Fault(
        lambda service: service.will_fail(TOKEN, at="segment"), CoverError
    ),
    "error message of another kind": Fault(
        raw(json.dumps({"type": "job_failed", "reason": TOKEN})), CoverError
    ),
    "no challenge": Fault(raw('{"type": "auth_success"}', at="connected"), ProtocolError),
    "unknown first message": Fault(raw(json.dumps({"type": TOKEN}), at="connected"), ProtocolError),
    "second challenge": Fault(raw('{"type": "auth_required"}', at="token"), ProtocolError),
    "audio before authentication": Fault(raw(segment("QUJD"), at="challenged"), ProtocolError),
    "challenge in a cover": Fault(raw('{"type": "auth_required"}'), ProtocolError),
    "no JSON": Fault(raw(TOKEN), ProtocolError),
    "no UTF-8": Fault(raw(b"\xff\xfe"), ProtocolError),
    "no object": Fault(raw(json.dumps([TOKEN])), ProtocolError),
    "no type": Fault(raw(json.dumps({"token": TOKEN})), ProtocolError),
    "no base64": Fault(raw(segment("-_-_")), ProtocolError),
    "no is_final": Fault(raw(segment("QUJD", is_final="yes")), ProtocolError),
    "no title": Fault(raw(segment("QUJD", song_title=None)), ProtocolError),
    "too big": Fault(raw(segment("QUJD" * 1000)), MessageTooBig, {"max_message_size": 1000}),
}

every_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))


def failure(service: ScriptedService, fault: Fault, client: Client) -> VoiceShiftError:
    """What the client raises when this goes wrong."""
    fault.script(service)
    with pytest.raises(VoiceShiftError) as caught:
        client.create_cover(SONG, VOICE)
    return caught.value


@every_fault
def test_right_error(voiceshift_service: ScriptedService, fault: Fault) -> None:
    """Each fault has exactly its own class of error, and words."""
    with Client(**fault.options) as client:
        error = failure(voiceshift_service, fault, client)
    assert type(error) is fault.error
    assert str(error)


@every_fault
def test_client_goes_on(voiceshift_service: ScriptedService, fault: Fault) -> None:
    """After any failure the next cover is right: on a new connection, where one was made."""
    limits = {name: ENOUGH for name in fault.options if name.endswith("_timeout")}
    with Client(**{**fault.options, **limits}) as client:
        failure(voiceshift_service, fault, client)
        before = voiceshift_service.connections
        voiceshift_service.will_stream(b"fine", segments=1)
        assert client.create_cover(SONG, VOICE).audio == b"fine"
    assert voiceshift_service.connections == before + 1


@every_fault
def test_request_is_never_sent_again(voiceshift_service: ScriptedService, fault: Fault) -> None:
    """Whatever goes wrong, the user's quota is charged once at most."""
    with Client(**fault.options) as client:
        failure(voiceshift_service, fault, client)
    assert len(voiceshift_service.requests) <= 1
    assert voiceshift_service.connections <= 1


@every_fault
def test_token_is_never_shown(
    voiceshift_service: ScriptedService, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither an error nor the log has the token, also where the service quotes it."""
    caplog.set_level(logging.DEBUG, logger="voiceshift")
    with Client(**fault.options) as client:
        error = failure(voiceshift_service, fault, client)
        shown = [str(error), repr(error), repr(vars(error)), repr(error.args), repr(client)]
    shown += traceback.format_exception(error)
    shown += [record.getMessage() for record in caplog.records if record.name == "voiceshift"]
    assert TOKEN not in "".join(shown)


@every_fault
def test_error_survives_pickling(voiceshift_service: ScriptedService, fault: Fault) -> None:
    """Each error reaches another process with all that it says."""
    with Client(**fault.options) as client:
        error = failure(voiceshift_service, fault, client)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_partial_holds_what_arrived(voiceshift_service: ScriptedService) -> None:
    """The audio that came before a failure is in the error, and known to be incomplete."""
    voiceshift_service.will_close(1011, at="segment")
    with Client() as client, pytest.raises(ConnectionLost) as caught:
        client.create_cover(SONG, VOICE)
    partial = caught.value.partial
    assert partial is not None
    assert partial.audio == DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]
    assert (partial.segments, partial.complete, partial.suffix) == (1, False, ".ogg")
    assert partial.title == "Amazing Grace (tenor, +0)"


def test_no_partial_where_nothing_arrived(voiceshift_service: ScriptedService) -> None:
    """An error before the first segment has no partial cover."""
    voiceshift_service.will_close(1011, at="queued")
    with Client() as client, pytest.raises(ConnectionLost) as caught:
        client.create_cover(SONG, VOICE)
    assert caught.value.partial is None


@pytest.mark.part_files("song.ogg.part")
def test_partial_file_is_kept_and_named(voiceshift_service: ScriptedService, tmp_path: Any) -> None:
    """With `to` the audio stays under its `.part` name, which the error tells."""
    voiceshift_service.will_close(1011, at="segment")
    part = tmp_path / "song.ogg.part"
    with Client() as client, pytest.raises(ConnectionLost) as caught:
        client.create_cover(SONG, VOICE, to=tmp_path / "song.ogg")
    assert part.read_bytes() == DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]
    assert str(part) in str(caught.value)
    assert caught.value.partial is not None
    assert caught.value.partial.path == part
    assert not (tmp_path / "song.ogg").exists()


def test_no_file_where_nothing_arrived(voiceshift_service: ScriptedService, tmp_path: Any) -> None:
    """A failure before the first segment leaves no file, and an older cover as it was."""
    (tmp_path / "song.ogg").write_bytes(b"an older cover")
    voiceshift_service.will_fail("no such voice")
    with Client() as client, pytest.raises(CoverError, match="no such voice"):
        client.create_cover(SONG, VOICE, to=tmp_path / "song.ogg")
    assert [path.name for path in tmp_path.iterdir()] == ["song.ogg"]
    assert (tmp_path / "song.ogg").read_bytes() == b"an older cover"


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1011, "internal"), (4999, "ü" * 61)])
def test_close_code_and_reason(voiceshift_service: ScriptedService, code: int, reason: str) -> None:
    """ConnectionLost has the service's code and reason."""
    voiceshift_service.will_close(code, reason)
    with Client() as client, pytest.raises(ConnectionLost) as caught:
        client.create_cover(SONG, VOICE)
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_refused_token_has_code_and_reason(voiceshift_service: ScriptedService) -> None:
    """A wrong token is AuthError with the service's own reason."""
    with Client(token="another-token") as client, pytest.raises(AuthError) as caught:
        client.authenticate()
    assert (caught.value.code, caught.value.reason) == (4001, "Unauthorized")


def test_challenge_that_is_none_names_the_address(voiceshift_service: ScriptedService) -> None:
    """Something else than the service is recognised by its first message."""
    voiceshift_service.will_send_raw('{"type": "hello"}', at="connected")
    with Client() as client, pytest.raises(ProtocolError, match=voiceshift_service.uri):
        client.authenticate()


def test_token_is_not_sent_to_who_does_not_ask() -> None:
    """A service that begins with anything but its challenge never gets the token."""
    heard = []

    def conversation(peer: Peer) -> None:
        peer.open_websocket()
        peer.send(b'\x81\x10{"type": "news"}')
        heard.append(peer.receive_frame())

    with (
        RawService(conversation) as service,
        Client(service.uri, "a-token") as client,
        pytest.raises(ProtocolError),
    ):
        client.authenticate()
    assert heard == [(0x8, b"\x03\xe8")]


def test_unknown_messages_are_passed_over(
    voiceshift_service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """A service may grow new messages: they are logged, and the cover goes on."""
    caplog.set_level(logging.DEBUG, logger="voiceshift")
    news = json.dumps({"type": "news", "message": "hello"})
    audio = base64.b64encode(b"sound").decode()
    voiceshift_service.will_send_raw(news, segment(audio, unheard_of=[1]), at="queued")
    with Client() as client:
        assert client.create_cover(SONG, VOICE).audio == b"sound"
    assert "'news'" in caplog.text


def test_unknown_types_do_not_log_the_token(
    voiceshift_service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """Also a type that quotes the token is logged without it."""
    caplog.set_level(logging.DEBUG, logger="voiceshift")
    voiceshift_service.will_send_raw(json.dumps({"type": f"x{TOKEN}"}), segment("QUJD"))
    with Client() as client:
        client.create_cover(SONG, VOICE)
    assert "'x***'" in [r.getMessage() for r in caplog.records if r.name == "voiceshift"][-1]


def test_binary_messages_are_taken(voiceshift_service: ScriptedService) -> None:
    """JSON in binary frames is as good as in text frames."""
    voiceshift_service.will_send_raw(segment("QUJD").encode())
    with Client() as client:
        assert client.create_cover(SONG, VOICE).audio == b"ABC"


@pytest.mark.parametrize("code", [999, 1005, 1006, 2000, 65535])
def test_illegal_close_codes_are_shown(code: int) -> None:
    """A close that RFC 6455 forbids is a lost connection all the same, with its code."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send(close_frame(code, b"why"))

    with (
        RawService(conversation) as service,
        Client(service.uri, "a-token") as client,
        pytest.raises(ConnectionLost) as caught,
    ):
        client.create_cover(SONG, VOICE)
    assert (caught.value.code, caught.value.reason) == (code, "why")


def test_4001_while_idle_fails_the_next_call(voiceshift_service: ScriptedService) -> None:
    """An authentication that was taken back is an error, not a reason to try again."""
    from tests.support.reader_threads import wait_for_readers

    with Client() as client:
        client.authenticate()
        voiceshift_service.disconnect(4001, "expired")
        wait_for_readers()
        with pytest.raises(AuthError) as caught:
            client.create_cover(SONG, VOICE)
    assert caught.value.reason == "expired"
    assert voiceshift_service.requests == []
    assert voiceshift_service.connections == 1


def test_refused_token_that_was_copied_wrongly(voiceshift_service: ScriptedService) -> None:
    """The message says what looks wrong about it, but not what it is."""
    with (
        Client(token='"Bearer another-token"') as client,
        pytest.raises(AuthError, match="it has blanks and quotes: is that part of it") as caught,
    ):
        client.authenticate()
    assert "another" not in str(caught.value)


def test_refused_token_that_looks_right(voiceshift_service: ScriptedService) -> None:
    """It gets no hint."""
    with Client(token="another-token") as client, pytest.raises(AuthError) as caught:
        client.authenticate()
    assert str(caught.value).endswith("check VC_TOKEN")

"""One client's conversation with the embedded service, held by a client that is not ours."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile

from tests.support.conversation import (
    TOKEN,
    ask,
    audio_of,
    authenticated,
    close_code,
    connected,
    hear,
    hear_cover,
    say,
)
from tests.support.engines import ChoosingEngine, DamagedEngine, EchoEngine, SteppedEngine
from voiceshift import Client
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection


# ---- authentication


@pytest.mark.parametrize(
    "message",
    [
        '{"token": "wrong"}',
        '{"token": ""}',
        '{"token": "a-token-for-test"}',
        '{"token": "\\ud800"}',
        '{"token": 5}',
        '{"token": null}',
        '{"token": ["a-token-for-tests"]}',
        '{"Token": "a-token-for-tests"}',
        '["a-token-for-tests"]',
        "a-token-for-tests",
        "",
        "{",
        "[" * 60_000,
        json.dumps({"token": "x" * 60_000}),
        json.dumps({"type": "cover", "song": "demo", "model": "tenor", "pitch": 0}),
        b"\xff\xfe\xfd",
        b"\x00\x00\x00\x00",
    ],
    ids=lambda message: repr(message[:24]),
)
def test_anything_but_the_token_is_unauthorized(echo: Server, message: str | bytes) -> None:
    """Wrong, missing, of another type, or no JSON: the service closes with 4001, and no word."""
    with connected(echo) as connection:
        connection.send(message)
        assert close_code(connection) == 4001
        assert connection.close_reason == "Unauthorized"


def test_a_late_token_is_unauthorized() -> None:
    """Whoever sends no token in time is closed with 4001."""
    with Server(TOKEN, auth_timeout=2, auth_delay=0) as server, connected(server) as connection:
        assert close_code(connection) == 4001


def test_the_right_token_is_accepted_as_text_and_as_binary(echo: Server) -> None:
    """JSON is JSON, whatever the frame."""
    message = json.dumps({"token": TOKEN})
    for form in (message, message.encode()):
        with connected(echo) as connection:
            connection.send(form)
            assert hear(connection)["type"] == "auth_success"


def test_a_token_may_have_any_characters() -> None:
    """The comparison works on text beyond ASCII, too."""
    with Server("schlüssel-für-tests") as server, authenticated(server):
        pass


# ---- requests that are answered


@pytest.mark.parametrize("request_type", ["cover", "cover_request"])
def test_both_documented_types_of_a_request_are_understood(echo: Server, request_type: str) -> None:
    """The hosted service's documentation has the one on one page, the other on another."""
    with authenticated(echo) as connection:
        ask(connection, type=request_type)
        notices, segments = hear_cover(connection)
    assert notices == ["Queued at position 1."]
    assert audio_of(segments) == b"song, tenor, 0"


def test_a_request_reaches_the_engine(songs: Path) -> None:
    """Song, voice and pitch are those asked for; the title has all three."""
    with (
        Server(TOKEN, engine=EchoEngine(), songs=songs) as server,
        authenticated(server) as connection,
    ):
        ask(connection, song="short song", model="baritone", pitch=-2)
        _, segments = hear_cover(connection)
    assert audio_of(segments) == b"Short Song, baritone, -2"
    assert {segment["song_title"] for segment in segments} == {"Short Song (baritone, pitch -2)"}


@pytest.fixture
def choosing(songs: Path) -> Iterator[Server]:
    """A service whose engine sings an octave lower where it may choose."""
    with Server(TOKEN, engine=ChoosingEngine(), songs=songs) as server:
        yield server


def hear_all(connection: ClientConnection) -> list[dict[str, Any]]:
    """Receive all there is of a cover."""
    messages = [hear(connection)]
    while not messages[-1].get("is_final"):
        messages.append(hear(connection))
    return messages


def test_auto_leaves_the_octave_to_the_service(choosing: Server) -> None:
    """Which it is and why is said as soon as it is known, and is in the title from then on."""
    with authenticated(choosing) as connection:
        ask(connection, pitch="auto")
        _, before, remark, *after = hear_all(connection)
    words = "pitch -1: the song lies around 220 Hz, the voice around 110 Hz"
    assert remark == {"type": "job_queued", "message": words, "remark": True}
    assert {segment["song_title"] for segment in after} == {"Amazing Grace (tenor, pitch -1)"}
    assert audio_of([before, *after]) == b"intro, -1"


def test_a_pitch_an_octave_off_is_remarked_on_to_clients_that_watch(choosing: Server) -> None:
    """Others, which may know nothing of remarks, hear nothing more than ever."""
    with authenticated(choosing) as connection:
        ask(connection, progress=True)
        (remark,) = (message for message in hear_all(connection) if "remark" in message)
        assert remark["message"].endswith("pitch -1 would be nearer to it than +0")
        ask(connection)
        kinds = [message["type"] for message in hear_all(connection)]
        assert kinds == ["job_queued", *["audio_segment"] * 3]


def test_damage_is_told_to_clients_that_watch(songs: Path) -> None:
    """As a warning; others hear nothing more than ever."""
    with (
        Server(TOKEN, engine=DamagedEngine(), songs=songs) as server,
        authenticated(server) as connection,
    ):
        ask(connection, progress=True)
        (warning,) = (message for message in hear_all(connection) if "warning" in message)
        words = "'song.mp3' is damaged"
        assert warning == {
            "type": "job_queued",
            "message": words,
            "remark": True,
            "warning": True,
        }
        ask(connection)
        kinds = [message["type"] for message in hear_all(connection)]
        assert kinds == ["job_queued", *["audio_segment"] * 2]


def test_damage_is_told_to_the_user(songs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error where no progress is shown, however the cover is asked for."""
    with (
        Server(TOKEN, engine=DamagedEngine(), songs=songs) as server,
        Client(server.uri, TOKEN) as client,
    ):
        client.create_cover("demo", "tenor")
        list(client.stream_cover("demo", "tenor"))
        client.create_cover("demo", "tenor", progress=True)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["voiceshift: 'song.mp3' is damaged"] * 2
    assert "demo: 'song.mp3' is damaged" in lines


def test_only_the_last_segment_is_final(echo: Server) -> None:
    """A segment for each chunk, and one that says the cover is complete."""
    with authenticated(echo) as connection:
        ask(connection)
        _, segments = hear_cover(connection)
    assert [segment["is_final"] for segment in segments] == [False, False, True]
    fields = {"type", "song_title", "audio_data", "is_final"}
    assert all(set(segment) == fields for segment in segments)


def test_a_binary_request_is_understood(echo: Server) -> None:
    """As the token, so the request."""
    with authenticated(echo) as connection:
        fields = {"type": "cover", "song": "demo", "model": "tenor", "pitch": 1}
        connection.send(json.dumps(fields).encode())
        assert audio_of(hear_cover(connection)[1]) == b"song, tenor, 1"


def test_pitch_and_user_id_may_be_left_out_and_other_fields_added(echo: Server) -> None:
    """The pitch is 0 then; fields that a newer client may send are passed over."""
    with authenticated(echo) as connection:
        say(connection, type="cover", song="demo", model="tenor", color="blue")
        assert audio_of(hear_cover(connection)[1]) == b"song, tenor, 0"
        ask(connection, user_id=241579763498614784)
        assert audio_of(hear_cover(connection)[1]) == b"song, tenor, 0"


def test_one_cover_after_the_other_on_one_connection(echo: Server) -> None:
    """After the final segment the connection is ready for the next request, at once."""
    with authenticated(echo) as connection:
        for pitch in (-2, -1, 0, 1, 2):
            ask(connection, pitch=pitch)
            assert audio_of(hear_cover(connection)[1]) == f"song, tenor, {pitch}".encode()


def test_segments_arrive_while_the_cover_is_being_made() -> None:
    """The first one is there before the second is made."""
    engine = SteppedEngine()
    with Server(TOKEN, engine=engine) as server, authenticated(server) as connection:
        ask(connection)
        assert hear(connection)["type"] == "job_queued"
        assert audio_of([hear(connection)]) == b"first "
        engine.go_on.set()
        assert audio_of(hear_cover(connection)[1]) == b"second"


def test_a_cover_is_a_file_of_the_songs_length_in_another_voice(
    service: Server, songs: Path
) -> None:
    """The joined segments are one Ogg file: as long as the song, not silent, not the same."""
    with authenticated(service) as connection:
        ask(connection, song="Short Song")
        _, segments = hear_cover(connection)
    audio = audio_of(segments)
    assert audio.startswith(b"OggS")
    cover, rate = soundfile.read(io.BytesIO(audio))
    song, song_rate = soundfile.read(songs / "Short Song.wav")
    assert (len(cover), rate) == (len(song), song_rate)
    difference = cover.mean(axis=1) - song
    loudness = np.sqrt(np.mean(song**2))
    assert np.sqrt(np.mean(cover**2)) > loudness / 4
    # Ogg Vorbis alone changes a hundredth of it.
    assert np.sqrt(np.mean(difference**2)) > loudness / 4

"""One client's conversation with the embedded service, held by a client that is not ours."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

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
from tests.support.engines import EchoEngine, SteppedEngine
from voiceshift.local import Server

if TYPE_CHECKING:
    from pathlib import Path


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

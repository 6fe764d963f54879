"""Requests that the embedded service refuses, covers that fail, and clients that leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.conversation import (
    TOKEN,
    ask,
    audio_of,
    authenticated,
    hear,
    hear_cover,
    hear_error,
    say,
)
from tests.support.engines import EchoEngine, FailingEngine, LongEngine, SteppedEngine
from tests.support.singing import write_song
from voiceshift import Client
from voiceshift.errors import CoverError, ServiceFull
from voiceshift.local import Server

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 60.0


# ---- requests that are refused


@pytest.mark.parametrize("pitch", [3, -3, 0.5, 1.0, "high", "1", True, None, [0], 1e400])
def test_a_wrong_pitch_is_refused(echo: Server, pitch: object) -> None:
    """The message has the range; the connection goes on."""
    with authenticated(echo) as connection:
        ask(connection, pitch=pitch)
        assert "octaves from -2 to 2" in hear_error(connection)
        ask(connection)
        hear_cover(connection)


@pytest.mark.parametrize("name", ["song", "model"])
@pytest.mark.parametrize("value", ["", " ", None, 5, ["demo"], "\ud800"])
def test_a_missing_or_wrong_name_is_refused(echo: Server, name: str, value: object) -> None:
    """Song and voice must be texts."""
    field = {"song": "song", "model": "voice"}[name]
    with authenticated(echo) as connection:
        ask(connection, **{name: value})
        assert hear_error(connection).startswith(f"{field} ")


@pytest.mark.parametrize("missing", ["song", "model", "type"])
def test_a_request_without_a_field_is_refused(echo: Server, missing: str) -> None:
    """What is needed must be there."""
    fields = {"type": "cover", "song": "demo", "model": "tenor", "pitch": 0}
    del fields[missing]
    with authenticated(echo) as connection:
        say(connection, **fields)
        assert hear_error(connection)


@pytest.mark.parametrize("user_id", [0, -1, 1.5, "me", True])
def test_a_wrong_user_id_is_refused(echo: Server, user_id: object) -> None:
    """It is a whole number above 0."""
    with authenticated(echo) as connection:
        ask(connection, user_id=user_id)
        assert "user_id" in hear_error(connection)


@pytest.mark.parametrize(
    "message",
    ["", "{", "null", "[]", '"cover"', "[" * 60_000, '{"type": []}', '{"type": "sing"}', b"\xff"],
    ids=lambda message: repr(message[:16]),
)
def test_what_is_no_request_is_refused(echo: Server, message: str | bytes) -> None:
    """It gets an answer, and the connection goes on."""
    with authenticated(echo) as connection:
        connection.send(message)
        assert 'type "cover"' in hear_error(connection)
        ask(connection)
        hear_cover(connection)


def test_an_unknown_voice_is_refused_with_those_there_are(echo: Server) -> None:
    """The message lists the voices."""
    with authenticated(echo) as connection:
        ask(connection, model="henningmay")
        words = hear_error(connection)
    assert "no voice called 'henningmay'" in words
    assert "'baritone', 'tenor'" in words


def test_an_unknown_song_is_refused_with_what_to_ask_for(service: Server) -> None:
    """The message has a title that is like it, and the demo song."""
    with authenticated(service) as connection:
        ask(connection, song="Short Songs")
        words = hear_error(connection)
    assert "no song called 'Short Songs'" in words
    assert "'Short Song'" in words
    assert "'demo'" in words


def test_a_file_that_is_no_audio_is_refused(service: Server, songs: Path) -> None:
    """The error comes from the engine, after the job was queued."""
    (songs / "Letter.wav").write_text("Dear Sir or Madam")
    with authenticated(service) as connection:
        ask(connection, song="Letter")
        assert "'Letter.wav' cannot be read as audio" in hear_error(connection)
        ask(connection, song="Short Song")
        hear_cover(connection)


def test_a_file_outside_of_the_folders_is_not_found(service: Server, tmp_path: Path) -> None:
    """Only a service that allows files takes paths."""
    write_song(tmp_path / "private.wav")
    with authenticated(service) as connection:
        for name in (str(tmp_path / "private.wav"), "../private.wav", "../songs/Short Song.wav"):
            ask(connection, song=name)
            assert "no song called" in hear_error(connection)


def test_a_file_is_covered_where_files_are_allowed(tmp_path: Path) -> None:
    """The path of an audio file is a song then."""
    write_song(tmp_path / "private.wav")
    with (
        Server(TOKEN, engine=EchoEngine(), allow_files=True) as server,
        authenticated(server) as connection,
    ):
        ask(connection, song=str(tmp_path / "private.wav"))
        assert audio_of(hear_cover(connection)[1]) == b"private, tenor, 0"


def test_a_second_request_during_a_cover_is_refused() -> None:
    """One at a time; the cover that is being made goes on."""
    engine = SteppedEngine()
    with Server(TOKEN, engine=engine) as server, authenticated(server) as connection:
        ask(connection)
        hear(connection)  # the notice
        hear(connection)  # the first segment
        ask(connection)
        assert "one at a time" in hear_error(connection)
        engine.go_on.set()
        assert audio_of(hear_cover(connection)[1]) == b"second"


def test_a_request_beyond_the_limit_of_the_queue_is_refused() -> None:
    """The client hears that it is to come back later, in words and in code."""
    engine = SteppedEngine()
    with (
        Server(TOKEN, engine=engine, max_running=1, max_waiting=0) as server,
        authenticated(server) as first,
        Client(server.uri, TOKEN) as second,
    ):
        ask(first)
        hear(first)
        with pytest.raises(ServiceFull, match="try again later"):
            second.create_cover("demo", "tenor")
        engine.go_on.set()
        hear_cover(first)


# ---- failures, and clients that leave


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RuntimeError("/home/owner/private.wav"), "the cover failed inside the service"),
        (MemoryError(), "the cover failed inside the service"),
        (CoverError("the song is too quiet"), "the song is too quiet"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_cover_that_fails_ends_with_an_error(error: Exception, words: str) -> None:
    """The client learns nothing of the machine, and can ask for another cover."""
    with (
        Server(TOKEN, engine=FailingEngine(error)) as server,
        authenticated(server) as connection,
    ):
        for _ in range(2):
            ask(connection)
            assert hear(connection)["type"] == "job_queued"
            assert audio_of([hear(connection)]) == b"first "
            assert hear_error(connection) == words


def test_errors_tell_nothing_of_the_machine(service: Server, songs: Path) -> None:
    """No message has a path of the service, or a traceback."""
    (songs / "Letter.wav").write_text("Dear Sir or Madam")
    (songs / "Empty.ogg").touch()
    requests = [
        {"song": "nothing like it"},
        {"song": "../Letter.wav"},
        {"song": "https://example.com/song"},
        {"song": "Letter"},
        {"song": "Empty"},
        {"model": "nobody"},
        {"model": "../tenor"},
        {"pitch": "high"},
        {"type": "sing"},
    ]
    with authenticated(service) as connection:
        for changes in requests:
            ask(connection, **changes)
            words = hear_error(connection)
            assert str(songs.parent) not in words
            assert "Traceback" not in words


def test_a_client_that_leaves_stops_its_cover() -> None:
    """Nobody waits for it any more, so the work ends."""
    engine = LongEngine()
    with Server(TOKEN, engine=engine) as server:
        with authenticated(server) as connection:
            ask(connection)
            hear(connection)
            hear(connection)
        assert engine.stopped.wait(PATIENCE)


def test_a_client_that_leaves_the_queue_gives_its_place_away() -> None:
    """Those behind it move up."""
    engine = SteppedEngine()
    with (
        Server(TOKEN, engine=engine, max_running=1) as server,
        authenticated(server) as first,
        authenticated(server) as third,
    ):
        ask(first)
        hear(first)
        hear(first)  # the first segment: it is being made
        with authenticated(server) as second:
            ask(second)
            assert hear(second)["message"] == "Queued at position 1."
            ask(third)
            assert hear(third)["message"] == "Queued at position 2."
        assert hear(third)["message"] == "Queued at position 1."
        engine.go_on.set()
        assert audio_of(hear_cover(third)[1]) == b"first second"

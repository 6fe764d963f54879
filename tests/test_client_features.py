"""A client with services that can do more than the documented protocol, and with others."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
import soundfile

from tests.support.conversation import TOKEN, ask, audio_of, authenticated, hear, hear_cover, say
from voiceshift import Authenticated, Client, Progress, SettingsError, __version__
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from voiceshift.events import Event
    from voiceshift.testing import ScriptedService


@pytest.fixture
def server(thread: ThreadPoolExecutor) -> Iterator[Server]:
    """The embedded service."""
    with Server(TOKEN, executor=thread, workers=1) as server:
        yield server


# ---- a service that has said nothing of features


@pytest.mark.parametrize(
    ("arguments", "feature"),
    [
        ({"format": "mp3"}, "format"),
        ({"key": 1}, "key"),
        ({"start": 10, "length": 5}, "part"),
        ({"vocals": None}, "mix"),
        ({"pitch": "auto"}, "auto"),
    ],
)
def test_options_are_refused_before_anything_is_sent(
    voiceshift_service: ScriptedService, arguments: dict[str, Any], feature: str
) -> None:
    """The message names what the service does not have, and the client stays good."""
    with Client() as client:
        with pytest.raises(SettingsError, match=f"does not have {feature}, so nothing was sent"):
            client.create_cover("Song", "tenor", **arguments)
        with pytest.raises(SettingsError, match=feature):
            list(client.stream_cover("Song", "tenor", **arguments))
        assert voiceshift_service.requests == []
        assert client.create_cover("Song", "tenor", key=0, vocals=0).complete
    assert voiceshift_service.connections == 1


def test_refusal_shows_only_the_host(voiceshift_service: ScriptedService) -> None:
    """What is behind it in the URL may be somebody's key."""
    address = voiceshift_service.uri
    with (
        Client(f"{address}/?key=hidden", voiceshift_service.token) as client,
        pytest.raises(SettingsError, match=f"the service at {address}") as caught,
    ):
        client.voices()
    assert "hidden" not in str(caught.value)


def test_a_request_without_options_is_as_ever(voiceshift_service: ScriptedService) -> None:
    """Also where somebody watches, who would like to see progress."""
    with Client() as client:
        client.create_cover("Song", "tenor", on_event=lambda _: None)
    request = {"type": "cover", "song": "Song", "model": "tenor", "pitch": 0}
    assert voiceshift_service.requests == [request]


def test_voices_are_not_asked_of_a_service_that_does_not_tell(
    voiceshift_service: ScriptedService,
) -> None:
    """It might take the question for a request."""
    with Client() as client, pytest.raises(SettingsError, match="does not have voices"):
        client.voices()
    assert voiceshift_service.requests == []


def test_unknown_options_are_refused_before_connecting(voiceshift_service: ScriptedService) -> None:
    """By the name that was typed."""
    wrong: Any = {"fromat": "mp3"}
    with Client() as client, pytest.raises(SettingsError, match="unknown option fromat"):
        client.create_cover("Song", "tenor", **wrong)
    assert voiceshift_service.connections == 0


# ---- the embedded service


def test_the_service_tells_what_it_is(server: Server) -> None:
    """Its name, version and features, in the event of the authentication."""
    events: list[Event] = []
    with Client(server.uri, TOKEN) as client:
        client.create_cover("demo", "tenor", on_event=events.append, length=1)
    (event,) = (event for event in events if isinstance(event, Authenticated))
    assert (event.service.name, event.service.version) == ("voiceshift", __version__)
    assert event.service.features >= {"voices", "progress"}


def test_voices_of_the_service(server: Server) -> None:
    """With the kind of each and the length of its recordings; the connection is used again."""
    with Client(server.uri, TOKEN) as client:
        voices = client.voices()
        assert client.create_cover("demo", voices[0].name, length=1).complete
        assert client.voices() == voices
    assert [(voice.name, voice.kind) for voice in voices] == [("baritone", "knn"), ("tenor", "knn")]
    assert all((voice.seconds or 0) > 10 for voice in voices)


def test_progress_grows_to_its_end(server: Server) -> None:
    """From nothing to all, and tells at the end that no time is left."""
    events: list[Event] = []
    with Client(server.uri, TOKEN) as client:
        client.create_cover("demo", "tenor", length=3, on_event=events.append)
    progress = [event for event in events if isinstance(event, Progress)]
    shares = [event.done for event in progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert progress[-1].remaining == 0


def test_a_client_that_asks_for_nothing_new_hears_nothing_new(server: Server) -> None:
    """But what the service says of itself beside the answer to the token."""
    with authenticated(server) as connection:
        ask(connection, user_id=2**63)
        notices, segments = hear_cover(connection)
    assert notices == ["Queued at position 1."]
    assert audio_of(segments).startswith(b"OggS")


def test_a_wrong_option_is_an_error_and_the_connection_stays_good(server: Server) -> None:
    """In words that say what it may be."""
    with authenticated(server) as connection:
        ask(connection, key=99)
        assert "key must be a whole number" in hear(connection)["message"]
        ask(connection, format="aac")
        assert "format must be one of" in hear(connection)["message"]
        say(connection, type="voices")
        assert hear(connection)["type"] == "voices"


# ---- formats


@pytest.mark.parametrize("name", ["ogg", "opus", "mp3", "flac", "wav"])
def test_the_suffix_says_the_format(server: Server, name: str) -> None:
    """In capitals as well; the file says what it is and that a machine sang."""
    with Client(server.uri, TOKEN) as client:
        cover = client.create_cover("demo", "tenor", length=1.5, to=f"cover.{name.upper()}")
    assert cover.path is not None
    assert (cover.path.name, cover.suffix) == (f"cover.{name.upper()}", f".{name}")
    with soundfile.SoundFile(cover.path) as file:
        assert file.frames == round(1.5 * file.samplerate)
        assert file.title == cover.title == "Amazing Grace (tenor, pitch +0)"
        assert "compositeWithTrainedAlgorithmicMedia" in file.comment


def test_a_streamed_cover_is_marked_too(server: Server) -> None:
    """In the first of the segments, which joined are one file."""
    with Client(server.uri, TOKEN) as client:
        segments = list(client.stream_cover("demo", "tenor", format="mp3", length=2))
    audio = b"".join(segment.audio for segment in segments)
    assert b"compositeWithTrainedAlgorithmicMedia" in segments[0].audio
    with soundfile.SoundFile(io.BytesIO(audio)) as file:
        assert (file.format, len(file.read())) == ("MP3", 2 * 44_100)


def test_a_suffix_that_the_service_cannot_make_is_refused(server: Server) -> None:
    """MP4 is known, since another service may send it; the client stays good."""
    with Client(server.uri, TOKEN) as client:
        with pytest.raises(SettingsError, match=r"cannot make \.m4a files, but \.ogg"):
            client.create_cover("demo", "tenor", to="cover.m4a")
        assert client.create_cover("demo", "tenor", length=1, to="cover").suffix == ".ogg"

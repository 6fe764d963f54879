"""What the page asks beside covers: which songs there are, and that one is taken."""

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
from tests.support.engines import LongEngine
from voiceshift.local import Server
from voiceshift.local.service.server import MAX_REQUEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from websockets.sync.client import ClientConnection

    from voiceshift.local.engine.voices import Voice


class SizeEngine:
    """Its covers say how long the song's file is."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: object) -> Iterator[bytes]:
        """Count its bytes."""
        yield str(song.stat().st_size).encode()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def server(songs: Path) -> Iterator[Server]:
    """A service with the page that takes songs of up to 200 kB."""
    with Server(TOKEN, page=True, songs=songs, engine=SizeEngine(), max_upload=200_000) as server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[ClientConnection]:
    """Of that service."""
    with authenticated(server) as connection:
        yield connection


def upload(client: ClientConnection, name: str, *pieces: bytes) -> dict[str, object]:
    """Send a song; what the service says at its end."""
    say(client, type="upload", name=name, size=sum(map(len, pieces)))
    assert hear(client) == {"type": "upload_ready"}
    for piece in pieces:
        client.send(piece)
    return hear(client)


def test_the_songs_are_told(client: ClientConnection) -> None:
    """Each can be asked for by what it is called there."""
    say(client, type="songs")
    assert hear(client) == {"type": "songs", "songs": ["demo", "Short Song.wav"]}
    ask(client, song="Short Song.wav")
    hear_cover(client)


def test_a_song_is_taken_and_covered(client: ClientConnection, folder: Path) -> None:
    """In pieces up to the largest message, twice in another voice, and replaced by the next."""
    pieces = (b"a" * MAX_REQUEST_SIZE, b"b" * MAX_REQUEST_SIZE, b"c")
    assert upload(client, "Mine.mp3", *pieces) == {"type": "uploaded", "song": "Mine.mp3"}
    for voice in ("tenor", "baritone"):
        ask(client, song="Mine.mp3", model=voice)
        _, segments = hear_cover(client)
        assert audio_of(segments) == b"131073"
        assert segments[0]["song_title"] == f"Mine ({voice}, pitch +0)"
    upload(client, "Other.wav", b"abc")
    assert len(list(folder.iterdir())) == 1
    ask(client, song="Mine.mp3")
    assert "no song called 'Mine.mp3'" in hear_error(client)


def test_a_song_goes_with_its_client(songs: Path, folder: Path) -> None:
    """Whole or not, covered at that moment or not."""
    with (
        Server(TOKEN, page=True, engine=LongEngine()) as server,
        authenticated(server) as whole,
        authenticated(server) as half,
    ):
        upload(whole, "Mine.mp3", b"abc")
        ask(whole, song="Mine.mp3")
        hear(whole)
        say(half, type="upload", name="Other.mp3", size=2)
        hear(half)
        half.send(b"a")
        assert len(list(folder.iterdir())) == 2
    assert list(folder.iterdir()) == []


def test_a_song_is_its_clients_alone(client: ClientConnection, server: Server) -> None:
    """Another one does not find it."""
    upload(client, "Mine.mp3", b"abc")
    with authenticated(server) as other:
        ask(other, song="Mine.mp3")
        assert "no song called 'Mine.mp3'" in hear_error(other)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"size": 200_001}, "up to 200 kB"),
        ({"size": 0}, "up to"),
        ({"size": "3"}, "size in bytes"),
        ({"name": 5}, "name of a file"),
        ({"name": "song.exe"}, "not an audio file"),
    ],
)
def test_a_song_that_is_not_wanted_is_refused(
    client: ClientConnection, wrong: dict[str, object], words: str, folder: Path
) -> None:
    """Before it is sent, with the reason; the connection goes on."""
    say(client, **{"type": "upload", "name": "song.mp3", "size": 3} | wrong)
    assert words in hear_error(client)
    assert list(folder.iterdir()) == []
    assert upload(client, "song.mp3", b"abc")["type"] == "uploaded"


def test_more_than_was_announced_ends_the_upload(client: ClientConnection, folder: Path) -> None:
    """And what came of it is gone."""
    say(client, type="upload", name="song.mp3", size=3)
    hear(client)
    client.send(b"abcd")
    assert "announced" in hear_error(client)
    assert list(folder.iterdir()) == []


def test_an_unfinished_song_is_not_covered(client: ClientConnection) -> None:
    """It can still be finished."""
    say(client, type="upload", name="song.mp3", size=3)
    hear(client)
    client.send(b"ab")
    ask(client, song="song.mp3")
    assert "not come to its end" in hear_error(client)
    client.send(b"c")
    assert hear(client)["type"] == "uploaded"


def test_no_song_is_taken_during_a_cover(songs: Path) -> None:
    """One thing at a time."""
    with (
        Server(TOKEN, page=True, engine=LongEngine()) as server,
        authenticated(server) as client,
    ):
        ask(client)
        say(client, type="upload", name="song.mp3", size=3)
        while (message := hear(client))["type"] != "error":
            pass
        assert "one at a time" in message["message"]


def test_without_the_page_no_song_is_taken(echo: Server) -> None:
    """Nor are songs told: the service is the documented one."""
    with authenticated(echo) as client:
        for fields in ({"type": "songs"}, {"type": "upload", "name": "song.mp3", "size": 3}):
            say(client, **fields)
            assert 'the type "cover"' in hear_error(client)

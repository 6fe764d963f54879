"""The client against an independent service, which runs in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from voiceshift import AuthError, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "independent-service-token"
SERVICE = Path(__file__).with_name("support") / "independent_service.py"
SONG = Path(__file__).parents[1] / "voiceshift" / "local" / "demo" / "song.ogg"
"""A real audio file, of the demonstration."""


class Service:
    """The running service.

    Args:
        process: Its process, just started.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._output: IO[str] = process.stdout
        self.uri = f"ws://127.0.0.1:{int(self._output.readline())}"

    def next_report(self) -> dict[str, Any]:
        """What the service says of the next cover, once all of it was sent."""
        report = json.loads(self._output.readline())
        assert isinstance(report, dict)
        return report


@pytest.fixture(params=[1000, 64 * 1024, 10**9], ids=["small", "usual", "single"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The service with the demonstration's song, in segments of several sizes."""
    command = [sys.executable, str(SERVICE), str(SONG), "--token", TOKEN]
    command += ["--segment-size", str(request.param)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Service(process)
        process.communicate(timeout=30)  # it ends when its input does
    assert process.returncode == 0


def test_cover_in_memory(service: Service) -> None:
    """The audio is the file's, byte for byte."""
    with Client(service.uri, TOKEN) as client:
        cover = client.create_cover("Amazing Grace", "tenor", -1, user_id=2**63)
    assert cover.audio == SONG.read_bytes()
    assert cover.media_type == "audio/ogg"
    assert cover.title == "Amazing Grace [tenor, -1]"


def test_cover_to_a_file(service: Service, tmp_path: Path) -> None:
    """The file is the same, byte for byte."""
    with Client(service.uri, TOKEN) as client:
        client.create_cover("Amazing Grace", "tenor", to=tmp_path / "cover.ogg")
    assert (tmp_path / "cover.ogg").read_bytes() == SONG.read_bytes()


def test_stream(service: Service) -> None:
    """The segments, joined, are the file."""
    with Client(service.uri, TOKEN) as client:
        segments = list(client.stream_cover("Amazing Grace", "tenor"))
    assert b"".join(segment.audio for segment in segments) == SONG.read_bytes()
    assert [segment.index for segment in segments] == list(range(len(segments)))


def test_request_as_documented(service: Service) -> None:
    """The service got exactly the fields that the protocol has."""
    with Client(service.uri, TOKEN) as client:
        client.create_cover("Rihanna - Diamonds", "henningmay", 0, user_id=241579763498614784)
    assert service.next_report()["request"] == {
        "type": "cover",
        "song": "Rihanna - Diamonds",
        "model": "henningmay",
        "pitch": 0,
        "user_id": 241579763498614784,
    }


def test_sleeping_consumer_does_not_stop_the_reading(service: Service) -> None:
    """While the caller takes nothing, all is received, pings are answered, and nothing is lost."""
    with Client(service.uri, TOKEN, max_buffered=10_000) as client:
        stream = client.stream_cover("Amazing Grace", "tenor")
        audio = next(stream).audio
        assert service.next_report()["pongs"] == 3
        audio += b"".join(segment.audio for segment in stream)
    assert audio == SONG.read_bytes()


def test_wrong_token(service: Service) -> None:
    """The refusal is the error that the documentation's samples have for it."""
    with (
        Client(service.uri, "another-token") as client,
        pytest.raises(PermissionError) as caught,
    ):
        client.authenticate()
    assert isinstance(caught.value, AuthError)
    assert caught.value.code == 4001

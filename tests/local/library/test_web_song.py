"""Songs from the web: fetched by yt-dlp from a real server on this machine, or refused."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from tests.support.conversation import TOKEN, ask, audio_of, authenticated, hear_cover, hear_error
from tests.support.engines import EchoEngine
from tests.support.singing import write_song
from tests.support.tools import needs_tool
from voiceshift.errors import CoverError
from voiceshift.local import Server
from voiceshift.local.library import ssrf_guard
from voiceshift.local.library.downloader import DownloadLimits, download
from voiceshift.local.library.web_song import WebLibrary
from voiceshift.local.workers.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = needs_tool("yt-dlp, which the extra `web` brings,", find_spec("yt_dlp"))

PATIENCE = 60.0

LIMITS = DownloadLimits(max_size=10_000_000, max_duration=None, allow_private=True)
"""What the tests may fetch, if they say nothing else."""

WEB = WebLibrary(LIMITS, PATIENCE)


class Site(BaseHTTPRequestHandler):
    """A song, and what else an address may lead to."""

    server: SiteServer

    def do_GET(self) -> None:
        """Answer by path."""
        self.server.requests.append(self.path)
        if self.path == "/moved":
            self._begin(302, Location=f"http://127.0.0.2:{self.server.server_port}/song.wav")
        elif self.path == "/page":
            self._send(b"<html><body>nothing to hear</body></html>", "text/html")
        elif self.path == "/endless.wav":
            self._begin(200, **{"Content-Type": "audio/wav"})
            while not self.server.ended.is_set():
                self.wfile.write(bytes(65_536))
        elif self.path == "/stalled.wav":
            self.server.ended.wait(PATIENCE)
        elif self.path.endswith("song.wav"):
            self._send(self.server.song, "audio/wav")
        else:
            self._begin(404)

    do_HEAD = do_GET  # noqa: N815 - the library's name

    def _begin(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, content: bytes, kind: str) -> None:
        self._begin(200, **{"Content-Type": kind, "Content-Length": str(len(content))})
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class SiteServer(ThreadingHTTPServer):
    """Serves the site on this machine.

    Attributes:
        song: What ``/song.wav`` holds.
        requests: The paths that were asked for.
        ended: Set when nobody needs an answer any more.
    """

    def __init__(self, song: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Site)
        self.song = song
        self.requests: list[str] = []
        self.ended = threading.Event()

    def handle_error(self, *_: Any) -> None:
        """A client that leaves early is no error."""

    def address(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.server_port}{path}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[SiteServer]:
    """The site, served in a thread."""
    song = write_song(tmp_path / "original.wav").read_bytes()
    with SiteServer(song) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server
        server.ended.set()
        server.shutdown()
        serving.join()


def fetched(site: SiteServer, path: str, *, timeout: float = PATIENCE, **limits: Any) -> bytes:
    """Fetch a song as a cover would."""
    song = WebLibrary(attrs.evolve(LIMITS, **limits), timeout).find(site.address(path))
    with song.fetched(Future()) as file:
        content = file.read_bytes()
        folder = file.parent
    assert not folder.exists()
    return content


def test_a_song_is_fetched_and_deleted(site: SiteServer) -> None:
    """It is the same file, and it is gone when its cover is made."""
    assert fetched(site, "/song.wav") == site.song


def test_a_cover_of_an_address(site: SiteServer) -> None:
    """Over the wire: the engine gets the file, the client its title."""
    with (
        Server(TOKEN, allow_private_addresses=True, engine=EchoEngine()) as server,
        authenticated(server) as connection,
    ):
        ask(connection, song=site.address("/song.wav"))
        _, segments = hear_cover(connection)
    assert segments[0]["song_title"] == "song (tenor, pitch +0)"
    assert audio_of(segments) == b"song, tenor, 0"


@pytest.mark.slow
def test_a_long_title_is_cut(site: SiteServer) -> None:
    """It goes into every message of the cover."""
    song = WEB.find(site.address(f"/{'x' * 5000}song.wav"))
    with song.fetched(Future()):
        assert song.title == "x" * 200 + "…"
    assert len(WEB.find(f"http://{'x' * 5000}/song.wav").title) == 201


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/page", "/nothing"])
def test_an_address_without_a_song_is_refused(site: SiteServer, path: str, tmp_path: Path) -> None:
    """In words, which tell nothing of this machine."""
    with pytest.raises(CoverError) as caught:
        fetched(site, path)
    words = str(caught.value)
    assert words in (
        "there is no song at this URL that can be fetched",
        "this URL answers with HTTP status 404",
    )
    assert ("404" in words) == (path == "/nothing")


def test_private_addresses_are_refused(site: SiteServer) -> None:
    """Before anything is asked there."""
    with (
        Server(TOKEN) as server,
        authenticated(server) as connection,
    ):
        ask(connection, song=f"http://localhost:{site.server_port}/song.wav")
        assert "leads into the service's own network" in hear_error(connection)
    assert site.requests == []


def download_where_one_address_is_public(url: str, folder: Path) -> tuple[str, Path]:
    """Download where 127.0.0.1 counts as public, as no address that a test can serve does."""
    ssrf_guard.is_public = lambda host, own=(): host == "127.0.0.1"
    return download(url, folder, attrs.evolve(LIMITS, allow_private=False))


def test_redirects_to_private_addresses_are_refused(site: SiteServer, tmp_path: Path) -> None:
    """The guard looks at every connection, not at the address that was given."""
    worker = Worker()
    url = site.address("/moved")
    try:
        with pytest.raises(CoverError, match="leads into the service's own network"):
            worker.call(download_where_one_address_is_public, url, tmp_path)
    finally:
        worker.stop()
    assert set(site.requests) == {"/moved"}


@pytest.mark.slow
def test_a_song_that_is_too_large_is_given_up(site: SiteServer) -> None:
    """Whether its length was announced or not."""
    for path in ("/song.wav", "/endless.wav"):
        with pytest.raises(CoverError, match="larger than 0 MB"):
            fetched(site, path, max_size=100_000)


@pytest.mark.slow
def test_a_song_that_does_not_come_is_given_up(site: SiteServer) -> None:
    """After the time there is for it; the process that fetched it is gone."""
    with pytest.raises(CoverError, match=r"not fetched within 1\.5 seconds"):
        fetched(site, "/stalled.wav", timeout=1.5)


@pytest.mark.slow
def test_fetching_ends_with_the_job(site: SiteServer) -> None:
    """At once, when the client leaves."""
    cancelled: Future[None] = Future()
    outcome = []

    def fetch() -> None:
        try:
            with WEB.find(site.address("/stalled.wav")).fetched(cancelled):
                pass
        except CancelledError as error:
            outcome.append(error)

    fetching = threading.Thread(target=fetch)
    fetching.start()
    pause = threading.Event()
    while not site.requests:
        pause.wait(0.01)
    cancelled.set_result(None)
    fetching.join(PATIENCE)
    assert len(outcome) == 1


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setattr("voiceshift.local.library.web_song.find_spec", lambda name: None)
    with pytest.raises(CoverError, match=r'pip install "voiceshift\[web\]"'):
        WEB.find("https://example.com/song.mp3")


@pytest.mark.slow
@pytest.mark.parametrize("address", ["http://[", "HTTP://%00/\ud800" + "x" * 9000])
def test_odd_addresses_are_refused(address: str) -> None:
    """By whoever is asked to fetch them, in words that can be sent."""
    song = WebLibrary(attrs.evolve(LIMITS, allow_private=False), PATIENCE).find(address)
    with pytest.raises(CoverError) as caught, song.fetched(Future()):
        pass
    assert len(str(caught.value).encode()) < 200

"""One client's conversation with the service: authentication, requests, segments."""

from __future__ import annotations

import hmac
import logging
import threading
from typing import TYPE_CHECKING

from attrs import frozen
from websockets.exceptions import ConnectionClosed

from voiceshift.errors import CoverError, ServiceFull, SettingsError
from voiceshift.local.library.titles import cover_title
from voiceshift.local.library.web_song import is_address
from voiceshift.local.service.closing import cut_after
from voiceshift.local.service.jobs import Chunk, Failed, Finished, Job, JobQueue, News, Waiting
from voiceshift.wire.messages import (
    UNAUTHORIZED,
    AudioSegment,
    Authenticated,
    AuthRequired,
    Queued,
    ServiceError,
    parse_request,
    parse_token,
    service_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.server import ServerConnection

    from voiceshift.local.engine import Engine
    from voiceshift.local.library.songs import SongLibrary
    from voiceshift.local.library.voices import VoiceLibrary
    from voiceshift.local.library.web_song import Web
    from voiceshift.local.limits import Limits
    from voiceshift.local.service.fair_executor import Lane
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Secret

__all__ = ["Service", "Session"]

logger = logging.getLogger("voiceshift.local")


@frozen
class Service:
    """What all sessions share.

    Attributes:
        token: What a client must know.
        limits: What a client may take.
        engine: Makes the covers.
        songs: What can be covered.
        web: What can be fetched to be covered.
        voices: Who can sing it.
        jobs: The queue of covers.
        stopping: Set when the service begins to stop.
    """

    token: Secret
    limits: Limits
    engine: Engine
    songs: SongLibrary
    web: Web
    voices: VoiceLibrary
    jobs: JobQueue
    stopping: threading.Event


class Session:
    """A client from its connecting to its leaving.

    This thread listens, so that it knows at once when the client leaves; a running cover is sent by
    a thread of its own.

    Args:
        connection: The client.
        service: What the sessions share.
    """

    def __init__(self, connection: ServerConnection, service: Service) -> None:
        self._connection = connection
        self._service = service
        self._job: Job | None = None
        self._sender: threading.Thread | None = None

    def run(self) -> None:
        """Converse until the client leaves."""
        try:
            self._address = self._connection.remote_address[0]
        except OSError:  # it has left already
            return
        try:
            if self._authenticate():
                for message in self._connection:
                    self._answer(message)
        except ConnectionClosed:
            pass  # it left; what it waited for is not needed any more
        finally:
            self._drop_cover()

    def _authenticate(self) -> bool:
        self._send(service_text(AuthRequired()))
        try:
            message = self._connection.recv(timeout=self._service.limits.auth_timeout)
        except TimeoutError:
            message = ""
        if not self._is_token(message):
            self._refuse()
            return False
        self._send(service_text(Authenticated()))
        return True

    def _refuse(self) -> None:
        """Turn the client away, slowly: whoever guesses a token has to wait for the answer.

        It keeps its place meanwhile, even if it leaves, so the guesses in that time are no more
        than the places there are for clients.
        """
        logger.warning("refused a client at %s: its token is wrong, missing or late", self._address)
        self._service.stopping.wait(self._service.limits.auth_delay)
        self._connection.close(UNAUTHORIZED, "Unauthorized")

    def _is_token(self, message: str | bytes) -> bool:
        token = parse_token(message)
        if token is None:
            return False
        # In constant time, so that the token cannot be found out letter by letter. JSON can hold
        # halves of surrogate pairs, which have no encoding of their own.
        expected = self._service.token.reveal().encode()
        return hmac.compare_digest(token.encode(errors="surrogatepass"), expected)

    def _answer(self, message: str | bytes) -> None:
        try:
            if self._job is not None:
                raise CoverError("a cover is being made for you; one at a time")
            self._start_cover(parse_request(message))
        except (CoverError, SettingsError) as error:
            refusal = ServiceError(str(error), is_full=isinstance(error, ServiceFull))
            self._send(service_text(refusal))

    def _start_cover(self, request: CoverRequest) -> None:
        service = self._service
        library = service.web if is_address(request.song) else service.songs
        song = library.find(request.song)
        voice = service.voices.get(request.voice)

        def work(lane: Lane) -> Iterator[bytes]:
            with song.opened(lane) as path:
                yield from service.engine.cover(path, voice, request.pitch, lane)

        def title() -> str:  # a song from the web has its own only when it is there
            return cover_title(song.title, voice.name, request.pitch)

        job = service.jobs.submit(work)
        self._job = job
        self._sender = threading.Thread(
            target=self._send_cover, args=(job, title), name="voiceshift-sender", daemon=True
        )
        self._sender.start()

    def _send_cover(self, job: Job, title: Callable[[], str]) -> None:
        try:
            for news in job.news():
                if isinstance(news, (Finished, Failed)):
                    # Before the client hears of it, since it may ask for the next one at once.
                    self._job = None
                self._send(_text(news, title()))
        except ConnectionClosed:
            pass  # run() hears of it too, and cancels the job

    def _drop_cover(self) -> None:
        if (job := self._job) is not None:
            self._service.jobs.cancel(job)
        if self._sender is not None:
            self._sender.join()

    def _send(self, text: str) -> None:
        # A client that takes nothing would else hold up its sender for ever.
        with cut_after(self._service.limits.send_timeout, self._connection.socket):
            self._connection.send(text)


def _text(news: News, title: str) -> str:
    match news:
        case Waiting():
            return service_text(Queued(f"Queued at position {news.position}."))
        case Chunk():
            segment = AudioSegment(title, len(news.audio), is_final=False)
            return service_text(segment, news.audio)
        case Finished():
            return service_text(AudioSegment(title, 0, is_final=True))
        case Failed():
            return service_text(ServiceError(news.message))

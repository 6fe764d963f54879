"""One client's conversation with the service: authentication, requests, segments."""

from __future__ import annotations

import hmac
import threading
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Literal

from attrs import frozen
from websockets.exceptions import ConnectionClosed

from voiceshift.errors import CoverError, ServiceFull, SettingsError
from voiceshift.local.engine import Rendition, begin_cover
from voiceshift.local.library.songs import Song
from voiceshift.local.library.titles import cover_title
from voiceshift.local.library.web_song import WebSong, is_url
from voiceshift.local.service.jobs import (
    Advanced,
    Chunk,
    Failed,
    Finished,
    Job,
    JobEvent,
    JobQueue,
    Remark,
    Waiting,
)
from voiceshift.local.service.listener import CLOSE_TIMEOUT, Listener
from voiceshift.local.service.song_exchange import SongExchange
from voiceshift.request import VoiceInfo
from voiceshift.util.deadline import time_limit
from voiceshift.util.logs import SafeLogger
from voiceshift.util.sockets import abort
from voiceshift.wire.messages import (
    TRY_AGAIN_LATER,
    UNAUTHORIZED,
    AudioSegment,
    Authenticated,
    AuthRequired,
    Progress,
    Queued,
    ServiceError,
    ServiceInfo,
    Voices,
    asks_for_voices,
    features_of,
    parse_request,
    parse_token,
    service_text,
    wants_progress,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from voiceshift.local.engine import Engine, VersatileEngine
    from voiceshift.local.engine.octaves import OctaveChoice
    from voiceshift.local.engine.voices import Voice
    from voiceshift.local.library.songs import SongLibrary
    from voiceshift.local.library.uploaded_song import UploadedSong
    from voiceshift.local.library.voices import VoiceLibrary
    from voiceshift.local.library.web_song import WebLibrary
    from voiceshift.local.limits import Limits
    from voiceshift.local.service.connection import LimitedConnection
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Secret

logger = SafeLogger("voiceshift.local")

FULL = "too many clients; try again later"
"""Why a client is closed with :data:`TRY_AGAIN_LATER`."""


@frozen
class Service:
    """What all sessions share."""

    token: Secret
    limits: Limits
    listener: Listener
    engine: Engine | VersatileEngine
    songs: SongLibrary
    web: WebLibrary
    voices: VoiceLibrary
    jobs: JobQueue
    stopping: threading.Event
    """Set when the service begins to stop."""
    info: ServiceInfo
    """What clients are told of it."""
    has_page: bool = False
    """Whether clients may ask for what the page needs beside covers."""


class Session:
    """A client from its connecting to its leaving.

    Its own thread receives, so that it knows at once when the client leaves; another one sends the
    running cover.

    Args:
        connection: The client.
        service: What the sessions share.
    """

    def __init__(self, connection: LimitedConnection, service: Service) -> None:
        self._connection = connection
        self._service = service
        self._job: Job | None = None
        self._sender: threading.Thread | None = None
        self._exchange: SongExchange | None = None
        if service.has_page:
            self._exchange = SongExchange(connection, service.songs, service.limits.max_upload)

    def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            self._address = self._connection.remote_address[0]
        except OSError:  # it has left already
            return
        try:
            if self._authenticate():
                for message in self._connection:
                    self._answer(message)
        except ConnectionClosed:
            pass  # it left, and needs no cover any more
        finally:
            self._drop_cover()
            if self._exchange is not None:
                self._exchange.close()

    def _authenticate(self) -> bool:
        listener, limits = self._service.listener, self._service.limits
        if listener.is_full:
            return self._refuse(TRY_AGAIN_LATER, FULL)
        self._connection.send(service_text(AuthRequired()))
        try:
            message = self._connection.recv(timeout=limits.auth_timeout)
        except TimeoutError:
            return self._refuse_token()
        if not listener.admit():
            return self._refuse(TRY_AGAIN_LATER, FULL)
        if not self._is_token(message):
            # Slowly, so that guessing takes long. The client keeps its place meanwhile, even if it
            # leaves: there are no more guesses in that time than places for clients.
            self._service.stopping.wait(limits.auth_delay)
            return self._refuse_token()
        self._connection.send_timeout = limits.send_timeout
        self._connection.send(service_text(Authenticated(self._service.info)))
        return True

    def _refuse_token(self) -> Literal[False]:
        logger.warning("refused a client at %s: its token is wrong, missing or late", self._address)
        return self._refuse(UNAUTHORIZED, "Unauthorized")

    def _refuse(self, code: int, reason: str) -> Literal[False]:
        # Other threads may be sending to a client that does not read, and the close waits for them.
        with time_limit(CLOSE_TIMEOUT, abort, self._connection.socket):
            self._connection.close(code, reason)
        return False

    def _is_token(self, message: str | bytes) -> bool:
        token = parse_token(message)
        if token is None:
            return False
        # In constant time, so that the token cannot be guessed letter by letter. JSON can hold
        # halves of surrogate pairs, which have no encoding of their own.
        expected = self._service.token.reveal().encode()
        return hmac.compare_digest(token.encode(errors="surrogatepass"), expected)

    def _answer(self, message: str | bytes) -> None:
        try:
            self._do(message)
        except (CoverError, SettingsError) as error:
            refusal = ServiceError(str(error), is_full=isinstance(error, ServiceFull))
            self._connection.send(service_text(refusal))

    def _do(self, message: str | bytes) -> None:
        if self._exchange is not None and self._job is None and self._exchange.answer(message):
            return
        if asks_for_voices(message):
            self._send_voices()
        elif self._job is not None:
            raise CoverError("a cover is being made for you; one at a time")
        else:
            self._start_cover(parse_request(message), progress=wants_progress(message))

    def _send_voices(self) -> None:
        voices = tuple(map(_voice_info, self._service.voices.all()))
        self._connection.send(service_text(Voices(voices)))

    def _find_song(self, name: str) -> Song | WebSong | UploadedSong:
        if self._exchange is not None and (upload := self._exchange.find(name)):
            return upload
        library = self._service.web if is_url(name) else self._service.songs
        return library.find(name)

    def _start_cover(self, request: CoverRequest, *, progress: bool) -> None:
        service = self._service
        if missing := features_of(request) - service.info.features:
            raise CoverError(f"this service does not have {', '.join(sorted(missing))}")
        pitch = request.pitch
        song = self._find_song(request.song)
        voice = service.voices.get(request.voice)

        def work(job: Job) -> Iterator[bytes]:
            job.advance(0)  # it does not wait any more
            with _file(song, job) as path:
                rendition = Rendition(
                    **request.options,
                    title=title,
                    report=job.advance,
                    report_octave=partial(choose, job),
                    warn=partial(warn, job),
                )
                yield from begin_cover(
                    service.engine, path, voice, pitch, job.executor, rendition=rendition
                )

        def choose(job: Job, octave: OctaveChoice) -> None:
            nonlocal pitch
            pitch = octave.pitch
            # A client that was not told of "progress" is told nothing that it has not asked for.
            if (remark := octave.remark()) and (progress or octave.is_automatic):
                job.publish(Remark(remark))

        def warn(job: Job, text: str) -> None:
            logger.warning("%s", text)
            if progress:
                job.publish(Remark(text, is_warning=True))

        def title() -> str:  # a song from the web has its own only after it was fetched
            return cover_title(song.title, voice.name, pitch)

        job = service.jobs.submit(work)
        self._job = job
        self._sender = threading.Thread(
            target=self._send_cover,
            args=(job, title),
            kwargs={"progress": progress},
            name="voiceshift-sender",
            daemon=True,
        )
        self._sender.start()

    def _send_cover(self, job: Job, title: Callable[[], str], *, progress: bool) -> None:
        try:
            for event in job.events():
                if isinstance(event, Advanced) and not progress:
                    continue
                if isinstance(event, (Finished, Failed)):
                    # Before the client hears of it, since it may ask for the next one at once.
                    self._job = None
                self._connection.send(_text(event, title()))
        except ConnectionClosed:
            pass  # run() hears of it too, and cancels the job

    def _drop_cover(self) -> None:
        if (job := self._job) is not None:
            self._service.jobs.cancel(job)
        if self._sender is not None:
            self._sender.join()


def _file(song: Song | WebSong | UploadedSong, job: Job) -> AbstractContextManager[Path]:
    return nullcontext(song.path) if isinstance(song, Song) else song.fetched(job.cancelled)


def _voice_info(voice: Voice) -> VoiceInfo:
    return VoiceInfo(voice.name, voice.kind, voice.facts().get("seconds"))


def _text(news: JobEvent, title: str) -> str:
    match news:
        case Waiting():
            return service_text(Queued(f"Queued at position {news.position}."))
        case Remark():
            remark = Queued(news.text, is_remark=True, is_warning=news.is_warning)
            return service_text(remark)
        case Advanced():
            remaining = None if news.remaining is None else round(news.remaining, 1)
            return service_text(Progress(round(news.done, 4), remaining))
        case Chunk():
            segment = AudioSegment(title, len(news.audio), is_final=False)
            return service_text(segment, news.audio)
        case Finished():
            return service_text(AudioSegment(title, 0, is_final=True))
        case Failed():
            return service_text(ServiceError(news.message))

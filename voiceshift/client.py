"""The client: what a script calls."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import evolve

from voiceshift.cover import Cover
from voiceshift.display.output import STANDARD_ERROR, say_once
from voiceshift.display.places import in_notebook
from voiceshift.display.progress import CoverProgress
from voiceshift.errors import (
    ClientBusy,
    ClientClosed,
    ConnectError,
    ConnectTimeout,
    CoverTimeout,
    SettingsError,
)
from voiceshift.events import Connected, Event, Progress, Queued, Segment
from voiceshift.request import CoverOptions, CoverRequest, Pitch, VoiceInfo
from voiceshift.settings import Secret, Settings, SettingsOptions
from voiceshift.util.deadline import Deadline, earliest
from voiceshift.util.files import expand_user, file_errors, is_file
from voiceshift.util.logs import SafeLogger
from voiceshift.util.retry import backoff, is_transient
from voiceshift.util.signatures import lists_options
from voiceshift.util.text import one_line
from voiceshift.util.tracebacks import hide_frames, hides_arguments
from voiceshift.util.typing_backports import Self, Unpack
from voiceshift.util.validators import check_function, check_names, check_seconds
from voiceshift.wire.connection import Connection, State
from voiceshift.wire.destination import open_sink
from voiceshift.wire.exchange import Exchange
from voiceshift.wire.messages import AudioSegment
from voiceshift.wire.sink import Spool

if TYPE_CHECKING:
    from voiceshift.local.service.child import ChildService

__all__ = ["Client"]

logger = SafeLogger("voiceshift")

INITIAL_BACKOFF = 0.2
"""Seconds, at most, between the first two attempts to connect; doubled before each further one."""

LIBRARY_OPTIONS = ("songs", "voices", "separator", "provider")
"""What :meth:`Client.local` takes beside settings."""


class Client:
    """A blocking client of the song-cover service, for scripts and notebooks.

    One cover at a time; :meth:`close` may be called from any thread. As a context manager it closes
    itself. It connects when it is first needed, and again when the last connection ended.

    Args:
        uri: URL of the service; ``None`` looks it up in ``VC_URI``, then ``.env``, then takes
            the hosted service.
        token: The API token; ``None`` looks it up in ``VC_TOKEN``, then ``.env``.
        **settings: Any other field of :class:`~voiceshift.Settings`.

    Raises:
        SettingsError: There is no token, or a setting is wrong; nothing was sent.

    Example:
        >>> from voiceshift import Client
        >>> with Client.local() as client:
        ...     cover = client.create_cover("demo", "baritone")
        >>> cover.complete
        True
    """

    @lists_options(SettingsOptions, Settings)
    @hides_arguments
    def __init__(
        self,
        uri: str | None = None,
        token: str | Secret | None = None,
        **settings: Unpack[SettingsOptions],
    ) -> None:
        self._settings = Settings.load(uri=uri, token=token, **settings)
        self._connection: Connection | None = None
        self._service: ChildService | None = None
        self._operation = threading.Lock()
        self._closed = threading.Event()
        self._process = os.getpid()
        self._abandoned: weakref.finalize[Any, Any] | None = None

    @classmethod
    @lists_options(SettingsOptions, Settings)
    @hides_arguments
    def local(
        cls,
        *,
        songs: str | os.PathLike[str] | None = None,
        voices: str | os.PathLike[str] | None = None,
        separator: str | None = None,
        provider: str | None = None,
        **settings: Unpack[SettingsOptions],
    ) -> Self:
        """A client with the embedded service, started now and stopped with the client.

        The service runs in a child process on a free port of this machine, with a token of its own.
        Songs may be given by the path of an audio file, too. Where ``voiceshift setup`` has not
        been run, a line on standard error says so, once.

        Args:
            songs: Folder whose songs can be named by their title.
            voices: Folder of voice models.
            separator: Name of what finds the vocals in a song, see
                :func:`~voiceshift.local.separators.load_separator`.
            provider: What the networks of RVC voices are run on, see
                :class:`~voiceshift.local.Server`.
            **settings: Any field of :class:`~voiceshift.Settings` but ``uri`` and ``token``.

        Raises:
            SettingsError: The extra ``local`` is not installed, or a setting is wrong.
            ConnectError: The service did not start.
        """
        with file_errors(ConnectError, "the embedded service did not start"):
            from voiceshift.local.service.child import ChildService

        for name in ("uri", "token"):
            if name in settings:
                raise SettingsError(f"{name} is the embedded service's own; leave it out")
        check_names("option", settings, [*LIBRARY_OPTIONS, *SettingsOptions.__annotations__])
        if in_notebook():
            # What IPython keeps of a failed cell's traceback holds the client of that cell, and so
            # the service's process, in reference cycles.
            gc.collect()
        service = ChildService(songs=songs, voices=voices, separator=separator, provider=provider)
        if service.advice:
            say_once(service.advice)
        try:
            client = cls(service.uri, service.token, **settings)
        except BaseException:
            service.stop()
            raise
        client._service = service
        weakref.finalize(client, service.stop)
        return client

    def authenticate(self) -> Self:
        """Connect, wait for the service to ask for the token, and send it.

        Returns at once where that is done already. Not needed before a cover, which does it itself;
        it tells early whether URL and token are right.

        Returns:
            The client itself.

        Raises:
            AuthError: The service refused the token; never tried again.
            ConnectError: No connection, after ``connect_attempts`` attempts.
            ConnectTimeout: No connection within ``connect_timeout``.
            AuthTimeout: No answer within ``auth_timeout``.
            ProtocolError: What answers is not such a service.
            ClientBusy: Another thread is making a cover.
            ClientClosed: The client was closed.
        """
        with self._operating():
            self._ready_connection(_cover_deadline(None))
        return self

    def create_cover(  # noqa: PLR0913 - the public contract; all but three are keywords
        self,
        song: str | os.PathLike[str],
        voice: str,
        pitch: Pitch = 0,
        *,
        user_id: int | None = None,
        timeout: float | None = None,
        to: str | os.PathLike[str] | None = None,
        overwrite: bool = True,
        on_event: Callable[[Event], object] | None = None,
        progress: bool | None = None,
        **options: Unpack[CoverOptions],
    ) -> Cover:
        """Ask for a cover and wait until all of it has arrived.

        What arrived before a failure is in the exception's ``partial``.

        Args:
            song: A song title the service knows, or a YouTube URL. With the embedded service, as
                of :meth:`local`, also the path of an audio file.
            voice: Name of the target voice.
            pitch: Shift of the voice in whole octaves, -2 to 2. The embedded service knows
                ``"auto"``, too: the octave that is nearest to the voice.
            user_id: Discord user id of the person asking; ``None`` takes that of the settings.
            timeout: Seconds the whole call may take; ``None`` is no limit.
            to: A file that the audio is written to as it arrives, so that memory stays flat. It has
                a ``.part`` name until the cover is complete, and then takes the place of a file
                that is there. In a folder, which is there or whose path ends in ``/``, the cover
                gets a free name, made of its title. A pipe or device is written to by this thread.
                Left out, the audio stays in memory.
            overwrite: With ``False`` a file that is there is not replaced: the call is refused
                before anything is sent. A file that appears meanwhile is not replaced, either.
            on_event: Called in this thread with :class:`~voiceshift.Connected`,
                :class:`~voiceshift.Authenticated`, :class:`~voiceshift.Queued`,
                :class:`~voiceshift.Progress` and :class:`~voiceshift.Segment` events. What it
                raises ends the cover.
            progress: Show a progress line; ``None`` shows it on a terminal and in a notebook.
            **options: What the embedded service can do beyond; see
                :class:`~voiceshift.CoverOptions`.

        Raises:
            SettingsError: An argument is wrong, the service does not know an option, or ``to``
                cannot be written, is there without ``overwrite``, or is the song itself; no request
                was sent.
            CoverError: The service could not make the cover, in its own words.
            ServiceFull: It accepts no more covers now, and did not accept this one.
            CoverTimeout: ``timeout`` passed.
            IdleTimeout: The service was silent for ``idle_timeout``.
            ConnectionLost: The connection ended. The request is never sent again by itself: a cover
                costs the user's quota.
            ProtocolError: The service sent something that is not part of a cover.
            SaveError: The disk is full, the folder of ``to`` is gone, nobody reads the pipe any
                more, or without ``overwrite`` a file of that name has appeared.
            VoiceShiftError: Also everything that :meth:`authenticate` raises.
        """
        request = self._request(song, voice, pitch, user_id, options)
        check_function("on_event", on_event)
        song_file = self._song_file(request)
        deadline = _cover_deadline(timeout)
        with (
            self._operating(),
            CoverProgress(_label(request.song), show=progress) as shown,
            Exchange(
                request,
                open_sink(
                    to,
                    request,
                    song_file=song_file,
                    overwrite=overwrite,
                    max_buffered=self._settings.max_buffered,
                    check=partial(self._check, deadline),
                ),
                announces=shown.is_shown or on_event is not None,
                song_file=song_file,
                max_embedded=self._settings.max_embedded,
            ) as exchange,
        ):
            notify = partial(_notify, shown, on_event)
            connection = self._ready_connection(deadline, notify)
            tick = shown.tick if shown.is_shown else None
            for event in exchange.events(connection, deadline, tick):
                if isinstance(event, AudioSegment):
                    shown.add(event.length)
                    if on_event is not None:
                        on_event(exchange.read(event))
                else:
                    notify(event)
            return exchange.complete()

    def stream_cover(
        self,
        song: str | os.PathLike[str],
        voice: str,
        pitch: Pitch = 0,
        *,
        user_id: int | None = None,
        timeout: float | None = None,
        **options: Unpack[CoverOptions],
    ) -> Iterator[Segment]:
        """Ask for a cover and yield its segments as they arrive.

        The request is sent when the first segment is asked for. A caller may be slow between
        segments: what arrives meanwhile waits in memory, past ``max_buffered`` in a temporary
        file. Leaving the iterator before its end closes the connection.

        Args:
            song: As for :meth:`create_cover`.
            voice: As for :meth:`create_cover`.
            pitch: As for :meth:`create_cover`.
            user_id: As for :meth:`create_cover`.
            timeout: Seconds from the first ``next()`` to the final segment's arrival.
            **options: As for :meth:`create_cover`.

        Yields:
            The segments; the last one has ``is_final`` set.

        Raises:
            VoiceShiftError: As :meth:`create_cover`, after every segment that arrived was yielded.
        """
        request = self._request(song, voice, pitch, user_id, options)
        return self._stream(request, check_seconds("timeout", timeout))

    def voices(self) -> list[VoiceInfo]:
        """Ask for the voices that the service offers; the hosted service does not tell.

        Returns:
            The voices, in the service's order.

        Raises:
            SettingsError: The service does not tell.
            CoverError: It could not; in its own words.
            VoiceShiftError: As :meth:`authenticate`; or the connection ended.

        Example:
            >>> from voiceshift import Client
            >>> with Client.local() as client:
            ...     print([voice.name for voice in client.voices()])
            ['baritone', 'tenor']
        """
        with self._operating():
            connection = self._ready_connection(_cover_deadline(None))
            return list(connection.voices())

    def close(self) -> None:
        """Close the connection and stop the embedded service; from any thread, also repeatedly.

        A call that is waiting in another thread raises :class:`~voiceshift.ClientClosed`.
        """
        self._adapt_to_fork()
        self._closed.set()
        if self._connection is not None:
            self._connection.close()
        if self._service is not None:
            self._service.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a Client cannot be pickled or copied, since it holds a connection: create one in each "
            "process, from the same Settings if need be, which can be pickled"
        )

    def __repr__(self) -> str:
        return f"<voiceshift.Client {self._settings.address} {self._state()}>"

    def _state(self) -> str:
        if self._closed.is_set():
            return State.CLOSED.value
        state = self._connection.state if self._connection else State.NEW
        return "ready to connect again" if state is State.CLOSED else state.value

    def _request(
        self,
        song: str | os.PathLike[str],
        voice: str,
        pitch: Pitch,
        user_id: int | None,
        options: CoverOptions,
    ) -> CoverRequest:
        if isinstance(song, os.PathLike):
            song = os.fspath(song)
        user_id = self._settings.user_id if user_id is None else user_id
        request = CoverRequest(song, voice, pitch, user_id=user_id, **options)
        if self._service is not None and is_file(request.song):
            # The service's process has the working directory of when it was started.
            request = evolve(request, song=str(expand_user(request.song).absolute()))
        return request

    def _song_file(self, request: CoverRequest) -> Path | None:
        """The file of this machine that the song is read from, if it is one."""
        if is_file(request.song):
            return expand_user(request.song).absolute()
        return None if self._service is None else self._service.song_file(request.song)

    @contextmanager
    def _operating(self) -> Iterator[None]:
        """Hold the client for one operation."""
        self._adapt_to_fork()
        operation = self._operation
        if not operation.acquire(blocking=False):
            raise ClientBusy(
                "this client is making a cover, or a stream of it is not finished; use one client "
                "for each cover at a time"
            )
        try:
            if self._closed.is_set():
                raise ClientClosed("this client was closed; make a new one")
            yield
        except KeyboardInterrupt as interrupt:
            hide_frames(interrupt)
            raise
        finally:
            operation.release()

    def _check(self, deadline: Deadline) -> None:
        """Raise where a call is not to go on: the client was closed, or its time is over."""
        if self._closed.is_set():
            raise ClientClosed("the client was closed")
        if deadline.has_passed():
            raise deadline.exceeded()

    def _adapt_to_fork(self) -> None:
        """In a forked child, forget the operation of another thread, which is not there."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._operation = threading.Lock()
            is_closed, self._closed = self._closed.is_set(), threading.Event()
            if is_closed:
                self._closed.set()

    def _ready_connection(
        self, deadline: Deadline, notify: Callable[[Event], object] | None = None
    ) -> Connection:
        """The authenticated connection: the last one, where it is still good, or a new one."""
        last, self._connection = self._connection, None
        if last is not None:
            if last.is_ready():
                return self._adopt(last)
            last.abort()
        return self._connect(deadline, notify)

    def _connect(self, deadline: Deadline, notify: Callable[[Event], object] | None) -> Connection:
        """A new connection; all attempts to open one, and the pauses between, share one limit."""
        self._ensure_service()
        address, seconds = self._settings.address, self._settings.connect_timeout
        opening = earliest(Deadline(seconds, ConnectTimeout, f"connection to {address}"), deadline)
        for attempt in range(1, self._settings.connect_attempts + 1):
            try:
                return self._attempt(opening, deadline, notify)
            except ConnectError as error:  # noqa: PERF203 - each attempt may fail
                if attempt == self._settings.connect_attempts or not is_transient(error):
                    raise
                delay = max(backoff(attempt, INITIAL_BACKOFF), error.retry_after or 0)
                remaining = opening.remaining()
                if remaining is not None and delay >= remaining:
                    raise
                logger.info("attempt %d to connect failed: %s", attempt, error)
                self._closed.wait(delay)
                self._ensure_service()  # a process loses its connections before it is seen to end
        raise AssertionError("connect_attempts is at least 1")

    def _ensure_service(self) -> None:
        if self._service is not None:
            self._service.ensure_running()
            service, token = self._service, Secret(self._service.token)
            self._settings = evolve(self._settings, uri=service.uri, token=token)

    def _attempt(
        self, opening: Deadline, deadline: Deadline, notify: Callable[[Event], object] | None
    ) -> Connection:
        """Connect and authenticate once."""
        connection = self._adopt(Connection(self._settings, opening))
        try:
            for event in connection.open(deadline):
                if notify is not None:
                    notify(event)
        except BaseException:
            connection.abort()
            raise
        return connection

    def _adopt(self, connection: Connection) -> Connection:
        """Make ``connection`` the one that :meth:`close`, or the client's end, ends."""
        self._connection = connection
        if self._abandoned is not None:
            self._abandoned.detach()
        self._abandoned = weakref.finalize(self, connection.abort)
        if self._closed.is_set():  # just now: close() did not see this connection
            connection.close()
        return connection

    def _stream(self, request: CoverRequest, timeout: float | None) -> Iterator[Segment]:
        deadline = _cover_deadline(timeout)
        with self._operating():
            connection = self._ready_connection(deadline)
            sink = Spool(self._settings.max_buffered)
            with Exchange(request, sink, announces=True) as exchange:
                for event in exchange.events(connection, deadline):
                    if isinstance(event, AudioSegment):
                        yield exchange.read(event)
                    elif isinstance(event, Queued) and event.is_warning:
                        _warn(event.message)


def _label(song: str) -> str:
    """What to call a song: of a file its name, since its path leaves no room for anything else."""
    path = expand_user(song)
    return path.name if is_file(str(path)) else song


def _cover_deadline(seconds: float | None) -> Deadline:
    seconds = check_seconds("timeout", seconds)
    return Deadline(seconds, CoverTimeout, "complete cover")


def _warn(text: str) -> None:
    """Tell the user what is wrong with the song where no progress is shown."""
    STANDARD_ERROR.write(f"voiceshift: {one_line(text)}\n")


def _notify(
    progress: CoverProgress, on_event: Callable[[Event], object] | None, event: Event
) -> None:
    """Show an event, and tell the caller's function."""
    match event:
        case Connected():
            progress.notice("connected")
        case Queued(is_warning=True) if not progress.is_shown:
            _warn(event.message)
        case Queued(is_remark=True):
            progress.remark(event.message)
        case Queued():
            progress.notice(event.message)
        case Progress():
            progress.advance(event)
    if on_event is not None:
        on_event(event)

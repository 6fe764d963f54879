"""A service on this machine that follows a script: a pytest plugin for tests of code with covers.

The fixture :func:`voiceshift_service` starts it and points ``VC_URI`` and ``VC_TOKEN`` to it, so
that unchanged code talks to it. It speaks the protocol through a library of its own and shares no
code with the client, which makes it an independent judge of what the client says::

    def test_my_script(voiceshift_service):
        voiceshift_service.will_stream(b"some audio", segments=2)
        my_script.main()
        assert voiceshift_service.requests[0]["song"] == "Amazing Grace"

pytest loads this module wherever voiceshift is installed; what it needs is imported when used.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Union, get_args

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self
    from websockets.http11 import Request, Response
    from websockets.sync.server import Server, ServerConnection

__all__ = ["DEFAULT_AUDIO", "ScriptedService", "voiceshift_service"]

ConnectionStep = Literal["connected", "challenged", "token", "authenticated"]
"""The WebSocket is open; the service asked for the token; got it; accepted it."""

CoverStep = Literal["request", "queued", "segment"]
"""The service got the request; sent its notices of the queue; sent the first segment."""

Step = Union[ConnectionStep, CoverStep]  # noqa: UP007 - evaluated on 3.10

DEFAULT_AUDIO = b"OggS" + bytes(range(256)) * 12
"""The audio of a cover without a script. It has the signature of an Ogg file, and no sound."""

UNAUTHORIZED = 4001
UNUSABLE_CODES = {1004, 1005, 1006, 1015}
"""Close codes: the protocol's for a wrong token; those that RFC 6455 allows no frame to carry."""

LONGEST_REASON = 123
"""Bytes; the code takes two of the 125 that a close frame has."""


class Recording(NamedTuple):
    """What a cover consists of."""

    audio: bytes = DEFAULT_AUDIO
    segments: int = 3
    title: str | None = None
    queued: int = 1


class Script(NamedTuple):
    """The usual course up to a step, and from there something else."""

    recording: Recording = Recording()
    at: Step | None = None
    act: Callable[[ServerConnection], None] | None = None


class ScriptedService:
    """A service on a free port of this machine; as a context manager it stops itself.

    Each ``will_`` method scripts one cover, or one connection where its step comes before any
    request; they are used up in the order they were called. Without a script a connection is
    authenticated, and a cover is :data:`~voiceshift.testing.DEFAULT_AUDIO` in three segments.

    The steps that ``at`` can name, each of them just passed:

    * of a connection: ``"connected"``, ``"challenged"`` (the token was asked for), ``"token"`` (it
      was received), ``"authenticated"``;
    * of a cover: ``"request"`` (it was received), ``"queued"``, ``"segment"`` (the first was sent).

    Attributes:
        uri: Its address, ``ws://127.0.0.1:port``.
        token: The token it accepts; another is refused with close code 4001.
        requests: The cover requests received, as they were sent.
        connections: How many WebSockets were opened so far.
        stalled: Set when a stall begins.

    Raises:
        ImportError: The extra ``testing`` is not installed.
    """

    def __init__(self) -> None:
        try:
            from websockets.exceptions import ConnectionClosed
            from websockets.sync.server import serve
        except ImportError as error:
            raise ImportError(
                "the scripted service needs websockets: pip install 'voiceshift[testing]'"
            ) from error
        self.token = "scripted-service-token"  # noqa: S105 - opens nothing but this service
        self.requests: list[dict[str, Any]] = []
        self.connections = 0
        self.stalled = threading.Event()
        self._refusals: deque[int] = deque()
        self._connection_scripts: deque[Script] = deque()
        self._cover_scripts: deque[Script] = deque()
        self._conversations: list[tuple[threading.Thread, ServerConnection]] = []
        self._lock = threading.Lock()
        self._connection_closed = ConnectionClosed
        self._server = serve(
            self._converse,
            "127.0.0.1",
            0,
            compression=None,
            process_request=self._open_or_refuse,
            close_timeout=1,
        )
        self.uri = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._acceptor = threading.Thread(
            target=self._server.serve_forever, name="voiceshift-scripted-service", daemon=True
        )
        self._acceptor.start()

    # ---- the script

    def will_stream(
        self,
        audio: bytes = DEFAULT_AUDIO,
        *,
        segments: int = 3,
        title: str | None = None,
        queued: int = 1,
    ) -> None:
        """Send ``audio`` as the next cover.

        Args:
            audio: The audio file.
            segments: How many messages it comes in.
            title: Its title; ``None`` makes one of song, voice and pitch.
            queued: How many notices of the queue come before.

        Raises:
            ValueError: There is not even one segment.
        """
        if segments < 1:
            raise ValueError(f"a cover has one segment or more, not {segments}")
        self._cover_scripts.append(Script(Recording(audio, segments, title, queued)))

    def will_fail(self, words: str, *, at: CoverStep = "queued") -> None:
        """Answer the next cover with an error message."""
        self._add(at, lambda connection: _send(connection, type="error", message=words))

    def will_close(self, code: int, reason: str = "", *, at: Step = "request") -> None:
        """Close the connection with ``code`` and ``reason``.

        Raises:
            ValueError: No close frame may have such a code, or a reason so long.
        """
        _check_close(code, reason)
        self._add(at, lambda connection: connection.close(code, reason))

    def will_drop(self, *, at: Step = "request") -> None:
        """Break the connection without a close, as a lost network does."""
        self._add(at, _drop)

    def will_stall(self, *, at: Step = "request") -> None:
        """Say nothing more on the connection, and set :attr:`stalled`."""
        self._add(at, self._stall)

    def will_send_raw(self, *messages: str | bytes, at: Step = "request") -> None:
        """Send messages as they are, text or binary, and go on listening."""

        def send_all(connection: ServerConnection) -> None:
            for message in messages:
                connection.send(message)

        self._add(at, send_all)

    def will_refuse(self, status: int = 503) -> None:
        """Refuse the next WebSocket with an HTTP status."""
        self._refusals.append(status)

    def disconnect(self, code: int = 1001, reason: str = "") -> None:
        """Close every connection now, and wait until that is done.

        Raises:
            ValueError: As for :meth:`will_close`.
        """
        _check_close(code, reason)
        with self._lock:
            conversations, self._conversations = self._conversations, []
        for thread, connection in conversations:
            connection.close(code, reason)
            thread.join()

    def close(self) -> None:
        """Close every connection and stop; no thread and no socket is left."""
        self.disconnect()
        self._server.shutdown()
        self._acceptor.join()
        _close_pipe(self._server)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add(self, at: Step, act: Callable[[ServerConnection], None]) -> None:
        if at in get_args(ConnectionStep):
            self._connection_scripts.append(Script(at=at, act=act))
        elif at in get_args(CoverStep):
            self._cover_scripts.append(Script(at=at, act=act))
        else:
            steps = ", ".join((*get_args(ConnectionStep), *get_args(CoverStep)))
            raise ValueError(f"there is no step {at!r}; the steps are {steps}")

    # ---- the service, one thread for each connection

    def _open_or_refuse(self, connection: ServerConnection, _: Request) -> Response | None:
        if self._refusals:
            return connection.respond(self._refusals.popleft(), "refused by the script\n")
        return None

    def _converse(self, connection: ServerConnection) -> None:
        with self._lock:
            self.connections += 1
            self._conversations.append((threading.current_thread(), connection))
        with suppress(self._connection_closed):
            script = _next(self._connection_scripts)
            _follow(script, self._authentication(connection), connection)
            for text in connection:
                self._answer(connection, json.loads(text))

    def _authentication(self, connection: ServerConnection) -> Iterator[Step]:
        """The usual course of a connection."""
        yield "connected"
        _send(connection, type="auth_required")
        yield "challenged"
        token = json.loads(connection.recv()).get("token")
        yield "token"
        if token != self.token:
            connection.close(UNAUTHORIZED, "Unauthorized")
            return
        _send(connection, type="auth_success")
        yield "authenticated"

    def _answer(self, connection: ServerConnection, message: dict[str, Any]) -> None:
        if "token" in message:
            return  # the script went its own way before the token was asked for
        self.requests.append(message)
        if fault := _fault(message):
            _send(connection, type="error", message=fault)
            return
        script = _next(self._cover_scripts)
        _follow(script, _cover(connection, message, script.recording), connection)

    def _stall(self, connection: ServerConnection) -> None:
        self.stalled.set()
        for _ in connection:
            pass


def _cover(
    connection: ServerConnection, request: dict[str, Any], recording: Recording
) -> Iterator[Step]:
    """The usual course of a cover."""
    yield "request"
    for _ in range(recording.queued):
        notice = "Job wurde in die Warteschlange eingereiht."  # the service's own words
        _send(connection, type="job_queued", message=notice)
    yield "queued"
    title = recording.title or f"{request['song']} ({request['model']}, {request['pitch']:+d})"
    for number in range(recording.segments):
        start = len(recording.audio) * number // recording.segments
        end = len(recording.audio) * (number + 1) // recording.segments
        _send(
            connection,
            type="audio_segment",
            song_title=title,
            audio_data=base64.b64encode(recording.audio[start:end]).decode(),
            is_final=number == recording.segments - 1,
        )
        if number == 0:
            yield "segment"


def _follow(script: Script, course: Iterator[Step], connection: ServerConnection) -> None:
    """Follow the usual course to its end, or to where the script has something else."""
    for step in course:
        if step == script.at and script.act is not None:
            script.act(connection)
            return


def _next(scripts: deque[Script]) -> Script:
    return scripts.popleft() if scripts else Script()


def _send(connection: ServerConnection, **fields: object) -> None:
    connection.send(json.dumps(fields))


def _drop(connection: ServerConnection) -> None:
    connection.socket.shutdown(socket.SHUT_RDWR)


def _close_pipe(server: Server) -> None:
    """Close what the versions of websockets before 17 leave open."""
    for name in ("shutdown_watcher", "shutdown_notifier"):
        end: Any = getattr(server, name, None)
        if isinstance(end, int):
            os.close(end)


def _check_close(code: int, reason: str) -> None:
    if not 1000 <= code < 5000 or code in UNUSABLE_CODES:
        raise ValueError(f"no close frame may have the code {code}")
    if len(reason.encode()) > LONGEST_REASON:
        raise ValueError(f"the reason of a close has at most {LONGEST_REASON} bytes")


def _fault(request: dict[str, Any]) -> str | None:
    """What is wrong with a cover request, if anything."""
    if request.get("type") not in ("cover", "cover_request"):
        return f"no request is of the type {request.get('type')!r}"
    for name, kind in (("song", str), ("model", str), ("pitch", int)):
        if type(request.get(name)) is not kind:
            return f"{name} is missing or of the wrong type"
    if not -2 <= request["pitch"] <= 2:
        return "pitch is not from -2 to 2"
    return None


@pytest.fixture
def voiceshift_service(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedService]:
    """A :class:`ScriptedService`, with ``VC_URI`` and ``VC_TOKEN`` set to reach it."""
    with ScriptedService() as service:
        monkeypatch.setenv("VC_URI", service.uri)
        monkeypatch.setenv("VC_TOKEN", service.token)
        yield service

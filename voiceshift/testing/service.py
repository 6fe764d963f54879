"""The scripted service: what a test tells it to do, and what it tells the test."""

from __future__ import annotations

import difflib
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from voiceshift.testing.conversation import Conversation
from voiceshift.testing.faults import FAULTS
from voiceshift.testing.frames import BINARY, TEXT, frame, json_frame
from voiceshift.testing.script import DEFAULT_AUDIO, CoverStep, Recording, Script, Scripts, Step

if TYPE_CHECKING:
    from typing_extensions import Self

    from voiceshift.testing.faults import Fault
    from voiceshift.testing.peer import Peer
    from voiceshift.testing.script import Turn
else:
    Self = Any  # for typing.get_type_hints: Python 3.10 has none

RESERVED_CODES = {1004, 1005, 1006, 1015}
"""Close codes that RFC 6455 allows no frame to carry."""

MAX_REASON = 123
"""Bytes of a close reason: the code takes two of the 125 that a close frame has."""


class ScriptedService:
    """A service on a free port of this machine; as a context manager it stops itself.

    Each ``will_`` method scripts one cover, or one connection where its step comes before any
    request; they are used up in the order they were called. Without a script a connection is
    authenticated, and a cover is :data:`~voiceshift.testing.DEFAULT_AUDIO` in three segments.

    The steps that ``at`` can name, each of them just passed:

    * of a connection: ``"opening"`` (the client asked for a WebSocket), ``"connected"`` (it has
      one), ``"challenged"`` (the token was asked for), ``"token"`` (it was received),
      ``"authenticated"``;
    * of a cover: ``"request"`` (it was received), ``"queued"``, ``"segment"`` (the first was sent),
      ``"complete"`` (the last was sent).

    Attributes:
        uri: Its URL, ``ws://127.0.0.1:port``.
        token: The token it accepts; another is refused with close code 4001.
        requests: The cover requests received, as they were sent.
        stalled: Set when a stall begins.

    Raises:
        ImportError: The extra ``testing`` is not installed.
    """

    def __init__(self) -> None:
        _import_websockets()
        self.token = "scripted-service-token"  # noqa: S105 - opens nothing but this service
        self.requests: list[dict[str, Any]] = []
        self.stalled = threading.Event()
        self._scripts = Scripts()
        self._conversations: list[Conversation] = []
        self._opened_before = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self._acceptor = threading.Thread(
            target=self._accept, name="voiceshift-scripted-service", daemon=True
        )
        self._acceptor.start()

    @property
    def connections(self) -> int:
        """How many WebSockets were opened so far."""
        with self._lock:
            return self._opened_before + _opened(self._conversations)

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
            audio: The audio file's bytes.
            segments: How many messages to send it in.
            title: Its title; ``None`` makes one of song, voice and pitch.
            queued: How many notices of the queue to send before.

        Raises:
            ValueError: ``segments`` is less than 1.
        """
        if segments < 1:
            raise ValueError(f"a cover has one segment or more, not {segments}")
        self._scripts.add(Script(Recording(audio, segments, title, queued)))

    def will_fail(self, message: str, *, at: CoverStep = "queued") -> None:
        """Answer the next cover with an error message."""
        self._will_send(json_frame(type="error", message=message), at=at)

    def will_close(self, code: int, reason: str = "", *, at: Step = "request") -> None:
        """Close the connection with ``code`` and ``reason``.

        Raises:
            ValueError: No close frame may have that code, or a reason that long; see
                :meth:`will_fault` for those that services send nevertheless.
        """
        _check_close(code, reason)
        self._scripts.add(Script(at=at, act=lambda peer, _: peer.close(code, reason)))

    def will_drop(self, *, at: Step = "request") -> None:
        """Break the connection without a close, as a lost network does."""
        self._scripts.add(Script(at=at, act=lambda peer, _: peer.shut_down()))

    def will_stall(self, *, at: Step = "request") -> None:
        """Send nothing more on the connection but pongs, and set :attr:`stalled`.

        Where there is a WebSocket, the client has read all that was sent before :attr:`stalled` is
        set: it has answered a ping behind it.
        """
        self._scripts.add(Script(at=at, act=self._stall))

    def will_send_raw(self, *messages: str | bytes, at: Step = "request") -> None:
        """Send messages as they are, text or binary, and keep listening."""
        self._will_send(b"".join(map(_raw_frame, messages)), at=at)

    def will_refuse(self, status: int = 503) -> None:
        """Refuse the next WebSocket with an HTTP status."""
        self._scripts.add(Script(at="opening", act=lambda peer, _: peer.refuse(status)))

    def will_fault(self, name: str, *, at: Step | None = None) -> None:
        """Inject one of the :data:`~voiceshift.testing.FAULTS`, named as in the table of faults.

        Args:
            name: Its name there, such as ``"half-frame-then-silence"``.
            at: Where to inject it; ``None`` is after the first segment, for a fault of the opening
                handshake at that, and for one of the authentication after the token.

        Raises:
            ValueError: There is no such fault, or it cannot happen there.
        """
        fault = _fault_named(name)
        step = fault.step if at is None else at
        if step not in fault.steps:
            raise ValueError(f"{name} cannot happen at {at!r}, only at {', '.join(fault.steps)}")
        self._scripts.add(
            Script(
                at=step,
                act=fault.inject,
                continues=fault.continues,
                stops_reading=fault.stops_reading,
            )
        )

    def disconnect(self, code: int = 1001, reason: str = "") -> None:
        """Close every connection now, and wait until that is done.

        Raises:
            ValueError: As for :meth:`will_close`.
        """
        _check_close(code, reason)
        with self._lock:
            conversations, self._conversations = self._conversations, []
            self._opened_before += _opened(conversations)
        for conversation in conversations:
            conversation.end(code, reason)

    def close(self) -> None:
        """Close every connection and stop; no thread and no socket is left."""
        # Closing alone does not wake the thread that accepts; on macOS shutting down alone fails.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        self.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _will_send(self, data: bytes, *, at: Step) -> None:
        self._scripts.add(Script(at=at, act=lambda peer, _: peer.send(data)))

    def _stall(self, peer: Peer, _: Turn) -> None:
        if peer.is_open:
            peer.wait_until_read()
        self.stalled.set()
        peer.ignore()

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listener.accept()
            except OSError:  # closed
                return
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._conversations.append(
                    Conversation(stream, self._scripts, self.token, self.requests)
                )


def _import_websockets() -> None:
    try:
        import websockets.server  # noqa: F401 - what conversations need
    except ImportError as error:
        raise ImportError(
            'the scripted service needs websockets: pip install "voiceshift[testing]"'
        ) from error


def _opened(conversations: list[Conversation]) -> int:
    return sum(conversation.was_opened for conversation in conversations)


def _raw_frame(message: str | bytes) -> bytes:
    return frame(TEXT, message.encode()) if isinstance(message, str) else frame(BINARY, message)


def _fault_named(name: str) -> Fault:
    if name in FAULTS:
        return FAULTS[name]
    likely = difflib.get_close_matches(name, FAULTS) or FAULTS
    raise ValueError(f"there is no fault {name!r}; did you mean one of {', '.join(likely)}?")


def _check_close(code: int, reason: str) -> None:
    if not 1000 <= code < 5000 or code in RESERVED_CODES:
        raise ValueError(f"no close frame may have the code {code}")
    if len(reason.encode()) > MAX_REASON:
        raise ValueError(f"the reason of a close has at most {MAX_REASON} bytes")

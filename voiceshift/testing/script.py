"""What a service does: the usual course of a connection and of a cover, and scripts that leave it.

A course is a generator of steps. With each comes the service's turn to speak: the bytes that it
would send next if all went well. A script replaces them at one step.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, Union, get_args

from attrs import frozen

from voiceshift.testing.frames import TEXT, frame, json_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.testing.peer import Peer

ConnectionStep = Literal["opening", "connected", "challenged", "token", "authenticated"]
"""The client asked for a WebSocket; has it; was asked for the token; sent it; is let in."""

CoverStep = Literal["request", "queued", "segment", "complete"]
"""The service got the request; sent its notices; sent the first segment; sent the last one."""

Step = Union[ConnectionStep, CoverStep]  # noqa: UP007 - evaluated on 3.10

STEPS: tuple[Step, ...] = (*get_args(ConnectionStep), *get_args(CoverStep))

DEFAULT_AUDIO = b"OggS" + bytes(range(256)) * 12
"""The audio of a cover without a script. It has the signature of an Ogg file, but plays nothing."""

NOTICE = {"type": "job_queued", "message": "Job wurde in die Warteschlange eingereiht."}
"""A notice of the queue, in the hosted service's own words."""

UNAUTHORIZED = 4001
"""The protocol's close code for a wrong token."""


@frozen
class Turn:
    """The service's turn to speak.

    Attributes:
        next_bytes: Gives the bytes to send next if all goes well.
        message: The message in these bytes, where they are a whole frame.
    """

    next_bytes: Callable[[], bytes] = bytes
    message: bytes = b""


def message(**fields: object) -> Turn:
    """The turn to send a message."""
    text = json.dumps(fields).encode()
    return Turn(lambda: frame(TEXT, text), text)


# ---- the usual course


@frozen
class Recording:
    """What a cover consists of."""

    audio: bytes = DEFAULT_AUDIO
    segments: int = 3
    title: str | None = None
    queued: int = 1

    def piece(self, number: int) -> bytes:
        """The audio of one segment."""
        start = len(self.audio) * number // self.segments
        end = len(self.audio) * (number + 1) // self.segments
        return self.audio[start:end]


def authentication(peer: Peer, token: str) -> Iterator[tuple[Step, Turn]]:
    """The usual course of a connection; the caller sends the bytes of each turn."""
    yield "opening", Turn(peer.receive_opening)
    peer.is_open = True
    yield "connected", message(type="auth_required")
    yield "challenged", Turn()
    is_right = peer.receive_message().get("token") == token
    yield "token", message(type="auth_success") if is_right else Turn()
    if is_right:
        yield "authenticated", Turn()
    else:
        peer.close(UNAUTHORIZED, "Unauthorized")


def cover(peer: Peer, request: dict[str, Any], recording: Recording) -> Iterator[tuple[Step, Turn]]:
    """The usual course of a cover; the caller sends the bytes of each turn."""
    title = recording.title or f"{request['song']} ({request['model']}, {request['pitch']:+d})"

    def segment(number: int) -> Turn:
        return message(
            type="audio_segment",
            song_title=title,
            audio_data=base64.b64encode(recording.piece(number)).decode(),
            is_final=number == recording.segments - 1,
        )

    yield "request", Turn()
    peer.send(json_frame(**NOTICE) * recording.queued)
    yield "queued", segment(0)
    yield "segment", segment(1) if recording.segments > 1 else Turn()
    for number in range(2, recording.segments):
        peer.send(segment(number).next_bytes())
    yield "complete", Turn()


# ---- what leaves it


@frozen
class Script:
    """The usual course up to a step, and there something else.

    Attributes:
        recording: The cover, where the course is that of one.
        at: The step.
        act: What is done there in place of sending the turn's bytes; ``None`` is the usual course.
        continues: Whether the usual course continues after it; else the service only listens.
        stops_reading: Whether it does not even listen.
    """

    recording: Recording = Recording()
    at: Step | None = None
    act: Callable[[Peer, Turn], object] | None = None
    continues: bool = False
    stops_reading: bool = False


class Scripts:
    """The scripts that were not followed yet, in the order in which they were added."""

    def __init__(self) -> None:
        self._connections: deque[Script] = deque()
        self._covers: deque[Script] = deque()

    def add(self, script: Script) -> None:
        """Add a script to those for connections, or to those for covers, as its step is.

        Raises:
            ValueError: There is no such step.
        """
        if script.at is not None and script.at not in STEPS:
            raise ValueError(f"there is no step {script.at!r}; the steps are {', '.join(STEPS)}")
        is_for_connection = script.at in get_args(ConnectionStep)
        (self._connections if is_for_connection else self._covers).append(script)

    def next_connection(self) -> Script:
        """The script of the next connection."""
        return _next(self._connections)

    def next_cover(self) -> Script:
        """The script of the next cover."""
        return _next(self._covers)


def _next(scripts: deque[Script]) -> Script:
    try:
        return scripts.popleft()
    except IndexError:
        return Script()

"""The usual course of a connection and of a cover, step by step, and what a cover consists of."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, Protocol, TypeVar, Union

from attrs import frozen

from voiceshift.testing.frames import TEXT, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voiceshift.testing.peer import Peer

__all__ = [
    "DEFAULT_AUDIO",
    "NOTICE",
    "ConnectionStep",
    "CoverStep",
    "Moment",
    "Recording",
    "Step",
    "Stream",
    "authentication",
    "cover",
    "message",
]

ConnectionStep = Literal["opening", "connected", "challenged", "token", "authenticated"]
"""The client asked for a WebSocket; has it; was asked for the token; sent it; is let in."""

CoverStep = Literal["request", "queued", "segment", "complete"]
"""The service got the request; sent its notices; sent the first segment; sent the last one."""

Step = Union[ConnectionStep, CoverStep]  # noqa: UP007 - evaluated on 3.10

DEFAULT_AUDIO = b"OggS" + bytes(range(256)) * 12
"""The audio of a cover without a script. It has the signature of an Ogg file, and no sound."""

NOTICE = {"type": "job_queued", "message": "Job wurde in die Warteschlange eingereiht."}
"""A notice of the queue, in the hosted service's own words."""

UNAUTHORIZED = 4001
"""The protocol's close code for a wrong token."""


class Stream(Protocol):
    """What a fault can do to a connection."""

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""

    def half_close(self) -> None:
        """End the service's direction of the stream only."""

    def reset(self) -> None:
        """End the connection with a TCP reset."""


StreamT_co = TypeVar("StreamT_co", bound=Stream, covariant=True)


@frozen
class Moment(Generic[StreamT_co]):
    """Where a conversation is.

    Attributes:
        peer: The service's end of the connection.
        due: Gives the bytes that would be sent next if all went well.
        message: The message in these bytes, where they are a whole frame.
    """

    peer: StreamT_co
    due: Callable[[], bytes]
    message: bytes = b""


class Recording(NamedTuple):
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


def message(peer: Stream, **fields: object) -> Moment[Stream]:
    """The moment before a message."""
    text = json.dumps(fields).encode()
    return Moment(peer, lambda: frame(TEXT, text), text)


def authentication(peer: Peer, token: str) -> Iterator[tuple[Step, Moment[Stream]]]:
    """The usual course of a connection; whoever follows it sends what is due at each step."""
    yield "opening", Moment(peer, peer.receive_opening)
    peer.is_open = True
    yield "connected", message(peer, type="auth_required")
    yield "challenged", _nothing_due(peer)
    is_right = peer.receive_message().get("token") == token
    yield "token", message(peer, type="auth_success") if is_right else _nothing_due(peer)
    if is_right:
        yield "authenticated", _nothing_due(peer)
    else:
        peer.close(UNAUTHORIZED, "Unauthorized")


def cover(
    peer: Stream, request: dict[str, Any], recording: Recording
) -> Iterator[tuple[Step, Moment[Stream]]]:
    """The usual course of a cover, likewise."""
    title = recording.title or f"{request['song']} ({request['model']}, {request['pitch']:+d})"

    def segment(number: int) -> Moment[Stream]:
        return message(
            peer,
            type="audio_segment",
            song_title=title,
            audio_data=base64.b64encode(recording.piece(number)).decode(),
            is_final=number == recording.segments - 1,
        )

    yield "request", _nothing_due(peer)
    for _ in range(recording.queued):
        peer.send(message(peer, **NOTICE).due())
    yield "queued", segment(0)
    yield "segment", segment(1) if recording.segments > 1 else _nothing_due(peer)
    for number in range(2, recording.segments):
        peer.send(segment(number).due())
    yield "complete", _nothing_due(peer)


def _nothing_due(peer: Stream) -> Moment[Stream]:
    return Moment(peer, bytes)

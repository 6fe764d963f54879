"""A conversation that goes well up to a step, and from there goes wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from tests.support.raw_service import Peer
from voiceshift.testing import course
from voiceshift.testing.frames import CLOSE, PING, PONG, TEXT, frame, json_frame

if TYPE_CHECKING:
    import ssl

    from tests.support.raw_service import Conversation

__all__ = ["AUDIO", "PHASES", "Moment", "Step", "Strike", "segment", "well", "wrong"]

PIECES = [b"OggS" + bytes(range(100)), bytes(range(100, 200)), bytes(range(200, 256))]
AUDIO = b"".join(PIECES)
"""The cover, and the pieces it comes in."""


class Step(Enum):
    """How far a conversation has come."""

    CONNECTING = "connecting"  # the connection is there, the opening handshake is not answered
    CHALLENGE = "challenge"  # the WebSocket is open, the token was not asked for
    TOKEN = "token"  # the token was received
    QUEUED = "queued"  # the request was received, and a notice of the queue sent
    BETWEEN_SEGMENTS = "between segments"  # the client has two segments
    INSIDE_A_FRAME = "inside a frame"  # the client has them, and half the frame of the third

    @property
    def arrived(self) -> bytes:
        """The audio that the client has."""
        begun = self in (Step.BETWEEN_SEGMENTS, Step.INSIDE_A_FRAME)
        return b"".join(PIECES[:2]) if begun else b""


PHASES = {
    "connecting": [Step.CONNECTING],
    "authenticating": [Step.CHALLENGE, Step.TOKEN],
    "covering": [Step.QUEUED, Step.BETWEEN_SEGMENTS, Step.INSIDE_A_FRAME],
}
"""Steps between which the user sees no difference but in the audio that arrived."""


Moment = course.Moment[Peer]
"""Where a fault strikes."""

Strike = Callable[[Moment], object]
"""What a fault does in place of sending what is due."""


def segment(number: int, **changes: Any) -> dict[str, Any]:
    """The message with a piece of the cover, some of its fields changed."""
    fields: dict[str, Any] = {
        "type": "audio_segment",
        "song_title": "Title",
        "audio_data": base64.b64encode(PIECES[number]).decode(),
        "is_final": number == len(PIECES) - 1,
    }
    return fields | changes


def well(tls: ssl.SSLContext | None = None) -> Conversation:
    """A conversation in which nothing goes wrong."""
    return _following(lambda _: None, None, tls)


def wrong(
    step: Step, strike: Strike, tls: ssl.SSLContext | None = None, *, goes_on: bool = False
) -> Conversation:
    """A conversation in which a fault strikes.

    Args:
        step: Where it strikes.
        strike: What it does.
        tls: Speak TLS with these certificates.
        goes_on: Whether the conversation goes on after it; else nothing more is said.
    """
    if step is Step.INSIDE_A_FRAME:
        step, strike = Step.BETWEEN_SEGMENTS, _inside(strike)
    return _following(strike, step, tls, goes_on=goes_on)


def _inside(strike: Strike) -> Strike:
    """A strike that comes after half of what is due."""

    def send_half_and_strike(moment: Moment) -> None:
        whole = moment.due()
        half = len(whole) // 2
        moment.peer.send(whole[:half])
        strike(Moment(moment.peer, lambda: whole[half:]))

    return send_half_and_strike


def _following(
    strike: Strike, step: Step | None, tls: ssl.SSLContext | None, *, goes_on: bool = True
) -> Conversation:
    def converse(peer: Peer) -> None:
        if tls is not None:
            peer.stream = tls.wrap_socket(peer.stream, server_side=True)
        for reached, moment in _course(peer):
            if reached != step:
                peer.send(moment.due())
                continue
            strike(moment)
            if not goes_on:
                peer.wait_for_end()
                return

    return converse


def _course(peer: Peer) -> Iterator[tuple[Step, Moment]]:
    """The steps of a connection with any number of covers; the caller sends what is due."""
    yield Step.CONNECTING, Moment(peer, peer.receive_opening)
    yield Step.CHALLENGE, _message(peer, type="auth_required")
    peer.receive_frame()
    yield Step.TOKEN, _message(peer, type="auth_success")
    while peer.receive_frame()[0] != CLOSE:
        peer.send(json_frame(type="job_queued", message="in the queue"))
        yield Step.QUEUED, _message(peer, **segment(0))
        peer.send(json_frame(**segment(1)))
        _wait_until_read(peer)  # a reset would take back what the client has not read yet
        yield Step.BETWEEN_SEGMENTS, _message(peer, **segment(2))


def _message(peer: Peer, **fields: object) -> Moment:
    text = json.dumps(fields).encode()
    return Moment(peer, lambda: frame(TEXT, text), text)


def _wait_until_read(peer: Peer) -> None:
    peer.send(frame(PING, b"have you read it?"))
    assert peer.receive_frame() == (PONG, b"have you read it?")

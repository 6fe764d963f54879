"""A conversation that goes well up to a step, and from there goes wrong."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from tests.support.raw_service import Peer
from voiceshift.testing.frames import CLOSE, PING, PONG, frame, json_frame
from voiceshift.testing.script import Turn, message

if TYPE_CHECKING:
    import ssl

    from tests.support.raw_service import Conversation

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


Injection = Callable[[Peer, Turn], object]
"""What a fault does in place of sending the bytes of the service's turn."""


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
    return _following(lambda _, __: None, None, tls)


def wrong(
    step: Step, inject: Injection, tls: ssl.SSLContext | None = None, *, continues: bool = False
) -> Conversation:
    """A conversation with a fault in it.

    Args:
        step: Where it happens.
        inject: Makes it happen.
        tls: Speak TLS with these certificates.
        continues: Whether the conversation continues after it; else nothing more is sent.
    """
    if step is Step.INSIDE_A_FRAME:
        step, inject = Step.BETWEEN_SEGMENTS, _inside(inject)
    return _following(inject, step, tls, continues=continues)


def _inside(inject: Injection) -> Injection:
    """Send half of the turn's bytes first."""

    def send_half_and_inject(peer: Peer, turn: Turn) -> None:
        whole = turn.next_bytes()
        half = len(whole) // 2
        peer.send(whole[:half])
        inject(peer, Turn(lambda: whole[half:]))

    return send_half_and_inject


def _following(
    inject: Injection, step: Step | None, tls: ssl.SSLContext | None, *, continues: bool = True
) -> Conversation:
    def converse(peer: Peer) -> None:
        if tls is not None:
            peer.stream = tls.wrap_socket(peer.stream, server_side=True)
        for reached, turn in _course(peer):
            if reached != step:
                peer.send(turn.next_bytes())
                continue
            inject(peer, turn)
            if not continues:
                peer.wait_for_end()
                return

    return converse


def _course(peer: Peer) -> Iterator[tuple[Step, Turn]]:
    """The steps of a connection with any number of covers; the caller sends each turn's bytes."""
    yield Step.CONNECTING, Turn(peer.receive_opening)
    yield Step.CHALLENGE, message(type="auth_required")
    peer.receive_frame()
    yield Step.TOKEN, message(type="auth_success")
    while peer.receive_frame()[0] != CLOSE:
        peer.send(json_frame(type="job_queued", message="in the queue"))
        yield Step.QUEUED, message(**segment(0))
        peer.send(json_frame(**segment(1)))
        _wait_until_read(peer)  # a reset would discard what the client has not read yet
        yield Step.BETWEEN_SEGMENTS, message(**segment(2))


def _wait_until_read(peer: Peer) -> None:
    peer.send(frame(PING, b"have you read it?"))
    assert peer.receive_frame() == (PONG, b"have you read it?")

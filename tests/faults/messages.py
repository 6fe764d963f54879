"""Messages and frames that are wrong, and those that only look so and do no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.fault import COVER, Fault, Outcome, scripted
from voiceshift import CoverError, MessageTooBig, ProtocolError
from voiceshift.testing.faults import PINGS
from voiceshift.testing.frames import CONTINUATION, PONG, TEXT, frame

if TYPE_CHECKING:
    from tests.support.raw_service import Peer
    from voiceshift.testing.script import Turn

REFUSED = Outcome(ProtocolError)
TOO_BIG = Outcome(MessageTooBig)

TOGETHER_TOO_LONG = frame(TEXT, bytes(600), final=False) + frame(CONTINUATION, bytes(600))


def never(name: str) -> Fault:
    """What may be sent at no time."""
    return scripted(name, authenticating=REFUSED, covering=REFUSED)


def before_the_token(name: str) -> Fault:
    """What may be sent only after the token was accepted."""
    return scripted(name, authenticating=REFUSED)


def in_a_cover(name: str) -> Fault:
    """What a cover must not have."""
    return scripted(name, covering=REFUSED)


def harmless(name: str) -> Fault:
    """What does not keep a cover from coming."""
    return scripted(name, covering=COVER)


def and_be_answered(fault: Fault) -> Fault:
    """A fault with pings, and that each of them is answered."""

    def inject(peer: Peer, turn: Turn) -> None:
        fault.inject(peer, turn)
        for _ in range(PINGS):
            assert peer.receive_frame() == (PONG, b"there?")

    return fault._replace(inject=inject)


FAULTS = [
    # What is no message at all.
    *map(never, ["not-json", "cut-json", "no-object", "not-utf8", "no-type", "type-no-text"]),
    # What comes at the wrong time.
    *map(before_the_token, ["early-audio", "early-notice"]),
    *map(never, ["second-challenge", "second-success"]),
    # What the service says of itself.
    scripted("error", authenticating=REFUSED, covering=Outcome(CoverError)),
    # Segments and notices.
    *map(in_a_cover, ["no-audio", "audio-no-text", "no-title", "title-no-text"]),
    *map(in_a_cover, ["no-is-final", "is-final-no-flag", "not-base64", "url-safe-base64"]),
    *map(in_a_cover, ["cut-base64", "padded-base64", "notice-no-text"]),
    # Frames.
    *map(never, ["masked-frame", "reserved-bits", "unknown-opcode", "stray-fragment"]),
    *map(never, ["compressed", "message-in-a-message", "long-ping"]),
    scripted("huge-frame", authenticating=TOO_BIG, covering=TOO_BIG),
    Fault(
        "fragments that together exceed `max_message_size`",
        lambda peer, _: peer.send(TOGETHER_TOO_LONG),
        authenticating=TOO_BIG,
        covering=TOO_BIG,
        options={"max_message_size": 1000},
    ),
    # What does no harm.
    *map(harmless, ["unknown-type", "unknown-fields", "more-notices", "base64-in-pieces"]),
    *map(harmless, ["odd-title", "binary", "fragments"]),
    and_be_answered(harmless("pings-between-fragments")),
]

"""What only looks like a fault: the cover comes all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from voiceshift.testing.faults.fault import COVERING, Fault, Strike
from voiceshift.testing.frames import BINARY, CONTINUATION, PING, TEXT, frame, json_frame

if TYPE_CHECKING:
    from voiceshift.testing.course import Moment, Stream

__all__ = ["FAULTS", "PINGS"]

FRAGMENTS = 10_000

PINGS = 100
"""How many of the fragments have a ping behind them."""

NOTICES = 100_000
AT_ONCE = 1000
"""The flood, and how many of its notices are sent in one piece."""


def harmless(description: str, strike: Strike) -> Fault:
    """What does not keep a cover from coming."""
    return Fault(description, strike, COVERING[:-1], goes_on=True)


def after(data: bytes) -> Strike:
    """Send these bytes, and then what is due."""
    return lambda moment: moment.peer.send(data + moment.due())


def with_more_fields(moment: Moment[Stream]) -> None:
    """Send the message that is due with fields that no protocol knows."""
    fields = json.loads(moment.message)
    moment.peer.send(json_frame(job_id=7, nested={"audio_data": "QUJD"}, **fields))


def as_binary(moment: Moment[Stream]) -> None:
    """Send the message that is due in a binary frame."""
    moment.peer.send(frame(BINARY, moment.message))


def fragments(text: bytes) -> list[bytes]:
    """A message in frames of a byte or more, or none."""
    size = -(-len(text) // FRAGMENTS)
    pieces = [text[number * size : (number + 1) * size] for number in range(FRAGMENTS)]
    return [
        frame(CONTINUATION if number else TEXT, piece, final=number == FRAGMENTS - 1)
        for number, piece in enumerate(pieces)
    ]


def in_fragments(moment: Moment[Stream]) -> None:
    """Send the message that is due in many of them."""
    moment.peer.send(b"".join(fragments(moment.message)))


def with_pings_between(moment: Moment[Stream]) -> None:
    """Likewise, with a ping after each of the first."""
    parts = fragments(moment.message)
    pinged = [part + frame(PING, b"there?") for part in parts[:PINGS]]
    moment.peer.send(b"".join(pinged + parts[PINGS:]))


def flood(moment: Moment[Stream]) -> None:
    """Send very many notices, and then what is due."""
    notices = json_frame(type="job_queued") * AT_ONCE
    for _ in range(NOTICES // AT_ONCE):
        moment.peer.send(notices)
    moment.peer.send(moment.due())


FAULTS = {
    "unknown-type": harmless(
        "a message of an unknown type", after(json_frame(type="news", message="hello"))
    ),
    "unknown-fields": harmless("unknown fields", with_more_fields),
    "more-notices": harmless(
        "further notices of the queue", after(json_frame(type="job_queued") * 3)
    ),
    "flood": harmless("a flood of notices of the queue", flood),
    "binary": harmless("JSON in binary frames", as_binary),
    "fragments": harmless("a message in 10,000 fragments", in_fragments),
    "pings-between-fragments": harmless(
        "pings between the fragments of a message", with_pings_between
    ),
}

"""Messages and frames that are wrong, and those that only look so and do no harm."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.faults.fault import COVER, Fault, Outcome
from tests.faults.steps import segment
from tests.raw_service import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    frame,
    json_frame,
)
from voiceshift import CoverError, MessageTooBig, ProtocolError

if TYPE_CHECKING:
    from tests.faults.steps import Moment, Strike

__all__ = ["FAULTS"]

FRAGMENTS = 10_000
REFUSED = Outcome(ProtocolError)


def say(data: bytes) -> Strike:
    """Send these bytes."""
    return lambda moment: moment.peer.send(data)


def never(name: str, data: bytes) -> Fault:
    """What may be sent at no time."""
    return Fault(name, say(data), authenticating=REFUSED, covering=REFUSED)


def bad_segment(name: str, *leave_out: str, **changes: Any) -> Fault:
    """A segment with something wrong in it."""
    fields = segment(2, **changes)
    for field in leave_out:
        del fields[field]
    return Fault(f"a segment {name}", say(json_frame(**fields)), covering=REFUSED)


def harmless(name: str, strike: Strike) -> Fault:
    """What does not keep a cover from coming."""
    return Fault(name, strike, covering=COVER)


def after(data: bytes) -> Strike:
    """Send these bytes, and then what is due."""
    return lambda moment: moment.peer.send(data + moment.due())


def with_more_fields(moment: Moment) -> None:
    """Send the message that is due with fields that no protocol knows."""
    fields = json.loads(moment.message)
    moment.peer.send(json_frame(job_id=7, nested={"audio_data": "QUJD"}, **fields))


def as_binary(moment: Moment) -> None:
    """Send the message that is due in a binary frame."""
    moment.peer.send(frame(BINARY, moment.message))


def fragments(moment: Moment) -> list[bytes]:
    """The message that is due in frames of a byte or none."""
    pieces = [moment.message[number : number + 1] for number in range(FRAGMENTS)]
    return [
        frame(CONTINUATION if number else TEXT, piece, final=number == FRAGMENTS - 1)
        for number, piece in enumerate(pieces)
    ]


def in_fragments(moment: Moment) -> None:
    """Send them all."""
    moment.peer.send(b"".join(fragments(moment)))


def with_pings_between(moment: Moment) -> None:
    """Send some of them, with a ping after each; each is answered."""
    first, *middle = fragments(moment)[: len(moment.message) - 1]
    last = frame(CONTINUATION, moment.message[-1:])
    pinged = b"".join(part + frame(PING, b"there?") for part in (first, *middle[:99]))
    moment.peer.send(pinged + b"".join(middle[99:]) + last)
    for _ in range(100):
        assert moment.peer.receive_frame() == (PONG, b"there?")


FAULTS = [
    # What is no message at all.
    never("a message that is not JSON", frame(TEXT, b"hello")),
    never("JSON that is cut off", frame(TEXT, b'{"type": "auth_req')),
    never("JSON that is no object", frame(TEXT, b'["auth_required"]')),
    never("a message that is not UTF-8", frame(TEXT, b'{"type": "job_queued\xff"}')),
    never("a message without a type", json_frame(message="hello")),
    never("a message whose type is no text", json_frame(type=7)),
    # What comes at the wrong time.
    Fault("audio before the token is accepted", say(json_frame(**segment(2))), None, REFUSED),
    Fault(
        "`job_queued` before the token is accepted",
        say(json_frame(type="job_queued")),
        None,
        REFUSED,
    ),
    never("a second `auth_required`", json_frame(type="auth_required") * 2),
    never("a second `auth_success`", json_frame(type="auth_success") * 2),
    # What the service says of itself.
    Fault(
        "a message of the type `error`",
        say(json_frame(type="error", message="no such song")),
        authenticating=REFUSED,
        covering=Outcome(CoverError),
    ),
    # Segments.
    bad_segment("without `audio_data`", "audio_data"),
    bad_segment("whose `audio_data` is no text", audio_data=7),
    bad_segment("without `song_title`", "song_title"),
    bad_segment("whose `song_title` is no text", song_title=None),
    bad_segment("without `is_final`", "is_final"),
    bad_segment("whose `is_final` is neither true nor false", is_final="true"),
    bad_segment("whose audio is not base64", audio_data="QU!D"),
    bad_segment("whose audio is URL-safe base64", audio_data="-_-_"),
    bad_segment("whose audio is base64 that is cut off", audio_data="QUJDR"),
    bad_segment("whose audio has base64 padding in its middle", audio_data="QUI=QUI="),
    Fault(
        "a `job_queued` whose message is no text",
        say(json_frame(type="job_queued", message=7)),
        covering=REFUSED,
    ),
    # Frames.
    never("a masked frame", frame(TEXT, b"{}", mask=True)),
    never("a frame with reserved bits", frame(TEXT, b"{}", reserved=4)),
    never("a frame of an unknown kind", frame(0x3, b"{}")),
    never("a fragment of no message", frame(CONTINUATION, b"{}")),
    never(
        "a message inside of another's fragments",
        frame(TEXT, b"{", final=False) + frame(TEXT, b"}"),
    ),
    never("a ping of more than 125 bytes", frame(PING, bytes(126))),
    Fault(
        "a frame that announces 2^62 bytes",
        say(frame(TEXT, length=2**62)),
        authenticating=Outcome(MessageTooBig),
        covering=Outcome(MessageTooBig),
    ),
    Fault(
        "fragments that together exceed `max_message_size`",
        say(frame(TEXT, bytes(600), final=False) + frame(CONTINUATION, bytes(600))),
        authenticating=Outcome(MessageTooBig),
        covering=Outcome(MessageTooBig),
        options={"max_message_size": 1000},
    ),
    # What does no harm.
    harmless("a message of an unknown type", after(json_frame(type="news", message="hello"))),
    harmless("unknown fields", with_more_fields),
    harmless("further notices of the queue", after(json_frame(type="job_queued") * 3)),
    harmless("JSON in binary frames", as_binary),
    harmless("a message in 10,000 fragments", in_fragments),
    harmless("pings between the fragments of a message", with_pings_between),
]

"""The catalogue of faults: all that a service without TLS, or a network, can do to a client."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, get_args

from attrs import frozen

from voiceshift.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_frame,
    frame,
    json_frame,
)
from voiceshift.testing.script import NOTICE, CoverStep, Step, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stream(Protocol):
    """What a fault can do to a connection."""

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""

    def half_close(self) -> None:
        """End the service's direction of the stream only."""

    def reset(self) -> None:
        """End the connection with a TCP reset."""


Injection = Callable[[Stream, Turn], object]
"""What a fault does in place of sending the bytes of the service's turn."""

OPENING: tuple[Step, ...] = ("opening",)
COVERING: tuple[Step, ...] = get_args(CoverStep)
CONVERSING: tuple[Step, ...] = ("connected", "challenged", "token", "authenticated", *COVERING)
ALWAYS: tuple[Step, ...] = (*OPENING, *CONVERSING)
BEFORE_ACCEPTANCE: tuple[Step, ...] = ("connected", "challenged", "token")
BEFORE_THE_END = COVERING[:-1]
AFTER_THE_END = COVERING[-1:]
"""Steps where faults of a kind can happen."""


@frozen
class Fault:
    """One fault.

    Attributes:
        description: What happens, as the documentation's table of faults says it.
        inject: Makes it happen.
        steps: Where it can happen.
        continues: Whether it does no harm: the usual course continues after it.
        stops_reading: Whether not even a ping or a close is answered any more.
    """

    description: str
    inject: Injection
    steps: tuple[Step, ...] = CONVERSING
    continues: bool = False
    stops_reading: bool = False

    @property
    def step(self) -> Step:
        """Where it happens if no step is named: after the first segment, where it can."""
        return "segment" if "segment" in self.steps else self.steps[-1]


# ---- what a network does, or a service that dies or hangs

DRIP_INTERVAL = 0.2
"""Seconds from one byte to the next: less than any sensible limit. The shortest message there is,
some thirty bytes, takes longer than the limit of a test."""


def _half_close(stream: Stream, _: Turn) -> None:
    stream.half_close()


def _stay_silent(_: Stream, __: Turn) -> None:
    pass


def _drip(stream: Stream, turn: Turn) -> None:
    for byte in turn.next_bytes():
        stream.send(bytes([byte]))
        time.sleep(DRIP_INTERVAL)


def _send_half(stream: Stream, turn: Turn) -> None:
    data = turn.next_bytes()
    stream.send(data[: len(data) // 2])


def _send_half_and_end(stream: Stream, turn: Turn) -> None:
    _send_half(stream, turn)
    stream.half_close()


NETWORK = {
    "reset": Fault("the connection is reset", lambda stream, _: stream.reset(), ALWAYS),
    "half-close": Fault(
        "the connection ends without a close", _half_close, ALWAYS, stops_reading=True
    ),
    "half-frame-then-end": Fault(
        "half a frame, then the end", _send_half_and_end, ALWAYS, stops_reading=True
    ),
    "silence": Fault("silence", _stay_silent, ALWAYS),
    "drip": Fault(
        "bytes that drip in, too slowly for any message", _drip, ALWAYS, stops_reading=True
    ),
    "half-frame-then-silence": Fault(
        "half a frame, then silence", _send_half, ALWAYS, stops_reading=True
    ),
    "no-pongs": Fault("no answer to the client's pings", _stay_silent, stops_reading=True),
}


# ---- closes, legal ones and illegal ones

CODES = {
    1000: "done",
    1001: "the service goes away",
    1011: "an error in the service",
    1013: "the service is overloaded",
    4999: "one of the service's own codes",
    999: "illegal, too low",
    1005: "illegal in a frame",
    1006: "illegal in a frame",
}


def _sent(description: str, data: bytes, steps: tuple[Step, ...] = CONVERSING) -> Fault:
    """Bytes in place of those of the service's turn."""
    return Fault(description, lambda stream, _: stream.send(data), steps)


CLOSES = {
    "close-4001": _sent(
        "a close with code 4001: the token is refused, or not accepted any more",
        close_frame(4001, b"Unauthorized"),
    ),
    **{
        f"close-{code}": _sent(f"a close with code {code}: {meaning}", close_frame(code, b"why"))
        for code, meaning in CODES.items()
    },
    "close-without-code": _sent("a close without a code", frame(CLOSE)),
    "close-with-half-a-code": _sent("a close with half a code", frame(CLOSE, b"\x03")),
    "close-with-bad-reason": _sent(
        "a close whose reason is not UTF-8", close_frame(1011, b"caf\xe9")
    ),
}


# ---- what answers in place of the service


def _answer(description: str, data: bytes) -> Fault:
    """Bytes in place of the answer to the opening handshake, which is read first."""

    def inject(stream: Stream, turn: Turn) -> None:
        turn.next_bytes()
        stream.send(data)

    return Fault(description, inject, OPENING)


def _status(number: int, meaning: str, headers: str = "") -> Fault:
    head = f"HTTP/1.1 {number} {meaning}\r\n{headers}Content-Length: 0\r\n\r\n"
    return _answer(f"HTTP status {number} ({meaning}) in place of a WebSocket", head.encode())


ANSWERS = {
    "http-401": _status(401, "Unauthorized"),
    "http-403": _status(403, "Forbidden"),
    "http-404": _status(404, "Not Found"),
    "http-429": _status(429, "Too Many Requests"),
    "http-503": _status(503, "Service Unavailable"),
    "http-302": _status(302, "Found", "Location: ws://127.0.0.1:9/\r\n"),
    "web-page": _answer(
        "a web server without WebSockets",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ),
    "other-protocol": _sent(
        "a server of another protocol, such as SSH", b"SSH-2.0-a_server\r\n", OPENING
    ),
}


# ---- messages that are wrong, or come at the wrong time, or never

NOTICE_INTERVAL = 0.01
"""Seconds from one notice to the next: far less than any sensible limit."""

SEGMENT: dict[str, Any] = {
    "type": "audio_segment",
    "song_title": "Title",
    "audio_data": base64.b64encode(bytes(range(200, 256))).decode(),
    "is_final": False,
}


def _segment_without(field: str) -> Fault:
    fields = {name: value for name, value in SEGMENT.items() if name != field}
    return _sent(f"a segment without `{field}`", json_frame(**fields), COVERING)


def _segment_with(problem: str, **changes: object) -> Fault:
    return _sent(f"a segment whose {problem}", json_frame(**SEGMENT | changes), COVERING)


def _send_notices_forever(stream: Stream, _: Turn) -> None:
    while True:
        stream.send(json_frame(**NOTICE))
        time.sleep(NOTICE_INTERVAL)


MESSAGES = {
    "not-json": _sent("a message that is not JSON", frame(TEXT, b"hello")),
    "cut-json": _sent("JSON that is cut off", frame(TEXT, b'{"type": "auth_req')),
    "no-object": _sent("JSON that is not an object", frame(TEXT, b'["auth_required"]')),
    "not-utf8": _sent("a message that is not UTF-8", frame(TEXT, b'{"type": "job_queued\xff"}')),
    "no-type": _sent("a message without a type", json_frame(message="hello")),
    "type-no-text": _sent("a message whose type is not text", json_frame(type=7)),
    "early-audio": _sent(
        "audio before the token is accepted", json_frame(**SEGMENT), BEFORE_ACCEPTANCE
    ),
    "early-notice": _sent(
        "`job_queued` before the token is accepted", json_frame(**NOTICE), BEFORE_ACCEPTANCE
    ),
    "second-challenge": _sent("a second `auth_required`", json_frame(type="auth_required") * 2),
    "second-success": _sent("a second `auth_success`", json_frame(type="auth_success") * 2),
    "error": _sent(
        "a message of the type `error`", json_frame(type="error", message="no such song")
    ),
    "no-audio": _segment_without("audio_data"),
    "audio-no-text": _segment_with("`audio_data` is not text", audio_data=7),
    "no-title": _segment_without("song_title"),
    "title-no-text": _segment_with("`song_title` is not text", song_title=None),
    "no-is-final": _segment_without("is_final"),
    "is-final-no-flag": _segment_with("`is_final` is neither true nor false", is_final="true"),
    "not-base64": _segment_with("audio is not base64", audio_data="QU!D"),
    "url-safe-base64": _segment_with("audio is URL-safe base64", audio_data="-_-_"),
    "cut-base64": _segment_with(
        "audio is base64 without an end, though it is the final one",
        audio_data="QUJDR",
        is_final=True,
    ),
    "padded-base64": _segment_with("audio has base64 padding in its middle", audio_data="QUI=QUI="),
    "notice-no-text": _sent(
        "a `job_queued` whose message is not text",
        json_frame(type="job_queued", message=7),
        COVERING,
    ),
    "no-final-segment": Fault(
        "a final segment that never comes, though the service keeps sending notices",
        _send_notices_forever,
        BEFORE_THE_END,
    ),
    "late-audio": _sent("audio after the final segment", json_frame(**SEGMENT), AFTER_THE_END),
}


# ---- frames that are wrong

FRAMES = {
    "masked-frame": _sent("a masked frame", frame(TEXT, b"{}", mask=True)),
    "reserved-bits": _sent("a frame with reserved bits", frame(TEXT, b"{}", reserved=2)),
    "compressed": _sent(
        "a compressed message that nobody asked for", frame(TEXT, b"{}", reserved=4)
    ),
    "unknown-opcode": _sent("a frame of an unknown kind", frame(0x3, b"{}")),
    "stray-fragment": _sent("a fragment that belongs to no message", frame(CONTINUATION, b"{}")),
    "message-in-a-message": _sent(
        "a message inside another message's fragments",
        frame(TEXT, b"{", final=False) + frame(TEXT, b"}"),
    ),
    "long-ping": _sent("a ping of more than 125 bytes", frame(PING, bytes(126))),
    "huge-frame": _sent("a frame that announces 2^62 bytes", frame(TEXT, length=2**62)),
}


# ---- what only looks like a fault: the cover comes all the same

FRAGMENTS = 10_000

PINGS = 100
"""How many of the fragments have a ping behind them."""

LONG_TITLE = 2**20

NOTICES = 100_000
BATCH = 1000
"""Notices of the flood, and how many of them are sent at once."""


def _harmless(description: str, inject: Injection) -> Fault:
    return Fault(description, inject, BEFORE_THE_END, continues=True)


def _sent_before(description: str, data: bytes) -> Fault:
    """Bytes before those of the service's turn."""
    return _harmless(description, lambda stream, turn: stream.send(data + turn.next_bytes()))


def _add_unknown_fields(stream: Stream, turn: Turn) -> None:
    fields = json.loads(turn.message)
    stream.send(json_frame(job_id=7, nested={"audio_data": "QUJD"}, **fields))


def _cut_base64_anywhere(stream: Stream, turn: Turn) -> None:
    fields = json.loads(turn.message)
    text = fields.get("audio_data", "")
    for start in range(0, len(text) - 10, 10):  # no multiple of four
        piece = {"audio_data": text[start : start + 10], "is_final": False}
        stream.send(json_frame(**fields | piece))
        fields["audio_data"] = text[start + 10 :]
    stream.send(json_frame(**fields))


def _send_odd_title(stream: Stream, turn: Turn) -> None:
    fields = json.loads(turn.message)
    title = {"song_title": "\ud800" + "T" * LONG_TITLE} if "song_title" in fields else {}
    stream.send(json_frame(**fields | title))


def _flood(stream: Stream, turn: Turn) -> None:
    notices = json_frame(type="job_queued") * BATCH
    for _ in range(NOTICES // BATCH):
        stream.send(notices)
    stream.send(turn.next_bytes())


def _fragments(text: bytes) -> list[bytes]:
    """A message in frames of some bytes, or of none."""
    size = -(-len(text) // FRAGMENTS)
    pieces = [text[number * size : (number + 1) * size] for number in range(FRAGMENTS)]
    return [
        frame(CONTINUATION if number else TEXT, piece, final=number == FRAGMENTS - 1)
        for number, piece in enumerate(pieces)
    ]


def _send_pings_between_fragments(stream: Stream, turn: Turn) -> None:
    fragments = _fragments(turn.message)
    pinged = [fragment + frame(PING, b"there?") for fragment in fragments[:PINGS]]
    stream.send(b"".join(pinged + fragments[PINGS:]))


HARMLESS = {
    "unknown-type": _sent_before(
        "a message of an unknown type", json_frame(type="news", message="hello")
    ),
    "unknown-fields": _harmless("unknown fields", _add_unknown_fields),
    "more-notices": _sent_before("further notices of the queue", json_frame(type="job_queued") * 3),
    "flood": _harmless("a flood of notices of the queue", _flood),
    "base64-in-pieces": _harmless("base64 that is cut anywhere", _cut_base64_anywhere),
    "odd-title": _harmless("a title without an end, that cannot be encoded", _send_odd_title),
    "binary": _harmless(
        "JSON in binary frames", lambda stream, turn: stream.send(frame(BINARY, turn.message))
    ),
    "fragments": _harmless(
        "a message in 10,000 fragments",
        lambda stream, turn: stream.send(b"".join(_fragments(turn.message))),
    ),
    "pings-between-fragments": _harmless(
        "pings between the fragments of a message", _send_pings_between_fragments
    ),
}

FAULTS: Mapping[str, Fault] = MappingProxyType(
    NETWORK | CLOSES | ANSWERS | MESSAGES | FRAMES | HARMLESS
)
"""Every fault by its name, for :meth:`ScriptedService.will_fault`."""

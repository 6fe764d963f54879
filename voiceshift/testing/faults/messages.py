"""Messages that are wrong, or come at the wrong time, or never."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

from voiceshift.testing.course import NOTICE, Step, Stream
from voiceshift.testing.faults.fault import COVERING, Fault, say
from voiceshift.testing.frames import TEXT, frame, json_frame

if TYPE_CHECKING:
    from voiceshift.testing.course import Moment, Stream

__all__ = ["FAULTS"]

PACE = 0.01
"""Seconds from one notice to the next: far less than any sensible limit."""

BEFORE_ACCEPTANCE: tuple[Step, ...] = ("connected", "challenged", "token")
BEFORE_THE_END = COVERING[:-1]
AFTER_THE_END = COVERING[-1:]

SEGMENT: dict[str, Any] = {
    "type": "audio_segment",
    "song_title": "Title",
    "audio_data": base64.b64encode(bytes(range(200, 256))).decode(),
    "is_final": False,
}


def wrong(description: str, **fields: object) -> Fault:
    """A JSON message that may be sent at no time."""
    return Fault(description, say(json_frame(**fields)))


def segment_without(field: str) -> Fault:
    """A segment that lacks a field."""
    fields = {name: value for name, value in SEGMENT.items() if name != field}
    return Fault(f"a segment without `{field}`", say(json_frame(**fields)), COVERING)


def segment_with(words: str, **changes: object) -> Fault:
    """A segment with something wrong in it."""
    data = json_frame(**SEGMENT | changes)
    return Fault(f"a segment whose {words}", say(data), COVERING)


def talk(moment: Moment[Stream]) -> None:
    """Send notices until the client goes."""
    while True:
        moment.peer.send(json_frame(**NOTICE))
        time.sleep(PACE)


FAULTS = {
    "not-json": Fault("a message that is not JSON", say(frame(TEXT, b"hello"))),
    "cut-json": Fault("JSON that is cut off", say(frame(TEXT, b'{"type": "auth_req'))),
    "no-object": Fault("JSON that is no object", say(frame(TEXT, b'["auth_required"]'))),
    "not-utf8": Fault(
        "a message that is not UTF-8", say(frame(TEXT, b'{"type": "job_queued\xff"}'))
    ),
    "no-type": wrong("a message without a type", message="hello"),
    "type-no-text": wrong("a message whose type is no text", type=7),
    "early-audio": Fault(
        "audio before the token is accepted", say(json_frame(**SEGMENT)), BEFORE_ACCEPTANCE
    ),
    "early-notice": Fault(
        "`job_queued` before the token is accepted", say(json_frame(**NOTICE)), BEFORE_ACCEPTANCE
    ),
    "second-challenge": Fault(
        "a second `auth_required`", say(json_frame(type="auth_required") * 2)
    ),
    "second-success": Fault("a second `auth_success`", say(json_frame(type="auth_success") * 2)),
    "error": wrong("a message of the type `error`", type="error", message="no such song"),
    "no-audio": segment_without("audio_data"),
    "audio-no-text": segment_with("`audio_data` is no text", audio_data=7),
    "no-title": segment_without("song_title"),
    "title-no-text": segment_with("`song_title` is no text", song_title=None),
    "no-is-final": segment_without("is_final"),
    "is-final-no-flag": segment_with("`is_final` is neither true nor false", is_final="true"),
    "not-base64": segment_with("audio is not base64", audio_data="QU!D"),
    "url-safe-base64": segment_with("audio is URL-safe base64", audio_data="-_-_"),
    "cut-base64": segment_with("audio is base64 that is cut off", audio_data="QUJDR"),
    "padded-base64": segment_with("audio has base64 padding in its middle", audio_data="QUI=QUI="),
    "notice-no-text": Fault(
        "a `job_queued` whose message is no text",
        say(json_frame(type="job_queued", message=7)),
        COVERING,
    ),
    "no-final-segment": Fault(
        "a final segment that never comes, though the service goes on talking", talk, BEFORE_THE_END
    ),
    "late-audio": Fault("audio after the final segment", say(json_frame(**SEGMENT)), AFTER_THE_END),
}

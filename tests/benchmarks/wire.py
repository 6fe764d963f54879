"""Covers as they cross the wire: the same bytes for every contender, made without randomness."""

from __future__ import annotations

import base64
import json
import random
import struct
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.testing.frames import CONTINUATION, TEXT, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

KIB = 2**10
MIB = 2**20

TITLE = "Amazing Grace (tenor, -1)"
CJK_TITLE = "奇异恩典 (tenor, -1)"
"""A title beyond Latin-1 makes Python's JSON parser hold all of the message in wider characters."""

STAMP_SIZE = 12
"""Bytes of a time stamp: a multiple of three, so that its base64 stands alone."""


@frozen
class Plan:
    """What a cover is to look like.

    Attributes:
        size: Of the audio, in bytes.
        segment_size: Bytes of audio in one message.
        title: Title in every message.
        fragment_size: Bytes of payload in one frame; 0 sends each message in a single frame.
    """

    size: int
    segment_size: int
    title: str = TITLE
    fragment_size: int = 0

    def lengths(self) -> Iterator[tuple[int, bool]]:
        """Of each segment the bytes of audio, and whether it is the last."""
        for start in range(0, self.size, self.segment_size):
            left = self.size - start
            yield min(left, self.segment_size), left <= self.segment_size


@frozen
class Placement:
    """Where in a frame the base64 of the audio is.

    Attributes:
        frame_size: Bytes of the whole frame.
        start: Offset of the text.
        size: Bytes of the text.
    """

    frame_size: int
    start: int
    size: int


def segments(plan: Plan) -> Iterator[tuple[bytes, bool]]:
    """The audio of each segment, and whether it is the last; the same in every process."""
    generator = random.Random(plan.size)
    for length, is_final in plan.lengths():
        yield generator.randbytes(length), is_final


def segment_frames(title: str, audio: bytes, *, is_final: bool, fragment_size: int = 0) -> bytes:
    """The frames of one message."""
    head, tail = _around_the_audio(title, is_final=is_final)
    message = head + base64.b64encode(audio) + tail
    if not fragment_size:
        return frame(TEXT, message)
    return b"".join(
        frame(
            CONTINUATION if start else TEXT,
            message[start : start + fragment_size],
            final=start + fragment_size >= len(message),
        )
        for start in range(0, len(message), fragment_size)
    )


def placements(plan: Plan) -> Iterator[Placement]:
    """Where the audio of each segment is, for covers that are not fragmented."""
    for length, is_final in plan.lengths():
        yield placement(plan.title, length, is_final=is_final)


def placement(title: str, length: int, *, is_final: bool) -> Placement:
    """Where the audio of one segment is, given the bytes of audio in it."""
    head, tail = _around_the_audio(title, is_final=is_final)
    size = (length + 2) // 3 * 4
    message_size = len(head) + size + len(tail)
    header_size = len(frame(TEXT, length=message_size))
    return Placement(header_size + message_size, header_size + len(head), size)


def _around_the_audio(title: str, *, is_final: bool) -> tuple[bytes, bytes]:
    fields = {"type": "audio_segment", "song_title": title, "audio_data": "", "is_final": is_final}
    message = json.dumps(fields, ensure_ascii=False).encode()
    end = message.rindex(b'"", "is_final"') + 1
    return message[:end], message[end:]


def stamp_text(nanoseconds: int) -> bytes:
    """A time stamp as base64, to be put at the beginning of a segment's audio."""
    return base64.b64encode(struct.pack("!Q4x", nanoseconds))


def read_stamp(audio: bytes) -> int:
    """The time stamp at the beginning of a segment's audio, in nanoseconds."""
    (nanoseconds,) = struct.unpack_from("!Q", audio)
    return int(nanoseconds)

"""The audio inside a segment's message: split off before the rest is parsed, and decoded. Pure.

A segment is a few hundred bytes of JSON around up to megabytes of base64. To parse all of it as
JSON costs a copy of the audio as text, and twice that where a single character of the title is not
ASCII. So the text is found by its key, decoded where it lies, and only the rest is parsed.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import sys
from functools import partial
from typing import Union

if sys.version_info >= (3, 11):
    # What base64.b64decode does there too, but with a copy of the text.
    standard_decode = partial(binascii.a2b_base64, strict_mode=True)
else:
    standard_decode = partial(base64.b64decode, validate=True)

try:
    from pybase64 import b64decode

    strict_decode = partial(b64decode, validate=True)
except ImportError:  # the `fast` extra is not installed
    strict_decode = standard_decode

Payload = Union[bytes, bytearray, memoryview]  # noqa: UP007 - evaluated on 3.10

OPENING = re.compile(rb'"audio_data"[ \t\n\r]*:[ \t\n\r]*"')
"""The key and the beginning of its text. A quote within a JSON text is always escaped, so that no
title can hold this."""

PLACEHOLDER = os.urandom(16).hex()
PLACEHOLDER_BYTES = PLACEHOLDER.encode()
"""Stands for the audio that was split off. The author of a message cannot know it."""

LEFT_OVER = re.compile(rb"[A-Za-z0-9+/]{0,3}|[A-Za-z0-9+/]{2}=")
"""What may stand at the end of a text that is cut: less than the four characters of three bytes."""

EDGE = 1024
"""Bytes at both ends of a message in which everything but audio is expected."""


def split_audio(message: Payload) -> tuple[bytes, Payload] | None:
    """Split the audio off a segment's message.

    This is no second JSON parser. It looks where the key and the end of the audio are usually
    found, and may be wrong about what it splits off: the caller must check that the rest is an
    object whose own ``audio_data`` is :data:`PLACEHOLDER`, and that the audio is base64 from end to
    end.

    Args:
        message: A message of the service.

    Returns:
        The message with :data:`PLACEHOLDER` in the place of the audio, and the audio's text; or
        ``None`` where they are not where they were looked for.
    """
    head = bytes(message[:EDGE])
    opening = OPENING.search(head)
    if opening is None:
        return None
    start = opening.end()
    edge = max(start, len(message) - EDGE)
    tail = bytes(message[edge:])
    closing = tail.find(b'"')
    if closing < 0:
        return None
    return head[:start] + PLACEHOLDER_BYTES + tail[closing:], message[start : edge + closing]


class AudioDecoder:
    """Decodes the audio of a cover, which is base64 (RFC 4648 section 4), segment by segment.

    A segment's text may be complete in itself, or a piece of one that the service cut anywhere:
    then the up to three characters at its end that stand for no byte yet are carried to the next.

    It is strict, since the lax decoders of the standard library skip foreign characters and stop at
    early padding: audio would be lost without an error. ``QUJD=``, on which the strict ones
    disagree, is refused.
    """

    def __init__(self) -> None:
        self._carried = b""

    def decode(self, text: str | Payload, *, is_final: bool) -> bytes:
        """The bytes that are complete with ``text``; where it raises, nothing has changed.

        Args:
            text: The audio of the next segment, in base64.
            is_final: Whether nothing comes after it.

        Raises:
            ValueError: It is not base64, not even cut, or its end is missing.
        """
        if self._carried or len(text) % 4:
            return self._decode_cut(text, is_final=is_final)
        return strict_decode(text)

    def _decode_cut(self, text: str | Payload, *, is_final: bool) -> bytes:
        joined = self._carried + (text.encode() if isinstance(text, str) else text)
        complete = len(joined) - len(joined) % 4
        left_over = joined[complete:]
        is_wrong = is_final or joined.endswith(b"=", 0, complete)
        if not LEFT_OVER.fullmatch(left_over) or (left_over and is_wrong):
            raise ValueError("base64 ends with its last four characters")
        audio = strict_decode(memoryview(joined)[:complete])
        self._carried = left_over
        return audio

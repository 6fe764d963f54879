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

__all__ = ["PLACEHOLDER", "Payload", "decode_base64", "split_audio"]

Payload = Union[bytes, bytearray, memoryview]  # noqa: UP007 - evaluated on 3.10

OPENING = re.compile(rb'"audio_data"[ \t\n\r]*:[ \t\n\r]*"')
"""The key and the beginning of its text. A quote within a JSON text is always escaped, so that no
title can hold this."""

PLACEHOLDER = os.urandom(16).hex()
PLACEHOLDER_BYTES = PLACEHOLDER.encode()
"""Stands for the audio that was split off. The author of a message cannot know it."""

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


def decode_base64(text: str | Payload) -> bytes:
    """The bytes that ``text`` holds in base64 (RFC 4648 section 4).

    Strict, since the lax decoders of the standard library skip foreign characters and stop at early
    padding: audio would be lost without an error. The length is checked here because of ``QUJD=``,
    on which the strict ones disagree.

    Raises:
        ValueError: It has a character that is not in base64, or the padding is wrong.
    """
    if len(text) % 4:
        raise ValueError("the length of base64 is a multiple of four")
    return strict_decode(text)

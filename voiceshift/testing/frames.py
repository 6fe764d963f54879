"""WebSocket frames as bytes, legal ones and illegal ones (RFC 6455, section 5.2)."""

from __future__ import annotations

import json
import struct

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
"""Opcodes, RFC 6455 section 11.8."""


def frame(  # noqa: PLR0913 - all but two are keywords
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    reserved: int = 0,
    mask: bool = False,
    length: int | None = None,
) -> bytes:
    """One WebSocket frame.

    Args:
        opcode: What kind of frame.
        payload: Its content.
        final: Whether it is the last of its message.
        reserved: The three reserved bits.
        mask: Whether to mask it, as only a client may.
        length: The length to announce, in place of the payload's own.
    """
    length = len(payload) if length is None else length
    first, masked = final << 7 | reserved << 4 | opcode, mask << 7
    if length < 126:
        header = struct.pack("!BB", first, masked | length)
    elif length < 2**16:
        header = struct.pack("!BBH", first, masked | 126, length)
    else:
        header = struct.pack("!BBQ", first, masked | 127, length)
    # The mask of four zero bytes leaves the payload as it is.
    return header + (bytes(4) if mask else b"") + payload


def json_frame(**fields: object) -> bytes:
    """A text frame with a JSON object."""
    return frame(TEXT, json.dumps(fields).encode())


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A close frame, also one with a code or a reason that is illegal."""
    return frame(CLOSE, struct.pack("!H", code) + reason)

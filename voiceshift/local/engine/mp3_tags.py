"""What stands before the sound in an MP3 file: its tags, and how long it is.

libsndfile writes tags in the wrong encoding, and the length only when the file is closed: for a
stream that is too late. The length is exact: the decoders of FFmpeg and mpg123 (and so of
libsndfile) leave out what encoding puts before and after the sound.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.local.engine.marks import Marks

BIT_RATE = 192_000
"""Bits a second: the same in every frame, so that the size of the file is known beforehand."""

FRAME = 1152
"""Samples in a frame of MPEG-1 layer III."""

DELAY = 576
"""Samples that LAME puts before the sound."""

_MIN_PADDING = 576  # samples that it puts after it, at least
_SIDE_INFORMATION = 32  # bytes between a frame's header and its data, in stereo
_CHECKED = 190  # bytes that the checksum of the frame is of
_LOWPASS = 186  # of LAME at this bit rate, in units of 100 Hz


def id3_tag(marks: Marks) -> bytes:
    """Return the marks as an ID3v2.4 tag, which has UTF-8."""
    frames = b"".join(
        [
            _text_frame(b"TIT2", marks.title),
            _text_frame(b"TPE1", marks.artist),
            _text_frame(b"TSSE", marks.software),
            _frame(b"COMM", b"\3eng\0" + marks.comment.encode()),
        ]
    )
    return b"ID3\4\0\0" + _syncsafe(len(frames)) + frames


def _text_frame(name: bytes, text: str) -> bytes:
    return _frame(name, b"\3" + text.encode())


def _frame(name: bytes, content: bytes) -> bytes:
    return name + _syncsafe(len(content)) + b"\0\0" + content


def _syncsafe(number: int) -> bytes:
    """Return a number in four bytes without their highest bits (ID3v2.4, section 6.2)."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def length_frame(placeholder: bytes, samples: int, rate: int) -> bytes:
    """Return the first frame, which holds no sound but how much there is.

    It is the one that Xing began and LAME extended.

    Args:
        placeholder: The frame that the encoder leaves in its place.
        samples: Of the sound.
        rate: In hertz.
    """
    padding = FRAME - (samples + DELAY) % FRAME
    if padding < _MIN_PADDING:
        padding += FRAME
    frames = (DELAY + samples + padding) // FRAME
    size = len(placeholder) + frames * FRAME // 8 * BIT_RATE // rate
    contents = bytes(place * 256 // 100 for place in range(100))
    xing = struct.pack(">4sIII100sI", b"Info", 0b1111, frames, size, contents, 0)
    # The encoder, constant bit rate, low pass, no peak and gains, bit rate, delay and padding.
    lame = struct.pack(">9sBB8xBB", b"LAME3.100", 1, _LOWPASS, 0, BIT_RATE // 1000)
    lame += (DELAY << 12 | padding).to_bytes(3, "big") + struct.pack(">BBHIH", 0, 0, 0, size, 0)
    frame = placeholder[: 4 + _SIDE_INFORMATION] + xing + lame
    assert len(frame) == _CHECKED
    return (frame + _checksum(frame).to_bytes(2, "big")).ljust(len(placeholder), b"\0")


def _checksum(data: bytes) -> int:
    """Return the CRC-16 with the polynomial 0x8005, its bits in reverse."""
    register = 0
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0xA001 if register & 1 else 0)
    return register

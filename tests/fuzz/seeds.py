"""The seed corpus: one small input for each thing that the reading of a stream knows.

``python -m tests.fuzz.seeds`` writes them to the folder ``corpus``.
"""

from __future__ import annotations

import struct
from pathlib import Path

from voiceshift.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
    json_frame,
)

CORPUS = Path(__file__).parent / "corpus"

AS_STREAM, AS_MESSAGE = 0, 1
"""The first byte of an input says what the rest is: odd, one message; even, frames, which arrive in
pieces of half as many bytes, and for zero in one."""

SEGMENT = b'{"type":"audio_segment","song_title":"T","audio_data":"QUJD","is_final":false}'

STREAMS = {
    "authentication": json_frame(type="auth_required") + json_frame(type="auth_success"),
    "cover": json_frame(type="job_queued", message="wait") + frame(TEXT, SEGMENT) * 2,
    "refused": json_frame(type="auth_required") + close_frame(4001, b"Unauthorized"),
    "failed": json_frame(type="error", message="no such song") + close_frame(1000),
    "unknown": json_frame(type="progress", percent=50) + json_frame(error="no type"),
    "binary": frame(BINARY, SEGMENT),
    "fragments": frame(TEXT, SEGMENT[:9], final=False)
    + frame(PING, b"?")
    + frame(CONTINUATION, SEGMENT[9:30], final=False)
    + frame(PONG)
    + frame(CONTINUATION, SEGMENT[30:]),
    "two-bytes-of-length": frame(TEXT, SEGMENT.ljust(200)) + frame(TEXT, SEGMENT),
    "eight-bytes-of-length": struct.pack("!BBQ", 0x81, 127, len(SEGMENT)) + SEGMENT,
    "too-long": frame(BINARY, length=2**62),
    "close-without-code": frame(CLOSE),
    "close-with-half-a-code": frame(CLOSE, b"\x03"),
    "close-with-illegal-code": close_frame(1006, b"\xff"),
    "masked": frame(TEXT, SEGMENT, mask=True),
    "reserved-bit": frame(TEXT, SEGMENT, reserved=4),
    "unknown-opcode": frame(3, SEGMENT),
    "long-ping": frame(PING, bytes(126)),
    "continuation-of-nothing": frame(CONTINUATION, SEGMENT),
    "message-in-a-message": frame(TEXT, SEGMENT, final=False) + frame(TEXT, SEGMENT),
}

MESSAGES = {
    "segment": SEGMENT,
    "final": SEGMENT.replace(b"false", b"true"),
    "spaces": b'{ "type" : "audio_segment" , "song_title" : "T" ,\n"audio_data"\t:\r"QUJD" , '
    b'"is_final" : true } ',
    "audio-first": b'{"audio_data":"QUI=","is_final":true,"song_title":"","type":"audio_segment"}',
    "long-audio": SEGMENT.replace(b"QUJD", b"QUJD" * 600),
    "long-title": SEGMENT.replace(b'"T"', b'"' + b"T" * 1500 + b'"'),
    "escaped-title": SEGMENT.replace(b'"T"', b'"\\"audio_data\\":\\"QUJD\\""'),
    "two-audios": SEGMENT.replace(b'"is', b'"audio_data":"REVG","is'),
    "audio-and-none": SEGMENT.replace(b'"is', b'"audio_data":"","is'),
    "nested-audio": SEGMENT.replace(b'"T"', b'{"audio_data":"REVG"}'),
    "escaped-audio": SEGMENT.replace(b"QUJD", b"QU\\/D"),
    "early-padding": SEGMENT.replace(b"QUJD", b"QUI=QUI="),
    "late-padding": SEGMENT.replace(b"QUJD", b"QUJD="),
    "url-safe": SEGMENT.replace(b"QUJD", b"-_-_"),
    "no-audio": SEGMENT.replace(b'"QUJD"', b"null"),
    "utf-16": SEGMENT.decode().encode("utf-16"),
    "not-utf-8": SEGMENT.replace(b"T", b"\xff"),
    "no-object": b"[" + SEGMENT + b"]",
    "not-a-number": SEGMENT.replace(b"false", b"NaN"),
    "deep": b"[" * 2000,
}


def seeds() -> dict[str, bytes]:
    """The inputs by their names; streams arrive in one, or in pieces of 1, 2, 3... bytes."""
    inputs = {
        f"stream-{name}": bytes([AS_STREAM + 2 * (number % 8)]) + data
        for number, (name, data) in enumerate(STREAMS.items())
    }
    return inputs | {
        f"message-{name}": bytes([AS_MESSAGE]) + data for name, data in MESSAGES.items()
    }


if __name__ == "__main__":
    CORPUS.mkdir(exist_ok=True)
    for name, data in seeds().items():
        (CORPUS / name).write_bytes(data)

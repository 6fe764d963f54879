"""Frames that are wrong."""

from __future__ import annotations

from voiceshift.testing.faults.fault import Fault, say
from voiceshift.testing.frames import CONTINUATION, PING, TEXT, frame

__all__ = ["FAULTS"]

FAULTS = {
    "masked-frame": Fault("a masked frame", say(frame(TEXT, b"{}", mask=True))),
    "reserved-bits": Fault("a frame with reserved bits", say(frame(TEXT, b"{}", reserved=4))),
    "unknown-opcode": Fault("a frame of an unknown kind", say(frame(0x3, b"{}"))),
    "stray-fragment": Fault("a fragment of no message", say(frame(CONTINUATION, b"{}"))),
    "message-in-a-message": Fault(
        "a message inside of another's fragments",
        say(frame(TEXT, b"{", final=False) + frame(TEXT, b"}")),
    ),
    "long-ping": Fault("a ping of more than 125 bytes", say(frame(PING, bytes(126)))),
    "huge-frame": Fault("a frame that announces 2^62 bytes", say(frame(TEXT, length=2**62))),
}

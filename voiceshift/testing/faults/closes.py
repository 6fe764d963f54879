"""The ways in which a service can close the WebSocket, legal ones and illegal ones."""

from __future__ import annotations

from voiceshift.testing.faults.fault import Fault, say
from voiceshift.testing.frames import CLOSE, close_frame, frame

__all__ = ["FAULTS"]

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

FAULTS = {
    "close-4001": Fault(
        "a close with code 4001: the token is refused, or not accepted any more",
        say(close_frame(4001, b"Unauthorized")),
    ),
    **{
        f"close-{code}": Fault(f"a close with code {code}: {words}", say(close_frame(code, b"why")))
        for code, words in CODES.items()
    },
    "close-without-code": Fault("a close without a code", say(frame(CLOSE))),
    "close-with-half-a-code": Fault("a close with half a code", say(frame(CLOSE, b"\x03"))),
    "close-with-bad-reason": Fault(
        "a close whose reason is not UTF-8", say(close_frame(1011, b"caf\xe9"))
    ),
}

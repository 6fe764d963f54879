"""The ways in which a service can close the WebSocket, legal ones and illegal ones."""

from __future__ import annotations

from tests.faults.fault import Fault, Outcome
from tests.raw_service import CLOSE, close_frame, frame
from voiceshift import AuthError, ConnectError, ConnectionLost

__all__ = ["FAULTS"]


def close(name: str, data: bytes, code: int, reason: str = "") -> Fault:
    """A close with this frame."""
    return Fault(
        name,
        lambda moment: moment.peer.send(data),
        authenticating=Outcome(ConnectError, code, reason),
        covering=Outcome(ConnectionLost, code, reason),
    )


FAULTS = [
    Fault(
        "a close with code 4001: the token is refused, or not accepted any more",
        lambda moment: moment.peer.send(close_frame(4001, b"Unauthorized")),
        authenticating=Outcome(AuthError, 4001, "Unauthorized"),
        covering=Outcome(AuthError, 4001, "Unauthorized"),
    ),
    *(
        close(f"a close with code {code}: {words}", close_frame(code, b"why"), code, "why")
        for code, words in {
            1000: "done",
            1001: "the service goes away",
            1011: "an error in the service",
            1013: "the service is overloaded",
            4999: "one of the service's own codes",
            999: "illegal, too low",
            1005: "illegal in a frame",
            1006: "illegal in a frame",
        }.items()
    ),
    close("a close without a code", frame(CLOSE), 1005),
    close("a close with half a code", frame(CLOSE, b"\x03"), 1005),
    close(
        "a close whose reason is not UTF-8",
        close_frame(1011, b"caf\xe9"),
        1011,
        "caf\N{REPLACEMENT CHARACTER}",
    ),
]

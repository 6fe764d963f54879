"""The ways in which a service can close the WebSocket, legal ones and illegal ones."""

from __future__ import annotations

from tests.faults.fault import Fault, Outcome, scripted
from voiceshift import AuthError, ConnectError, ConnectionLost

REFUSED = Outcome(AuthError, 4001, "Unauthorized")


def close(name: str, code: int, reason: str = "") -> Fault:
    """A close that the client sees with this code and reason."""
    return scripted(
        name,
        authenticating=Outcome(ConnectError, code, reason),
        covering=Outcome(ConnectionLost, code, reason),
    )


FAULTS = [
    scripted("close-4001", authenticating=REFUSED, covering=REFUSED),
    *(
        close(f"close-{code}", code, "why")
        for code in (1000, 1001, 1011, 1013, 4999, 999, 1005, 1006)
    ),
    close("close-without-code", 1005),
    close("close-with-half-a-code", 1005),
    close("close-with-bad-reason", 1011, "caf\N{REPLACEMENT CHARACTER}"),
]

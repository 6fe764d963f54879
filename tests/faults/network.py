"""What a network, or a service that dies or hangs, does to a connection at any moment."""

from __future__ import annotations

from tests.faults.fault import Outcome, scripted
from voiceshift import AuthTimeout, ConnectError, ConnectionLost, ConnectTimeout, IdleTimeout

ENDED = {
    "connecting": Outcome(ConnectError),
    "authenticating": Outcome(ConnectError, code=1006),
    "covering": Outcome(ConnectionLost, code=1006),
}
TIMED_OUT = {
    "connecting": Outcome(ConnectTimeout),
    "authenticating": Outcome(AuthTimeout),
    "covering": Outcome(IdleTimeout),
}

SLOW = [
    scripted("silence", **TIMED_OUT, inside_a_frame=True),
    scripted("drip", **TIMED_OUT, inside_a_frame=True),
    scripted("half-frame-then-silence", **TIMED_OUT),
    scripted(
        "no-pongs",
        authenticating=ENDED["authenticating"],
        covering=ENDED["covering"],
        inside_a_frame=True,
        # A ping before the fault would not be expected, so that it must be long until the first.
        options={"ping_interval": 2, "ping_timeout": 0.1},
    ),
]
"""Those that nothing but a time limit of the client ends."""

FAULTS = [
    scripted("reset", **ENDED, inside_a_frame=True),
    scripted("half-close", **ENDED, inside_a_frame=True),
    scripted("half-frame-then-end", **ENDED),
    *SLOW,
]

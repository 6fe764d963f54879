"""What a network, or a service that dies or hangs, does to a connection at any moment."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

from tests.faults.fault import Fault, Outcome
from voiceshift import (
    AuthTimeout,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    IdleTimeout,
)

if TYPE_CHECKING:
    from tests.faults.steps import Moment

__all__ = ["FAULTS"]

DRIP_INTERVAL = 0.05
"""Seconds from one byte to the next: far less than any limit."""


def half_close(moment: Moment) -> None:
    """End the service's direction of the stream only."""
    moment.peer.stream.shutdown(socket.SHUT_WR)


def keep_silent(_: Moment) -> None:
    """Say nothing more."""


def drip(moment: Moment) -> None:
    """Send what is due, but slowly."""
    for byte in moment.due():
        moment.peer.send(bytes([byte]))
        time.sleep(DRIP_INTERVAL)


def send_half(moment: Moment) -> None:
    """Send the first half of what is due."""
    due = moment.due()
    moment.peer.send(due[: len(due) // 2])


def send_half_and_end(moment: Moment) -> None:
    """Send the first half of what is due, then the end of the stream."""
    send_half(moment)
    half_close(moment)


REFUSED = Outcome(ConnectError)
NOT_OPENED = Outcome(ConnectError, code=1006)
LOST = Outcome(ConnectionLost, code=1006)

FAULTS = [
    Fault(
        "the connection is reset",
        lambda moment: moment.peer.reset(),
        connecting=REFUSED,
        authenticating=NOT_OPENED,
        covering=LOST,
        inside_a_frame=True,
    ),
    Fault(
        "the connection ends without a close",
        half_close,
        connecting=REFUSED,
        authenticating=NOT_OPENED,
        covering=LOST,
        inside_a_frame=True,
    ),
    Fault(
        "half a frame, then the end",
        send_half_and_end,
        connecting=REFUSED,
        authenticating=NOT_OPENED,
        covering=LOST,
    ),
    Fault(
        "silence",
        keep_silent,
        connecting=Outcome(ConnectTimeout),
        authenticating=Outcome(AuthTimeout),
        covering=Outcome(IdleTimeout),
        inside_a_frame=True,
    ),
    Fault(
        "bytes that drip in, too slowly for any message",
        drip,
        connecting=Outcome(ConnectTimeout),
        authenticating=Outcome(AuthTimeout),
        covering=Outcome(IdleTimeout),
        inside_a_frame=True,
    ),
    Fault(
        "half a frame, then silence",
        send_half,
        connecting=Outcome(ConnectTimeout),
        authenticating=Outcome(AuthTimeout),
        covering=Outcome(IdleTimeout),
    ),
    Fault(
        "no answer to the client's pings",
        keep_silent,
        authenticating=NOT_OPENED,
        covering=LOST,
        inside_a_frame=True,
        options={"ping_interval": 0.1, "ping_timeout": 0.1},
    ),
]

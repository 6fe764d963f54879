"""What a network, or a service that dies or hangs, does to a connection."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from voiceshift.testing.faults.fault import ALWAYS, Fault

if TYPE_CHECKING:
    from voiceshift.testing.course import Moment, Stream

__all__ = ["FAULTS"]

PACE = 0.2
"""Seconds from one byte to the next: less than any sensible limit. The shortest message there is,
some thirty bytes, takes longer than the limit of a test."""


def keep_silent(_: Moment[Stream]) -> None:
    """Say nothing more."""


def half_close(moment: Moment[Stream]) -> None:
    """End the service's direction of the stream only."""
    moment.peer.half_close()


def drip(moment: Moment[Stream]) -> None:
    """Send what is due, but slowly."""
    for byte in moment.due():
        moment.peer.send(bytes([byte]))
        time.sleep(PACE)


def send_half(moment: Moment[Stream]) -> None:
    """Send the first half of what is due."""
    due = moment.due()
    moment.peer.send(due[: len(due) // 2])


def send_half_and_end(moment: Moment[Stream]) -> None:
    """Send the first half of what is due, then the end of the stream."""
    send_half(moment)
    half_close(moment)


FAULTS = {
    "reset": Fault("the connection is reset", lambda moment: moment.peer.reset(), ALWAYS),
    "half-close": Fault("the connection ends without a close", half_close, ALWAYS, is_deaf=True),
    "half-frame-then-end": Fault(
        "half a frame, then the end", send_half_and_end, ALWAYS, is_deaf=True
    ),
    "silence": Fault("silence", keep_silent, ALWAYS),
    "drip": Fault("bytes that drip in, too slowly for any message", drip, ALWAYS, is_deaf=True),
    "half-frame-then-silence": Fault("half a frame, then silence", send_half, ALWAYS, is_deaf=True),
    "no-pongs": Fault("no answer to the client's pings", keep_silent, is_deaf=True),
}

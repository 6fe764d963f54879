"""What ``on_event`` is called with while a cover is made."""

from __future__ import annotations

from typing import Union

from attrs import frozen

from voiceshift.cover import Segment
from voiceshift.wire.messages import Queued

__all__ = ["Authenticated", "Connected", "Event", "Queued", "Segment"]


@frozen
class Connected:
    """The WebSocket is open.

    Attributes:
        uri: Address of the service.
    """

    uri: str


@frozen
class Authenticated:
    """The service took the token."""


Event = Union[Connected, Authenticated, Queued, Segment]  # noqa: UP007 - evaluated on 3.10
"""Any of the events."""

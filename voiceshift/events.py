"""What ``on_event`` is called with while a cover is made."""

from __future__ import annotations

from typing import Union

from attrs import field, frozen

__all__ = ["Authenticated", "Connected", "Event", "Queued", "Segment"]


@frozen
class Connected:
    """The WebSocket is open.

    Attributes:
        uri: URL of the service.
    """

    uri: str


@frozen
class Authenticated:
    """The service accepted the token."""


@frozen
class Queued:
    """The job waits in the service's queue; may come more than once.

    Attributes:
        message: The service's own text.
    """

    message: str


@frozen
class Segment:
    """A piece of a cover. The pieces' audio, joined, is the cover.

    Attributes:
        index: Its place in the cover, from 0.
        title: Title of the cover, in the service's words.
        audio: The next bytes of the audio file; may be empty. A consumer that falls thousands of
            messages behind gets several of them joined in one segment.
        is_final: Whether it is the last one.
    """

    index: int
    title: str
    audio: bytes = field(repr=False)
    is_final: bool


Event = Union[Connected, Authenticated, Queued, Segment]  # noqa: UP007 - evaluated on 3.10
"""Any of the events."""

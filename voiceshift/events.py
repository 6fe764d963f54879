"""What ``on_event`` is called with while a cover is made."""

from __future__ import annotations

from typing import Union

from attrs import field, frozen

__all__ = [
    "Authenticated",
    "Connected",
    "Event",
    "Progress",
    "Queued",
    "Segment",
    "ServiceInfo",
]


@frozen
class ServiceInfo:
    """What a service says of itself.

    Attributes:
        name: Its name; empty where it says nothing.
        version: Its version; likewise.
        features: What it can do beyond the documented protocol: ``format``, ``key``, ``part``,
            ``mix``, ``auto``, ``voices`` and ``progress`` are known.
    """

    name: str = ""
    version: str = ""
    features: frozenset[str] = frozenset()


@frozen
class Connected:
    """The WebSocket is open.

    Attributes:
        uri: URL of the service.
    """

    uri: str


@frozen
class Authenticated:
    """The service accepted the token.

    Attributes:
        service: What it says of itself.
    """

    # Not compared: what happened is the same, whoever the service is.
    service: ServiceInfo = field(default=ServiceInfo(), eq=False, repr=False)


@frozen
class Queued:
    """The job waits in the service's queue; may come more than once.

    Attributes:
        message: The service's own text.
        is_remark: Whether that is about the cover, such as the octave that ``pitch="auto"`` has
            chosen or one that would suit the voice better, and not about the queue.
        is_warning: Whether it is a remark that something is wrong with the song, such as damage.
    """

    message: str
    is_remark: bool = False
    is_warning: bool = False


@frozen
class Progress:
    """How far the service has come with the cover; the hosted service does not tell.

    Attributes:
        done: The share that is made, from 0 to 1; never less than before.
        remaining: Seconds that the rest will take, by the time that it has taken so far; ``None``
            where nobody knows yet.
    """

    done: float
    remaining: float | None = None


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


Event = Union[Connected, Authenticated, Queued, Progress, Segment]  # noqa: UP007 - evaluated on 3.10
"""Any of the events."""

"""The one queue from the reader thread to the caller: small events, and at the end the error."""

from __future__ import annotations

import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Union

from attrs import evolve, frozen

from voiceshift.errors import VoiceShiftError
from voiceshift.events import Queued
from voiceshift.wire.messages import AuthRequired, AuthSuccess, ServiceError, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.util.deadline import Deadline

__all__ = ["Arrived", "Mail", "Mailbox", "Opened"]

MOST_WAITING = 10_000
"""Events that wait one by one, about 2 MB; beyond it they are joined."""

MOST_JOINED = 2**20
"""Bytes of audio in one joined event: it becomes one segment, which has to fit into memory."""

LONGEST_WAIT = 0.1 if sys.platform == "win32" else 0.5
"""Seconds of one uninterrupted wait, so that Ctrl-C always works within them, and a clock can tick.

On Windows it interrupts no wait at all. Elsewhere it does, but for one that comes in the moment
before the wait begins: Python has looked for signals already, and would next look after the wait.
"""


@frozen
class Opened:
    """The WebSocket is open."""


@frozen
class Arrived:
    """Audio was written to the sink.

    Attributes:
        index: Number of the segment, from 0.
        title: Title of the cover.
        length: How much audio, in bytes.
        is_final: Whether the cover is complete with it.
    """

    index: int
    title: str
    length: int
    is_final: bool


Mail = Union[  # noqa: UP007 - evaluated on 3.10
    Opened, AuthRequired, AuthSuccess, Queued, ServiceError, Unknown, Arrived, VoiceShiftError
]


class Mailbox:
    """Never makes the reader wait, and stays small though the caller sleeps.

    Past :data:`MOST_WAITING` events, consecutive audio is joined into events of a megabyte, a
    notice replaces the notice before it or is passed over, and behind a message at which the caller
    stops only an error counts: nothing of the audio is lost, and a flood of anything else costs
    nothing.

    A lock stands for the bell that wakes the caller, released while it rings: of all that Python
    can wait for it has the shortest way from one thread to the other. ``queue.Queue`` takes half as
    long again.
    """

    def __init__(self) -> None:
        self._events: deque[Mail] = deque()
        self._lock = threading.Lock()
        self._bell = threading.Lock()
        self._bell.acquire()

    def put(self, event: Mail) -> None:
        """Add an event, and ring."""
        with self._lock:
            joined = None
            if len(self._events) >= MOST_WAITING:
                joined = _join(self._events[-1], event)
            if joined is None:
                self._events.append(event)
            else:
                self._events[-1] = joined
            if self._bell.locked():
                self._bell.release()

    def take(self) -> Mail | None:
        """The next event, or ``None`` where there is none yet."""
        with self._lock:
            return self._events.popleft() if self._events else None

    def next(self, deadline: Deadline, tick: Callable[[], object] | None = None) -> Mail | None:
        """The next event, or ``None`` when the deadline passed first; for one thread at a time.

        Args:
            deadline: How long to wait.
            tick: Called each time that :data:`LONGEST_WAIT` went by without an event.
        """
        while (event := self.take()) is None:
            remaining = deadline.remaining()
            if remaining == 0:
                return None
            # An old ring, for an event that was taken without it, only makes for one more look.
            rang = self._bell.acquire(timeout=min(LONGEST_WAIT, remaining or LONGEST_WAIT))
            if tick is not None and not rang:
                tick()
        return event


NOTICES = (Queued, Unknown)
"""What tells the caller something and changes nothing."""

STOPS = (ServiceError, AuthRequired, AuthSuccess)
"""What ends a cover: the service's own error, and what has no place in one."""


def _join(last: Mail, new: Mail) -> Mail | None:
    """The one event that does for both, or ``None`` where both are needed."""
    if isinstance(last, Arrived) and isinstance(new, Arrived):
        length = last.length + new.length
        return evolve(last, length=length, is_final=new.is_final) if length <= MOST_JOINED else None
    if isinstance(new, NOTICES):
        return new if isinstance(last, NOTICES) else last
    if isinstance(last, STOPS) and not isinstance(new, VoiceShiftError):
        return last
    return None

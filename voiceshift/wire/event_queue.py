"""The one queue from the reader thread to the caller: small events, and at the end the error."""

from __future__ import annotations

import copy
import threading
from collections import deque
from typing import TYPE_CHECKING, Union

from attrs import evolve

from voiceshift.events import Authenticated, Connected, Progress, Queued
from voiceshift.util.deadline import MAX_WAIT
from voiceshift.wire.messages import (
    AudioSegment,
    AuthRequired,
    Message,
    ServiceError,
    Unknown,
    Voices,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.errors import VoiceShiftError
    from voiceshift.util.deadline import Deadline

MAX_QUEUED = 10_000
"""Events that wait one by one, about 2 MB; beyond it they are coalesced."""

MAX_COALESCED = 2**20
"""Bytes of audio in one coalesced event: it becomes one segment, which has to fit into memory."""

WireEvent = Union[Connected, Message]  # noqa: UP007 - evaluated on 3.10
"""A message of the service, the audio of which was stored already, or that there is a WebSocket."""

INFORMATIONAL = (Queued, Progress, Voices, Unknown)
"""What tells the caller something and changes nothing."""

TERMINAL = (ServiceError, AuthRequired, Authenticated)
"""What ends a cover: the service's own error, and what has no place in one."""


class EventQueue:
    """Never makes the reader wait, and stays small though the caller sleeps.

    Past :data:`MAX_QUEUED` events, consecutive audio is coalesced into events of a megabyte, an
    informational message replaces the one before it or is passed over, and behind a message at
    which the caller stops only the end counts: nothing of the audio is lost, and a flood of
    anything else costs nothing.

    The first error it is closed with is the end of the connection, and is recorded nowhere else: it
    comes after everything that was put before, and again to everyone who asks later.

    A lock stands for the wake-up of the caller, released to wake it: of all that Python can wait
    for it has the shortest way from one thread to the other. ``queue.Queue`` takes half as long
    again.

    Attributes:
        end: The error that it was closed with, if it was.
    """

    def __init__(self) -> None:
        self.end: VoiceShiftError | None = None
        self._events: deque[WireEvent] = deque()
        self._lock = threading.Lock()
        self._wakeup = threading.Lock()
        self._wakeup.acquire()

    def put(self, event: WireEvent) -> None:
        """Add an event and wake the caller; after the end it comes too late."""
        with self._lock:
            if self.end is not None:
                return
            coalesced = None
            if len(self._events) >= MAX_QUEUED:
                coalesced = _coalesce(self._events[-1], event)
            if coalesced is None:
                self._events.append(event)
            else:
                self._events[-1] = coalesced
            self._wake()

    def close(self, end: VoiceShiftError) -> bool:
        """Put the last item, and tell whether it is: another end may have come first."""
        with self._lock:
            is_first = self.end is None
            if is_first:
                self.end = end
                self._wake()
            return is_first

    def clear(self) -> None:
        """Pass over all events, but not over the end."""
        with self._lock:
            self._events.clear()

    def next(
        self, deadline: Deadline, tick: Callable[[], object] | None = None
    ) -> WireEvent | None:
        """The next event, or ``None`` when the deadline passed first; for one thread at a time.

        Args:
            deadline: How long to wait.
            tick: Called each time that :data:`~voiceshift.util.deadline.MAX_WAIT` went by without
                an event.

        Raises:
            VoiceShiftError: The end; each time a new copy, since it will get a traceback and
                perhaps a partial cover of its own.
        """
        while (event := self._pop()) is None:
            remaining = deadline.remaining()
            if remaining == 0:
                return None
            # A wake-up left from an event that was popped without it only makes for one more look.
            woken = self._wakeup.acquire(timeout=min(MAX_WAIT, remaining or MAX_WAIT))
            if tick is not None and not woken:
                tick()
        return event

    def _pop(self) -> WireEvent | None:
        with self._lock:
            if self._events:
                return self._events.popleft()
            end = self.end
        if end is not None:
            raise copy.copy(end) from end.__cause__
        return None

    def _wake(self) -> None:
        if self._wakeup.locked():
            self._wakeup.release()


def _coalesce(last: WireEvent, new: WireEvent) -> WireEvent | None:
    """The one event that does for both, or ``None`` where both are needed."""
    if isinstance(last, AudioSegment) and isinstance(new, AudioSegment):
        length = last.length + new.length
        if length <= MAX_COALESCED:
            return evolve(last, length=length, is_final=new.is_final)
        return None
    if isinstance(new, INFORMATIONAL):
        return new if isinstance(last, INFORMATIONAL) else last
    return last if isinstance(last, TERMINAL) else None

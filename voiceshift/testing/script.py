"""What a service was told to do: its scripts, one for each connection or cover."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, get_args

from voiceshift.testing.course import ConnectionStep, CoverStep, Moment, Recording, Step, Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.testing.peer import Peer

__all__ = ["Script", "Scripts"]

STEPS: tuple[Step, ...] = (*get_args(ConnectionStep), *get_args(CoverStep))


class Script(NamedTuple):
    """The usual course up to a step, and there something else.

    Attributes:
        recording: The cover, where the course is that of one.
        at: The step.
        act: What is done there in place of sending what is due; ``None`` is the usual course.
        goes_on: Whether the usual course goes on after it; else the service only listens.
        is_deaf: Whether it does not even listen.
    """

    recording: Recording = Recording()
    at: Step | None = None
    act: Callable[[Peer, Moment[Stream]], object] | None = None
    goes_on: bool = False
    is_deaf: bool = False


class Scripts:
    """The scripts that were not followed yet, in the order in which they were added."""

    def __init__(self) -> None:
        self._connections: deque[Script] = deque()
        self._covers: deque[Script] = deque()

    def add(self, script: Script) -> None:
        """Add a script to those for connections, or to those for covers, as its step is.

        Raises:
            ValueError: There is no such step.
        """
        if script.at is not None and script.at not in STEPS:
            raise ValueError(f"there is no step {script.at!r}; the steps are {', '.join(STEPS)}")
        is_for_connection = script.at in get_args(ConnectionStep)
        (self._connections if is_for_connection else self._covers).append(script)

    def next_connection(self) -> Script:
        """The script of the next connection."""
        return _next(self._connections)

    def next_cover(self) -> Script:
        """The script of the next cover."""
        return _next(self._covers)


def _next(scripts: deque[Script]) -> Script:
    try:
        return scripts.popleft()
    except IndexError:
        return Script()

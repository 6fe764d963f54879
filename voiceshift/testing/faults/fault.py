"""What a fault is: what it does, and where it can strike."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, get_args

from voiceshift.testing.course import CoverStep, Moment, Step, Stream

__all__ = ["ALWAYS", "CONVERSING", "COVERING", "OPENING", "Fault", "Strike", "say"]

Strike = Callable[[Moment[Stream]], object]
"""What a fault does in place of sending what is due."""

OPENING: tuple[Step, ...] = ("opening",)
COVERING: tuple[Step, ...] = get_args(CoverStep)
CONVERSING: tuple[Step, ...] = ("connected", "challenged", "token", "authenticated", *COVERING)
ALWAYS: tuple[Step, ...] = (*OPENING, *CONVERSING)
"""Steps where faults of a kind can strike."""


class Fault(NamedTuple):
    """One fault.

    Attributes:
        description: It in plain English, as the documentation's table of faults has it.
        strike: Does it.
        steps: Where it can strike.
        goes_on: Whether it does no harm: the usual course goes on after it.
        is_deaf: Whether not even a ping or a close is answered any more.
    """

    description: str
    strike: Strike
    steps: tuple[Step, ...] = CONVERSING
    goes_on: bool = False
    is_deaf: bool = False

    @property
    def step(self) -> Step:
        """Where it strikes if nothing else is said: after the first segment, where it can."""
        return "segment" if "segment" in self.steps else self.steps[-1]


def say(data: bytes) -> Strike:
    """Send these bytes."""
    return lambda moment: moment.peer.send(data)

"""What a fault is: where it can happen, what it does, and what the user gets."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.faults.steps import PHASES, Step
from voiceshift.testing import FAULTS as SCRIPTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.steps import Injection
    from voiceshift import VoiceShiftError


class Outcome(NamedTuple):
    """What the user gets.

    Attributes:
        error: The exact class; ``None`` where the cover comes whole.
        code: Of the close, where the fault ends an open connection.
        reason: Likewise.
        status: The HTTP status, where there is one.
    """

    error: type[VoiceShiftError] | None
    code: int | None = None
    reason: str = ""
    status: int | None = None

    def __str__(self) -> str:
        if self.error is None:
            return "the whole cover"
        words = f"`{self.error.__name__}`"
        for name, number in (("code", self.code), ("status", self.status)):
            if number is not None:
                words += f", {name} {number}"
        return words


COVER = Outcome(None)


class Fault(NamedTuple):
    """One fault.

    Attributes:
        name: It in plain English, as the documentation has it.
        inject: Makes it happen.
        connecting: What the user gets where it happens before the WebSocket is open; ``None`` where
            it cannot.
        authenticating: Likewise between that and the acceptance of the token.
        covering: Likewise after the request.
        inside_a_frame: Whether it can happen in the middle of a frame.
        in_place_of_tls: Whether the address is ``wss://``, and it happens before any TLS.
        options: Settings of the client without which it cannot be seen in a short time.
    """

    name: str
    inject: Injection
    connecting: Outcome | None = None
    authenticating: Outcome | None = None
    covering: Outcome | None = None
    inside_a_frame: bool = False
    in_place_of_tls: bool = False
    options: Mapping[str, Any] = MappingProxyType({})

    def at(self, step: Step) -> Outcome | None:
        """What the user gets where it happens at this step; ``None`` where it cannot."""
        if step is Step.INSIDE_A_FRAME and not self.inside_a_frame:
            return None
        phase = next(phase for phase, steps in PHASES.items() if step in steps)
        outcome: Outcome | None = getattr(self, phase)
        return outcome

    def steps(self) -> Iterator[Step]:
        """Where it can happen."""
        return (step for step in Step if self.at(step) is not None)


def scripted(name: str, **outcomes: Any) -> Fault:
    """The fault that the scripted service has by this name."""
    fault = SCRIPTED[name]
    return Fault(fault.description, fault.inject, **outcomes)

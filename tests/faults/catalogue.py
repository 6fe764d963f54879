"""The one list of faults, and of the places where each of them is injected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tests.faults import closes, handshakes, messages, network

if TYPE_CHECKING:
    from tests.faults.fault import Fault, Outcome
    from tests.faults.steps import Step

FAULTS = [*network.FAULTS, *closes.FAULTS, *handshakes.FAULTS, *messages.FAULTS]


class Case(NamedTuple):
    """A fault at a step.

    Attributes:
        secure: Whether the address is ``wss://``.
    """

    fault: Fault
    step: Step
    secure: bool

    @property
    def outcome(self) -> Outcome:
        """What the user gets."""
        outcome = self.fault.at(self.step)
        assert outcome is not None
        return outcome

    @property
    def is_slow(self) -> bool:
        """Whether nothing but a time limit of the client ends it."""
        return self.fault in network.SLOW

    def __str__(self) -> str:
        return f"{self.fault.name}, {self.step.value}{', TLS' if self.secure else ''}"


CASES = [
    Case(fault, step, secure)
    for fault in FAULTS
    for step in fault.steps()
    # What the network does looks different from inside of TLS.
    for secure in ((False, True) if fault in network.FAULTS else (fault.in_place_of_tls,))
]

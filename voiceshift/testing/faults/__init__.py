"""Every fault that a service without TLS can bring upon a client, by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from voiceshift.testing.faults import answers, closes, framing, harmless, messages, network
from voiceshift.testing.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAULTS", "Fault"]

FAULTS: Mapping[str, Fault] = MappingProxyType(
    network.FAULTS
    | closes.FAULTS
    | answers.FAULTS
    | messages.FAULTS
    | framing.FAULTS
    | harmless.FAULTS
)
"""Every fault by its name, for :meth:`ScriptedService.will_fault`."""

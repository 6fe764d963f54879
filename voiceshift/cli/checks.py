"""One finding of ``voiceshift doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.errors import VoiceShiftError

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen
class Check:
    """What was found.

    Attributes:
        name: What was looked at.
        words: What is the case.
        error: What is wrong with it, and what to do; ``None`` where all is well.
        is_advice: Whether nothing is wrong, but something could be better.
    """

    name: str
    words: str
    error: VoiceShiftError | None = None
    is_advice: bool = False


def check(name: str, look: Callable[[], str]) -> Check:
    """Look at something, which may raise what is wrong with it."""
    try:
        return Check(name, look())
    except VoiceShiftError as error:
        return Check(name, "failed", error)

"""Checks of numbers that users give."""

from __future__ import annotations

import math
import operator
from typing import Any

from voiceshift.errors import SettingsError

__all__ = ["check_count", "check_seconds", "check_user_id"]


def check_user_id(value: Any) -> int | None:
    """``value`` as a Discord user id.

    Raises:
        SettingsError: It is not a whole number from 1 to 2**64 - 1. A float is refused even if it
            is whole, since user ids exceed 2**53, from where on floats skip numbers.
    """
    if value is None:
        return None
    try:
        number = int(value) if isinstance(value, str) else operator.index(value)
    except (TypeError, ValueError):
        number = 0
    if isinstance(value, bool) or not 0 < number < 2**64:
        raise SettingsError(
            f"user_id must be a Discord user id, a whole number above 0, not {value!r}"
        )
    return int(number)


def check_seconds(name: str, value: Any) -> None:
    """Refuse what is not a time limit.

    Raises:
        SettingsError: ``value`` is neither ``None`` nor a finite number above 0. NaN compares false
            with everything, so that a deadline made of it would never pass.
    """
    if value is None:
        return
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number and math.isfinite(value) and value > 0):
        raise SettingsError(f"{name} must be seconds above 0, or None for no limit, not {value!r}")


def check_count(name: str, value: Any) -> None:
    """Refuse what is not a count.

    Raises:
        SettingsError: ``value`` is not a whole number above 0.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsError(f"{name} must be a whole number above 0, not {value!r}")

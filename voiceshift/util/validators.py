"""Checks of what users give; those of numbers, NumPy's among them, return one of Python's own."""

from __future__ import annotations

import math
import operator
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from attrs import Attribute, Converter, field

from voiceshift.errors import SettingsError
from voiceshift.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def check_names(kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse keywords that nobody knows.

    Args:
        kind: What they are: ``option``.
        given: The keywords.
        known: Those there are.

    Raises:
        SettingsError: One is unknown; the message has the known ones, and the nearest.
    """
    known = list(known)
    unknown = sorted(set(given).difference(known))
    if not unknown:
        return
    import difflib

    nearest = difflib.get_close_matches(unknown[0], known, 1)
    hint = f". Did you mean {nearest[0]}?" if nearest else ""
    raise SettingsError(
        f"unknown {kind} {', '.join(unknown)}; the {kind}s are {', '.join(known)}{hint}"
    )


def check_user_id(value: Any) -> int | None:
    """``value`` as a Discord user id.

    Raises:
        SettingsError: It is not a whole number from 1 to 2**64 - 1. A float is refused even if it
            is whole, since user ids exceed 2**53, from where on floats skip numbers.
    """
    if value is None:
        return None
    try:
        number = int(value) if isinstance(value, str) else whole_number(value)
    except ValueError:
        number = None
    if number is None or not 0 < number < 2**64:
        # A text may be a token that was put there by mistake.
        given = "another text" if isinstance(value, str) else shortened(value)
        raise SettingsError(
            f"user_id must be a Discord user id, a whole number above 0, not {given}"
        )
    return number


def check_seconds(name: str, value: Any) -> float | None:
    """``value`` as a time limit.

    Raises:
        SettingsError: It is neither ``None`` nor a finite number above 0.
    """
    if value is None:
        return None
    seconds = _finite(value)
    if not seconds > 0:
        raise SettingsError(
            f"{name} must be seconds above 0, or None for no limit, not {shortened(value)}"
        )
    return seconds


def check_not_negative(name: str, value: Any) -> float:
    """``value`` as a finite number.

    Raises:
        SettingsError: It is not one, or below 0.
    """
    number = _finite(value)
    if not number >= 0:
        raise SettingsError(f"{name} must be a number that is not negative, not {shortened(value)}")
    return number


def check_in_range(name: str, value: Any, minimum: float, maximum: float, unit: str) -> float:
    """``value`` as a number from ``minimum`` to ``maximum``.

    Raises:
        SettingsError: It is not one.
    """
    number = _finite(value)
    if not minimum <= number <= maximum:
        raise SettingsError(
            f"{name} must be {unit} from {minimum:g} to {maximum:g}, not {shortened(value)}"
        )
    return number


def check_count(name: str, value: Any, *, minimum: int = 1) -> int:
    """``value`` as a count.

    Raises:
        SettingsError: It is not a whole number, or below ``minimum``.
    """
    number = whole_number(value)
    if number is None or number < minimum:
        wanted = "a whole number above 0" if minimum else "a whole number, 0 or more"
        raise SettingsError(f"{name} must be {wanted}, not {shortened(value)}")
    return number


def check_function(name: str, value: Any) -> None:
    """Refuse what cannot be called.

    Raises:
        SettingsError: It is neither ``None`` nor a function.
    """
    if value is not None and not callable(value):
        raise SettingsError(f"{name} must be a function, not {shortened(value)}")


def whole_number(value: Any) -> int | None:
    """``value`` as an int of Python's own; ``None`` where it is no whole number, or a bool."""
    # Those of NumPy count; its bool does not, though versions before 2 make a number of it.
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    return operator.index(value) if is_whole else None


def _finite(value: Any) -> float:
    """``value`` as a float; NaN, which compares false with everything, where it is not finite."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return math.nan
    return number if math.isfinite(number) else math.nan


def checked_field(check: Callable[[str, Any], Any], default: object, **options: Any) -> Any:
    """A field of a class of attrs whose value is what ``check`` makes of the given one.

    Args:
        check: Called with the field's name and the value.
        default: Of the field.
        **options: Further options of :func:`attrs.field`.
    """

    def convert(value: Any, attribute: Attribute[Any]) -> Any:
        return check(attribute.name, value)

    return field(default=default, converter=Converter(convert, takes_field=True), **options)

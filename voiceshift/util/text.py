"""Texts that others wrote, made fit to be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["listed", "one_line", "quoted"]

_LONGEST = 100  # characters of a name that are shown
_MOST = 20  # names that are listed


def one_line(text: str) -> str:
    r"""``text`` without line breaks and the characters by which it could steer a terminal.

    Example:
        >>> one_line("a service's words\x1b[2J")
        "a service's words [2J"
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def quoted(name: str) -> str:
    """Return ``name`` for a message: quoted, not too long, without control characters.

    >>> quoted("Hello")
    "'Hello'"
    """
    return repr(name if len(name) <= _LONGEST else name[:_LONGEST] + "…")


def listed(names: Iterable[str]) -> str:
    """Return ``names`` for a message, sorted and not too many.

    >>> listed(["b", "a"])
    "'a', 'b'"
    """
    ordered = sorted(names)
    more = [f"and {len(ordered) - _MOST} more"] if len(ordered) > _MOST else []
    return ", ".join([quoted(name) for name in ordered[:_MOST]] + more)

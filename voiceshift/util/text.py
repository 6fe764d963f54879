"""Texts that others wrote, made fit to be shown."""

from __future__ import annotations

__all__ = ["one_line"]


def one_line(text: str) -> str:
    r"""``text`` without line breaks and the characters by which it could steer a terminal.

    Example:
        >>> one_line("a service's words\x1b[2J")
        "a service's words [2J"
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)

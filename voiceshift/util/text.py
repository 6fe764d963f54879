"""Words for people: what others wrote, made fit to be shown, and numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME_LENGTH = 100
"""Characters of a name that are shown."""

MAX_NAMES = 20
"""Names that are listed."""


def one_line(text: str) -> str:
    r"""``text`` without line breaks and the characters by which it could steer a terminal.

    Example:
        >>> one_line("a service's words\x1b[2J")
        "a service's words [2J"
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def encodable(text: str) -> str:
    r"""``text`` with a question mark for what no UTF-8 holds: half a surrogate pair.

    Example:
        >>> encodable("Gr\xfc\xdfe \ud800")
        'Grüße ?'
    """
    return text.encode(errors="replace").decode()


def quoted(name: str) -> str:
    """``name`` for a message: quoted, not too long, without control characters.

    Example:
        >>> quoted("Hello")
        "'Hello'"
    """
    return repr(name if len(name) <= MAX_NAME_LENGTH else name[:MAX_NAME_LENGTH] + "…")


def shortened(value: object) -> str:
    """``repr(value)`` for a message, not too long.

    Example:
        >>> shortened([1, 2])
        '[1, 2]'
    """
    try:
        text = repr(value)
    except ValueError:  # Python 3.11 and later do not print whole numbers of thousands of digits
        return f"{type(value).__name__} of thousands of digits"
    return text if len(text) <= MAX_NAME_LENGTH else text[:MAX_NAME_LENGTH] + "…"


def middle_cut(text: str, length: int) -> str:
    """``text`` without its middle where it is longer than ``length``.

    Example:
        >>> middle_cut("Amazing Grace.mp3", 11)
        'Amazi…e.mp3'
    """
    if len(text) <= length:
        return text
    half = max(1, (length - 1) // 2)
    return f"{text[: length - 1 - half]}…{text[-half:]}"


def readable(name: str) -> str:
    r"""The name of a file without the bytes that are not UTF-8: they are taken for Latin-1.

    Example:
        >>> readable("caf\udce9.wav")
        'café.wav'
    """
    return re.sub("[\udc80-\udcff]", lambda byte: chr(ord(byte[0]) - 0xDC00), name)


def format_names(names: Iterable[str]) -> str:
    """``names`` for a message, sorted and not too many.

    Example:
        >>> format_names(["b", "a"])
        "'a', 'b'"
    """
    ordered = sorted(names)
    more = [f"and {len(ordered) - MAX_NAMES} more"] if len(ordered) > MAX_NAMES else []
    return ", ".join([quoted(name) for name in ordered[:MAX_NAMES]] + more)


def signed(number: int | str) -> str:
    """``number`` with its sign; a word in its place stays.

    Example:
        >>> signed(1), signed(0), signed("auto")
        ('+1', '+0', 'auto')
    """
    return number if isinstance(number, str) else f"{number:+d}"


def counted(number: int, noun: str) -> str:
    """``number`` of what ``noun`` names.

    Example:
        >>> counted(1, "segment"), counted(2, "segment")
        ('1 segment', '2 segments')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clock(seconds: float) -> str:
    """Seconds as a player shows them.

    Example:
        >>> clock(83.6), clock(3723)
        ('1:24', '1:02:03')
    """
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def size_text(size: int) -> str:
    """Bytes for a reader, in powers of ten.

    Example:
        >>> size_text(4000), size_text(12_345_678), size_text(16_000_000_000)
        ('4 kB', '12.3 MB', '16.0 GB')
    """
    if size < 1e6:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"

"""Names that people type: how they are compared, and how they are shown in messages."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["cover_title", "listed", "quoted", "simplified"]

_LONGEST = 100  # characters of a name that are shown
_MOST = 20  # names that are listed


def cover_title(song: str, voice: str, pitch: int) -> str:
    """Return what the cover of a song is called.

    >>> cover_title("Amazing Grace", "tenor", 1)
    'Amazing Grace (tenor, pitch +1)'
    """
    return f"{song} ({voice}, pitch {pitch:+d})"


def simplified(name: str) -> str:
    """Return ``name`` without case, accents and doubled spaces.

    >>> simplified("Beyoncé  - HALO")
    'beyonce - halo'
    """
    # Compatibility caseless matching (Unicode Standard, definition D146): letters such as the
    # mathematical ones have no lower case until they are decomposed.
    folded = unicodedata.normalize("NFKD", name).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.split())


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

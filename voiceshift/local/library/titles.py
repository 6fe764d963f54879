"""Titles: how they are compared with what people type, and what a cover is called."""

from __future__ import annotations

import unicodedata

__all__ = ["cover_title", "normalise"]


def cover_title(song: str, voice: str, pitch: int) -> str:
    """Return what the cover of a song is called.

    >>> cover_title("Amazing Grace", "tenor", 1)
    'Amazing Grace (tenor, pitch +1)'
    """
    return f"{song} ({voice}, pitch {pitch:+d})"


def normalise(name: str) -> str:
    """Return ``name`` without case, accents and doubled spaces.

    >>> normalise("Beyoncé  - HALO")
    'beyonce - halo'
    """
    # Compatibility caseless matching (Unicode Standard, definition D146): letters such as the
    # mathematical ones have no lower case until they are decomposed.
    folded = unicodedata.normalize("NFKD", name).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(plain.split())

"""Titles: how they are compared with what people type, and what a cover is called."""

from __future__ import annotations

import heapq
import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING

from voiceshift.util.text import one_line, signed

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_TITLE_LENGTH = 200
"""Characters of a title that is not the owner's own."""

MAX_COMPARED = 50
"""Titles that are compared letter by letter, which is slow."""


def fit_title(title: str) -> str:
    """Return a stranger's title, made fit to be sent in each message: not too long, one line.

    >>> fit_title("Halo" + chr(10) + "x" * 10_000)[:6]
    'Halo x'
    """
    text = title[:MAX_TITLE_LENGTH].encode(errors="replace").decode()
    return one_line(text) + ("…" if len(title) > MAX_TITLE_LENGTH else "")


def cover_title(song: str, voice: str, pitch: int | str) -> str:
    """Return what the cover of a song is called; a pitch that is yet to be chosen is left out.

    >>> cover_title("Amazing Grace", "tenor", 1)
    'Amazing Grace (tenor, pitch +1)'
    >>> cover_title("Amazing Grace", "tenor", "auto")
    'Amazing Grace (tenor)'
    """
    return f"{song} ({voice})" if pitch == "auto" else f"{song} ({voice}, pitch {signed(pitch)})"


def normalise(name: str) -> str:
    """Return ``name`` without case, accents and doubled spaces.

    >>> normalise("Beyoncé  - HALO")
    'beyonce - halo'
    """
    if name.isascii():  # much faster, and most are
        return " ".join(name.lower().split())
    # Compatibility caseless matching (Unicode Standard, definition D146): letters such as the
    # mathematical ones have no lower case until they are decomposed.
    folded = unicodedata.normalize("NFKD", name).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    plain = "".join([letter for letter in decomposed if not unicodedata.combining(letter)])
    return " ".join(plain.split())


def close_titles(wanted: str, titles: Collection[str]) -> list[str]:
    """Return up to five of ``titles`` that are much like ``wanted``; all of them normalised.

    >>> close_titles("amazng grace", ["amazing grace", "halo"])
    ['amazing grace']
    """
    wanted = wanted[:MAX_TITLE_LENGTH]
    parts = {wanted[start : start + 3] for start in range(min(len(wanted), 60))}

    def shared_parts(title: str) -> int:
        return sum(part in title for part in parts)

    return get_close_matches(wanted, heapq.nlargest(MAX_COMPARED, titles, shared_parts), n=5)

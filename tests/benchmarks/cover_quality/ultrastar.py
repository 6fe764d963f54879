"""Real songs with the notes that are sung in them: folders in the format of UltraStar.

``song.txt`` has headers, ``#NAME:value``, and then a line for each note: a sign, when it begins and
how long it is in beats, its pitch in semitones from C4, and its syllable. A beat lasts a quarter of
what ``#BPM`` says; beats count from ``#GAP`` milliseconds on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEADER = re.compile(r"^#([A-Z0-9]+):(.*)$", re.MULTILINE)
_NOTE = re.compile(r"([:*F])\s*(-?\d+)\s+(\d+)\s+(-?\d+)")  # F: spoken, its pitch means nothing


@frozen
class Note:
    """One sung note.

    Attributes:
        start: When it begins, in seconds.
        end: When it ends, in seconds.
        semitones: Its pitch, counted from C4; the octave is not reliable. ``None`` if it is spoken.
    """

    start: float
    end: float
    semitones: int | None


@frozen
class AnnotatedSong:
    """A song and its notes.

    Attributes:
        title: What it is called.
        audio: The recording.
        notes: What is sung in it, in order.
    """

    title: str
    audio: Path
    notes: list[Note]


def read_folder(folder: Path) -> list[AnnotatedSong]:
    """Read every song below ``folder`` that has a ``song.txt`` and its recording beside it."""
    return [_read(path) for path in sorted(folder.rglob("song.txt"))]


def read_notes(text: str) -> tuple[dict[str, str], list[Note]]:
    """Return headers and notes of a ``song.txt``.

    Raises:
        ValueError: It is of another form: without a tempo, with two singers, or with beats that
            count from each line's beginning.
    """
    headers = {name: value.strip() for name, value in _HEADER.findall(text)}
    if "BPM" not in headers or headers.get("RELATIVE", "no").lower() == "yes" or "\nP2" in text:
        raise ValueError("only songs with #BPM, one singer and absolute beats can be read")
    beat = 60 / (4 * _number(headers["BPM"]))
    gap = _number(headers.get("GAP", "0")) / 1000
    return headers, list(_notes(text, beat, gap))


def _read(path: Path) -> AnnotatedSong:
    headers, notes = read_notes(_text(path))
    name = headers.get("MP3") or headers["AUDIO"]
    return AnnotatedSong(headers.get("TITLE", path.parent.name), path.with_name(name), notes)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:  # the older ones were written on Windows
        return content.decode("cp1252", "replace")


def _notes(text: str, beat: float, gap: float) -> Iterator[Note]:
    for line in text.splitlines():
        if match := _NOTE.match(line):
            sign, start, length, pitch = match[1], int(match[2]), int(match[3]), int(match[4])
            begin = gap + start * beat
            yield Note(begin, begin + length * beat, None if sign == "F" else pitch)


def _number(text: str) -> float:
    return float(text.replace(",", "."))  # some write a decimal comma

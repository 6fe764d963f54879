"""What FFmpeg's messages tell of a file: how long it is by its header, and where it is damaged."""

from __future__ import annotations

import re

from attrs import define, field

PICTURE = re.compile(rb"Video: (?!.*\(attached pic\))")
"""Said of a film, which may be longer than its sound."""

_DURATION = re.compile(rb"  Duration: (\d+):(\d+):([\d.]+)(?:, start: ([\d.]+))?")
# In files of these formats the duration counts what comes before the sound begins.
_FROM_ZERO = re.compile(rb"Input #0, (mov|matroska),")
# In files of this format zeros are padding, which the decoder refuses without a word.
_PADDED = re.compile(rb"Input #0, mp3,")
_UNSURE = re.compile(rb"Estimating duration|" + PICTURE.pattern)
# What the filter `ashowinfo` says of each piece that was decoded, among other messages: it tells
# how far the decoder was when it complained, however far the samples were read by then.
_PIECE = re.compile(rb"rate:(\d+) nb_samples:(\d+) ")
# Said of what a decoder refused, mostly after a message of its own.
_REFUSED = re.compile(rb"Error (while decoding|submitting)")
_NO_FRAME = re.compile(rb"Header missing")
# Said of the headers of chained Opus streams.
_NO_DAMAGE = re.compile(rb"Error parsing the packet header")
# Said of the file's end while much of what was read before is still to be decoded.
_ENDED = re.compile(rb"Input/output error|ended prematurely|partial file|incomplete frame")

_SAME_PLACE = 0.5  # seconds up to which faults are told as one


@define
class FfmpegMessages:
    """What is known from the messages so far, which are added line by line.

    Attributes:
        is_decoding: Whether FFmpeg has read the header, and begins to decode.
        is_cut: Whether the file ends in the middle of something.
        damage: About where it could not be decoded, in seconds.
        strays: The same of what belongs to no frame of an MP3 file: tags, or damage.
    """

    is_decoding: bool = False
    is_cut: bool = False
    damage: list[float] = field(factory=list)
    strays: list[float] = field(factory=list)
    _promised: float | None = None  # seconds
    _is_from_zero: bool = False
    _is_padded: bool = False
    _is_unsure: bool = False
    _decoded: float = 0.0  # seconds
    _is_told: bool = False

    @property
    def duration(self) -> float | None:
        """How long the sound is by the header, in seconds; ``None`` if that does not tell."""
        return None if self._is_unsure else self._promised

    def add(self, line: bytes) -> None:
        """Learn what a line says."""
        if piece := _PIECE.search(line):
            self._decoded += int(piece[2]) / int(piece[1])
        elif self.is_decoding:
            self._add_fault(line)
        else:
            self._add_header(line)

    def _add_header(self, line: bytes) -> None:
        if b"Output #0" in line:
            self.is_decoding = True
        elif _FROM_ZERO.search(line):
            self._is_from_zero = True
        elif _PADDED.search(line):
            self._is_padded = True
        elif _UNSURE.search(line):
            self._is_unsure = True
        elif found := _DURATION.search(line):
            hours, minutes, seconds, start = (float(text or 0) for text in found.groups())
            before = start if self._is_from_zero else 0
            self._promised = 3600 * hours + 60 * minutes + seconds - before

    def _add_fault(self, line: bytes) -> None:
        if _ENDED.search(line):
            self.is_cut = True
        elif _REFUSED.search(line):
            if not self._is_told and not self._is_padded:
                self._note(self.damage)
            self._is_told = False
        elif b"[error]" in line:
            self._is_told = True
            if not _NO_DAMAGE.search(line):
                self._note(self.strays if _NO_FRAME.search(line) else self.damage)

    def _note(self, places: list[float]) -> None:
        if not places or self._decoded > places[-1] + _SAME_PLACE:
            places.append(self._decoded)

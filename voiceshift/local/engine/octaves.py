"""The octave in which a song lies nearest to a voice."""

from __future__ import annotations

from math import copysign, floor, log2
from typing import TYPE_CHECKING, Literal, Union

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Features

Pitch = Union[int, Literal["auto"]]  # noqa: UP007 - evaluated on 3.10
"""Octaves by which the voice moves; ``"auto"`` takes those that bring the song nearest to it."""

AUTO: Literal["auto"] = "auto"

MAX_OCTAVES = 2

MIN_DISTANCE = 0.7
"""Octaves between song and voice from which moving the song by one brings it nearer to the voice.
Half an octave would do by arithmetic. But speakers speak below where they sing, every song sounds
best where it is, and of 24 sung pairs this bound has the better octave for 22, half an octave for
18."""


@frozen
class OctaveChoice:
    """By how many octaves the voice moves in a cover, and by how many it had better.

    Attributes:
        pitch: Octaves by which it moves.
        nearest: Octaves by which the song comes nearest to the voice.
        song_f0: Median F0 of the song, in hertz.
        voice_f0: Median F0 of the voice, in hertz; ``None`` where nobody knows.
        is_automatic: Whether it was not asked for by number.
    """

    pitch: int
    nearest: int
    song_f0: float
    voice_f0: float | None
    is_automatic: bool

    @classmethod
    def of(cls, pitch: Pitch, singing: Features, voice_f0: float | None) -> OctaveChoice:
        """Look at what is sung and at the voice.

        Args:
            pitch: What was asked for.
            singing: The features of what is sung, with a voiced frame at least.
            voice_f0: Median F0 of the voice.
        """
        song_f0 = float(np.median(singing.f0[singing.voiced]))
        if pitch == AUTO:
            nearest = octaves_between(song_f0, voice_f0)
            return cls(nearest, nearest, song_f0, voice_f0, is_automatic=True)
        further = octaves_between(song_f0 * 2.0**pitch, voice_f0)
        nearest = max(-MAX_OCTAVES, min(pitch + further, MAX_OCTAVES))
        return cls(pitch, nearest, song_f0, voice_f0, is_automatic=False)

    def remark(self) -> str:
        """Return what there is to say of it, in words; empty where nothing is."""
        if self.voice_f0 is None:
            why = "nobody knows where this voice lies" if self.is_automatic else ""
            return f"pitch {self.pitch:+d}: {why}" if why else ""
        lie = f"the song lies around {self.song_f0:.0f} Hz, the voice around {self.voice_f0:.0f} Hz"
        if self.is_automatic:
            return f"pitch {self.pitch:+d}: {lie}"
        if self.pitch == self.nearest:
            return ""
        return f"{lie}: pitch {self.nearest:+d} would be nearer to it than {self.pitch:+d}"


def octaves_between(song_f0: float, voice_f0: float | None) -> int:
    """Return by how many octaves a song is to be moved to lie nearest to a voice, -2 to 2.

    >>> octaves_between(220, 121), octaves_between(220, 140)
    (-1, 0)
    """
    if voice_f0 is None:
        return 0
    distance = log2(voice_f0 / song_f0)
    octaves = floor(abs(distance) + 1 - MIN_DISTANCE)
    return int(copysign(min(octaves, MAX_OCTAVES), distance))

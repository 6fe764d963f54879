"""How much is measured."""

from __future__ import annotations

from attrs import frozen


@frozen
class Scale:
    """How much is measured.

    Attributes:
        mixes: Mixes, and backings alone, of each set.
        mix_seconds: How long they are.
        pairs: Pairs of singer and voice of each set.
        singing_seconds: How long each sings; a window of the engine is 10 s.
        seam_seconds: How long each sings where seams are looked at: one every 4 s.
        words: How many words each speaker says.
        short_minutes: Length of the song whose cover is timed.
        long_minutes: Length of one whose cover must not take more memory.
        song_seconds: How much of each real song is used.
    """

    mixes: int
    mix_seconds: float
    pairs: int
    singing_seconds: float
    seam_seconds: float
    words: int
    short_minutes: float
    long_minutes: float
    song_seconds: float


FULL = Scale(4, 30, 4, 35, 120, 47, 4, 40, 90)
QUICK = Scale(1, 15, 1, 25, 40, 20, 1, 2, 40)

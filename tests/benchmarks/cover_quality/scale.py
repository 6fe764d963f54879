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
        words: How many words each speaker says.
        minutes: Lengths of the songs whose memory is measured; the speed is that of the first.
        song_seconds: How much of each real song is used.
    """

    mixes: int
    mix_seconds: float
    pairs: int
    singing_seconds: float
    words: int
    minutes: tuple[float, ...]
    song_seconds: float


FULL = Scale(4, 30, 6, 35, 47, (4, 40), 90)
QUICK = Scale(1, 15, 1, 25, 20, (1, 2), 40)

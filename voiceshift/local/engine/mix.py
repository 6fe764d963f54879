"""The voice and everything else, mixed at levels of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen

from voiceshift.local.engine.limiter import limit
from voiceshift.local.engine.transposition import transposed

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.windows import Window


@frozen
class Mix:
    """How loud voice and accompaniment are.

    Attributes:
        vocals: In decibels; ``None`` leaves the voice out.
        accompaniment: The same for everything else.
        key: Semitones by which the accompaniment is moved.
    """

    vocals: float | None = 0.0
    accompaniment: float | None = 0.0
    key: int = 0

    def sung(self, window: Window, vocals: Samples, sung: Samples) -> Window:
        """Mix a window in which somebody sings.

        Args:
            window: As it is in the song.
            vocals: What is sung in it.
            sung: What is sung in the cover.
        """
        return self._mixed(window, window.samples - vocals, sung)

    def unsung(self, window: Window) -> Window:
        """Mix a window in which nobody sings: all of it is accompaniment."""
        return self._mixed(window, window.samples, None)

    def _mixed(self, window: Window, accompaniment: Samples, sung: Samples | None) -> Window:
        accompaniment = transposed(accompaniment, self.key)
        cover = accompaniment if sung is None else accompaniment + sung
        finished = evolve(window, samples=limit(cover))
        if self.vocals == self.accompaniment == 0:
            return finished
        mixed = accompaniment * _factor(self.accompaniment)
        if sung is not None:
            mixed = mixed + sung * _factor(self.vocals)
        # Crossfaded where the whole cover is, so that two stems add up to it.
        return evolve(window, samples=limit(mixed), guide=finished.samples)


AS_IN_SONG = Mix()
"""Both as loud as they are in the song."""


def _factor(decibels: float | None) -> np.float32:
    return np.float32(0 if decibels is None else 10 ** (decibels / 20))

"""The sounds of a voice, and which of them are nearest to what somebody else sings.

This is voice conversion by nearest neighbours (Baas, van Niekerk and Kamper 2023), on mel-cepstra
in place of a network's features: whatever a singer's frame is to become is mixed from the few
frames of the voice that sound most alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Features, Frames

__all__ = ["Sounds"]

NEIGHBOURS = 4
"""Frames that are mixed: with fewer, words are lost; with more, the voice's own colour."""

COMPARED = slice(1, 21)
"""Coefficients that are compared: neither the loudness nor the fine detail."""

MOMENTS = (-8, -4, 0, 4, 8)
"""Frames around each that are compared along with it: a sound is known by where it comes from."""

MOST_FRAMES = 24_000
"""Two minutes of the voice; more takes time and gains nothing."""

_AT_ONCE = 128  # frames compared in one step, so that the tables of distances stay small

_Half = npt.NDArray[np.float16]
_Single = npt.NDArray[np.float32]


@attrs.frozen(eq=False)
class Sounds:
    """The frames of a voice, ready to be compared. Light to pickle: about 1 MB for each minute.

    Attributes:
        cepstra: Mel-cepstra ``(frames, 40)``.
        aperiodicity: As in :class:`~voiceshift.local.engine.vocoder.Features`.
        voiced: Where there is a voice, ``(frames,)``.
        spread: Standard deviations ``(40,)``; differences count in proportion to them.
    """

    cepstra: _Half
    aperiodicity: _Half
    voiced: npt.NDArray[np.bool_]
    spread: Frames

    @classmethod
    def of(cls, features: Features, spread: Frames) -> Sounds:
        """Take the sounds out of a voice's ``features``."""
        return cls(
            cepstra=features.cepstra[:MOST_FRAMES].astype(np.float16),
            aperiodicity=features.aperiodicity[:MOST_FRAMES].astype(np.float16),
            voiced=features.voiced[:MOST_FRAMES],
            spread=spread,
        )

    def nearest(
        self, cepstra: Frames, voiced: npt.NDArray[np.bool_]
    ) -> tuple[Frames, Frames, npt.NDArray[np.bool_]]:
        """Find what the voice has in the place of each frame of a singer.

        Voiced frames are found for voiced ones, unvoiced for unvoiced.

        Args:
            cepstra: The singer's mel-cepstra ``(frames, 40)``, already near to the voice's.
            voiced: Where the singer has a voice, ``(frames,)``.

        Returns:
            Mel-cepstra and aperiodicity in the voice's own sounds, and where they were found: all
            over, unless the voice has no sounds of that kind.
        """
        sung, own = self._places(cepstra), self._places(self.cepstra)
        values = np.concatenate([self.cepstra, self.aperiodicity], axis=1).astype(np.float32)
        mixed = np.zeros((len(cepstra), values.shape[1]))
        found = np.zeros(len(cepstra), bool)
        for kind in (True, False):
            wanted, there = voiced == kind, self.voiced == kind
            if there.sum() >= NEIGHBOURS:
                mixed[wanted] = _mixed(sung[wanted], own[there], values[there])
                found |= wanted
        return mixed[:, :-1], mixed[:, -1:], found

    def _places(self, cepstra: Frames | _Half) -> _Single:
        """Return where frames lie in the space in which nearness is measured."""
        scaled = (cepstra[:, COMPARED] / self.spread[COMPARED]).astype(np.float32)
        frames = np.arange(len(scaled))
        around = [np.clip(frames + moment, 0, len(scaled) - 1) for moment in MOMENTS]
        return np.concatenate([scaled[index] for index in around], axis=1)


def _mixed(sung: _Single, own: _Single, values: _Single) -> _Single:
    """Return, for each of ``sung``, the mean of the ``values`` of the nearest of ``own``."""
    own_squared = np.square(own).sum(axis=1)
    mixed = np.empty((len(sung), values.shape[1]), np.float32)
    for start in range(0, len(sung), _AT_ONCE):
        part = sung[start : start + _AT_ONCE]
        # |a - b|² = |a|² - 2ab + |b|²: one matrix product in place of a large table of differences.
        squared = part @ own.T
        squared *= -2
        squared += own_squared
        squared += np.square(part).sum(axis=1)[:, None]
        index = np.argpartition(squared, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
        weights = 1 / np.maximum(np.take_along_axis(squared, index, axis=1), 1e-3)
        weights /= weights.sum(axis=1, keepdims=True)
        mixed[start : start + _AT_ONCE] = np.einsum("ij,ijk->ik", weights, values[index])
    return mixed

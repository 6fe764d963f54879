"""The frames of a voice, and which of them are nearest to what somebody else sings.

This is kNN-VC (Baas, van Niekerk and Kamper 2023), on mel-cepstra in place of a network's features:
each frame of the singer is replaced by the mean of the few frames of the voice that are most alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Features, Frames

TOP_K = 4
"""Frames whose mean is taken: with fewer, words are lost; with more, the voice's own timbre."""

COMPARED = slice(1, 21)
"""Coefficients that are compared: neither the loudness nor the fine detail."""

CONTEXT_FRAMES = (-8, -4, 0, 4, 8)
"""Frames around each that are compared along with it: a sound is known by where it comes from."""

MAX_FRAMES = 24_000
"""Two minutes of the voice; more takes time and gains nothing."""

_CHUNK_SIZE = 128  # frames that are compared in one step, so that the tables of distances are small

_Half = npt.NDArray[np.float16]
_Single = npt.NDArray[np.float32]


@frozen(eq=False)
class MatchingSet:
    """The frames of a voice, ready to be compared. Light to pickle: about 1 MB for each minute.

    Attributes:
        cepstra: Mel-cepstra ``(frames, 40)``.
        aperiodicity: As in :class:`~voiceshift.local.engine.vocoder.Features`.
        voiced: Where there is a voice, ``(frames,)``.
        std: Standard deviations ``(40,)``; differences count in proportion to them.
    """

    cepstra: _Half
    aperiodicity: _Half
    voiced: npt.NDArray[np.bool_]
    std: Frames

    @classmethod
    def of(cls, features: Features, std: Frames) -> MatchingSet:
        """Make the matching set of a voice's ``features``."""
        return cls(
            cepstra=features.cepstra[:MAX_FRAMES].astype(np.float16),
            aperiodicity=features.aperiodicity[:MAX_FRAMES].astype(np.float16),
            voiced=features.voiced[:MAX_FRAMES],
            std=std,
        )

    def match(
        self, cepstra: Frames, voiced: npt.NDArray[np.bool_]
    ) -> tuple[Frames, Frames, npt.NDArray[np.bool_]]:
        """Match each frame of a singer with those of the voice: voiced with voiced frames only.

        Args:
            cepstra: The singer's mel-cepstra ``(frames, 40)``, already near to the voice's.
            voiced: Where the singer has a voice, ``(frames,)``.

        Returns:
            The voice's mel-cepstra and aperiodicity for each frame, and which frames have a match:
            all, unless the voice has too few of that kind.
        """
        query, keys = self._embed(cepstra), self._embed(self.cepstra)
        values = np.concatenate([self.cepstra, self.aperiodicity], axis=1).astype(np.float32)
        matched = np.zeros((len(cepstra), values.shape[1]))
        has_match = np.zeros(len(cepstra), bool)
        for kind in (True, False):
            wanted, own = voiced == kind, self.voiced == kind
            if own.sum() >= TOP_K:
                matched[wanted] = _mean_of_nearest(query[wanted], keys[own], values[own])
                has_match |= wanted
        return matched[:, :-1], matched[:, -1:], has_match

    def _embed(self, cepstra: Frames | _Half) -> _Single:
        """Return frames with their context, scaled to the space in which distances are measured."""
        scaled = (cepstra[:, COMPARED] / self.std[COMPARED]).astype(np.float32)
        frames = np.arange(len(scaled))
        context = [np.clip(frames + offset, 0, len(scaled) - 1) for offset in CONTEXT_FRAMES]
        return np.concatenate([scaled[index] for index in context], axis=1)


def _mean_of_nearest(query: _Single, keys: _Single, values: _Single) -> _Single:
    """Return, for each of ``query``, the weighted mean of the ``values`` of the nearest ``keys``.

    Weights are inverse squared distances.
    """
    keys_squared = np.square(keys).sum(axis=1)
    means = np.empty((len(query), values.shape[1]), np.float32)
    for start in range(0, len(query), _CHUNK_SIZE):
        chunk = query[start : start + _CHUNK_SIZE]
        # |a - b|² = |a|² - 2ab + |b|²: one matrix product in place of a large table of differences.
        squared = chunk @ keys.T
        squared *= -2
        squared += keys_squared
        squared += np.square(chunk).sum(axis=1)[:, None]
        index = np.argpartition(squared, TOP_K - 1, axis=1)[:, :TOP_K]
        weights = 1 / np.maximum(np.take_along_axis(squared, index, axis=1), 1e-3)
        weights /= weights.sum(axis=1, keepdims=True)
        means[start : start + _CHUNK_SIZE] = np.einsum("ij,ijk->ik", weights, values[index])
    return means

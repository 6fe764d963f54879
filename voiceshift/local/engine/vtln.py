"""Spectra as a longer or a shorter vocal tract would have them.

A vocal tract that is shorter by a tenth has its resonances, the formants, a tenth higher. So one
factor, the warp, brings the vowels of one person near to those of another (Lee and Rose 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import vocoder

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Frames

__all__ = ["WARPS", "find_warp", "warped"]

WARPS = np.arange(0.82, 1.23, 0.04)
"""Vocal tract ratios that are tried: from a child's to a bass's, and the other way round."""

SOURCE_FRAMES, TARGET_FRAMES = 400, 2000
"""Frames that are compared in search of the warp; time grows by the product of both."""

_AT_ONCE = 256  # frames that are warped in one step

COMPARED = slice(1, 20)
"""Coefficients that are compared: neither the loudness nor the fine detail."""


def find_warp(source: Frames, target: Frames) -> float:
    """Return the warp after which mel-cepstra of the source lie closest to some of the target.

    Both are compared without their means and spreads, which recordings have from their rooms and
    microphones too. With them, the warp that evens these out would win, whatever it does to vowels.
    """
    source, target = _thinned(source, SOURCE_FRAMES), _thinned(target, TARGET_FRAMES)
    own = _standardised(target)
    distances = [_mean_nearest_distance(_standardised(warped(source, warp)), own) for warp in WARPS]
    return float(WARPS[np.argmin(distances)])


def warped(cepstra: Frames, warp: float) -> Frames:
    """Return mel-cepstra of the envelopes stretched along the linear frequency axis.

    Args:
        cepstra: Mel-cepstra ``(frames, 40)``.
        warp: Factor by which frequencies are stretched; above 1 formants rise.
    """
    # Some frames at a time: envelopes are a dozen times as large as their mel-cepstra.
    parts = np.split(cepstra, range(_AT_ONCE, len(cepstra), _AT_ONCE))
    return np.concatenate([_warped(part, warp) for part in parts])


def _warped(cepstra: Frames, warp: float) -> Frames:
    log_envelope = np.log(vocoder.decode(cepstra))
    bins = log_envelope.shape[1]
    position = np.minimum(np.arange(bins) / warp, bins - 1)
    below = np.minimum(position.astype(int), bins - 2)
    share = position - below
    stretched = (1 - share) * log_envelope[:, below] + share * log_envelope[:, below + 1]
    return vocoder.encode(np.exp(stretched))


def _thinned(frames: Frames, count: int) -> Frames:
    """Return at most ``count`` frames, evenly spread."""
    if len(frames) <= count:
        return frames
    return np.asarray(frames[np.linspace(0, len(frames) - 1, count).astype(int)])


def _standardised(frames: Frames) -> Frames:
    """Return ``frames`` with mean 0 and spread 1 in each coefficient."""
    return np.asarray((frames - frames.mean(axis=0)) / np.maximum(frames.std(axis=0), 1e-6))


def _mean_nearest_distance(source: Frames, target: Frames) -> float:
    a = source[:, COMPARED].astype(np.float32)
    b = target[:, COMPARED].astype(np.float32)
    # |a - b|² = |a|² - 2ab + |b|²: one matrix product in place of a large table of differences.
    squared = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())

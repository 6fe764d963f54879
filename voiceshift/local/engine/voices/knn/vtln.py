"""Vocal tract length normalisation: spectra as a longer or shorter vocal tract would have them.

A vocal tract that is shorter by a tenth has its resonances, the formants, a tenth higher. So one
factor, the warp, brings the vowels of one person near to those of another (Lee and Rose 1996).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine.vocoder import interpolate_rows, to_cepstra, to_envelope

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Frames

WARPS = np.arange(0.82, 1.23, 0.04)
"""Factors that are tried: from a child's vocal tract to a bass's, and the other way round."""

SOURCE_FRAMES, TARGET_FRAMES = 400, 2000
"""Frames that are compared in search of the warp; time grows by the product of both."""

COMPARED = slice(1, 20)
"""Coefficients that are compared: neither the loudness nor the fine detail."""

_CHUNK_SIZE = 256  # frames that are warped in one step


def find_warp(source: Frames, target: Frames) -> float:
    """Return the warp after which mel-cepstra of the source lie closest to some of the target.

    Both are standardised first: their means and standard deviations come from the room and the
    microphone, too, and the warp that evens these out would win, whatever it does to vowels.
    """
    source, target = _thinned(source, SOURCE_FRAMES), _thinned(target, TARGET_FRAMES)
    own = _standardised(target)
    distances = [
        _mean_nearest_distance(_standardised(apply_warp(source, warp)), own) for warp in WARPS
    ]
    return float(WARPS[np.argmin(distances)])


def apply_warp(cepstra: Frames, warp: float) -> Frames:
    """Return mel-cepstra with all frequencies times ``warp``: above 1, formants rise."""
    # In chunks: envelopes are a dozen times as large as their mel-cepstra.
    chunks = np.split(cepstra, range(_CHUNK_SIZE, len(cepstra), _CHUNK_SIZE))
    return np.concatenate([_warped(chunk, warp) for chunk in chunks])


def _warped(cepstra: Frames, warp: float) -> Frames:
    log_envelope = np.log(to_envelope(cepstra)).T
    positions = np.arange(len(log_envelope)) / warp
    return to_cepstra(np.exp(interpolate_rows(log_envelope, positions).T))


def _thinned(frames: Frames, count: int) -> Frames:
    """Return at most ``count`` frames, evenly spread."""
    if len(frames) <= count:
        return frames
    return np.asarray(frames[np.linspace(0, len(frames) - 1, count).astype(int)])


def _standardised(frames: Frames) -> Frames:
    return np.asarray((frames - frames.mean(axis=0)) / np.maximum(frames.std(axis=0), 1e-6))


def _mean_nearest_distance(source: Frames, target: Frames) -> float:
    a = source[:, COMPARED].astype(np.float32)
    b = target[:, COMPARED].astype(np.float32)
    # |a - b|² = |a|² - 2ab + |b|²: one matrix product in place of a large table of differences.
    squared = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())

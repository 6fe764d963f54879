"""Peaks turned down before they clip."""

from __future__ import annotations

import numpy as np

from voiceshift.local.engine.samples import SONG_RATE, Samples

CEILING = 0.9
"""Largest sample that is left, as a share of full scale; encoding to Vorbis adds a little."""

_STEP = SONG_RATE // 200  # frames over which the gain moves: 5 ms, too short to be heard as a fade


def limit(samples: Samples) -> Samples:
    """Turn stereo ``samples`` down around their peaks, so that none exceeds the ceiling.

    The gain follows the peaks within 5 ms and needs no history: where windows overlap, they are
    limited alike. Samples without such peaks stay as they are.
    """
    steps = -(-len(samples) // _STEP)
    peaks = np.abs(np.pad(samples, ((0, steps * _STEP - len(samples)), (0, 0))))
    highest = np.pad(peaks.reshape(steps, -1).max(axis=1), 1)
    # A sample lies between the centres of two steps, its own and a neighbour's. With the gain of
    # each step safe for both its neighbours, what is interpolated is safe too.
    around = np.maximum(np.maximum(highest[:-2], highest[2:]), highest[1:-1])
    gains = CEILING / np.maximum(around, CEILING)
    centres = (np.arange(steps) + 0.5) * _STEP
    gain = np.interp(np.arange(len(samples)), centres, gains)
    return np.asarray(samples * gain.astype(np.float32)[:, None])

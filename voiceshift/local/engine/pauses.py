"""Recordings without the waiting between sentences."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceshift.local.engine.samples import VOICE_RATE, Samples

__all__ = ["drop_pauses"]

_FRAME = VOICE_RATE // 100  # samples whose level is taken together: 10 ms
_LONGEST_PAUSE = 25  # frames that still belong to speech: 0.25 s
_SILENCE = 1e-4  # power against the loud parts: 40 dB less
_DIGITAL_SILENCE = 1e-8  # power of -80 dB full scale, where nothing was recorded


def drop_pauses(samples: Samples) -> Samples:
    """Return ``samples`` (mono, 16 kHz) without the silences that are longer than 0.25 s."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME)
    if not len(frames):
        return samples[:0]
    power = np.square(frames).mean(axis=1)
    silent = power < max(_SILENCE * np.percentile(power, 95), _DIGITAL_SILENCE)
    return frames[~_long_runs(silent, _LONGEST_PAUSE)].ravel()


def _long_runs(flags: npt.NDArray[np.bool_], longest: int) -> npt.NDArray[np.bool_]:
    """Return ``flags`` without the runs that are not longer than ``longest``."""
    edges = np.flatnonzero(np.diff(flags, prepend=False, append=False))
    result = np.zeros_like(flags)
    for start, end in edges.reshape(-1, 2):
        result[start:end] = end - start > longest
    return result

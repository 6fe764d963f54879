"""Sound as arrays of samples: their rates, and their channels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr  # type: ignore[import-untyped]

__all__ = ["MAX_CHANNELS", "SONG_RATE", "VOICE_RATE", "Samples", "resample", "to_mono", "to_stereo"]

Samples = npt.NDArray[np.float32]
"""32-bit floats, full scale ±1: ``(frames,)`` for mono, ``(frames, channels)`` for others."""

SONG_RATE = 44_100
"""Rate of songs and covers, in hertz."""

VOICE_RATE = 16_000
"""Rate at which voices are analysed and synthesised, in hertz."""

_LEFT, _RIGHT, _BOTH, _NONE = (1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.0, 0.0)
_BACK_LEFT, _BACK_RIGHT = (0.5**0.5, 0.0), (0.0, 0.5**0.5)

# The order of the channels is that of WAV and FLAC files (RFC 9639, section 9.1.3). The weights are
# those of Recommendation ITU-R BS.775, which leaves the channel for low frequencies out.
_LAYOUTS = {
    3: (_LEFT, _RIGHT, _BOTH),
    4: (_LEFT, _RIGHT, _BACK_LEFT, _BACK_RIGHT),
    5: (_LEFT, _RIGHT, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    6: (_LEFT, _RIGHT, _BOTH, _NONE, _BACK_LEFT, _BACK_RIGHT),
    7: (_LEFT, _RIGHT, _BOTH, _NONE, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    8: (_LEFT, _RIGHT, _BOTH, _NONE, _BACK_LEFT, _BACK_RIGHT, _BACK_LEFT, _BACK_RIGHT),
}

MAX_CHANNELS = max(_LAYOUTS)
"""A file with more is a multitrack recording, not a mix for listening."""


def to_stereo(samples: Samples) -> Samples:
    """Return ``(frames, 2)`` from ``(frames, channels)``, at most 8 of them.

    Mono goes to both sides. Of more than two channels each side is a weighted mean, which cannot
    clip.
    """
    channels = samples.shape[1]
    if channels == 2:
        return samples
    if channels == 1:
        return np.repeat(samples, 2, axis=1)
    weights = np.array(_LAYOUTS[channels], np.float32)
    return np.asarray(samples @ (weights / weights.sum(axis=0)))


def to_mono(stereo: Samples) -> Samples:
    """Return the mean of both channels."""
    # Adding columns is faster than a mean along an axis of length two.
    return (stereo[:, 0] + stereo[:, 1]) / np.float32(2)


def resample(samples: Samples, rate: int, to_rate: int, length: int | None = None) -> Samples:
    """Return mono ``samples`` at another rate, cut or padded with silence to ``length``."""
    resampled = np.asarray(soxr.resample(samples, rate, to_rate), np.float32)
    if length is None:
        return resampled
    return np.pad(resampled[:length], (0, max(0, length - len(resampled))))

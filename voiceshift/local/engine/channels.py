"""Any number of channels brought to two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voiceshift.local.engine.reader import Samples

__all__ = ["MOST_CHANNELS", "to_stereo"]

_LEFT, _RIGHT, _BOTH, _NONE = (1.0, 0.0), (0.0, 1.0), (0.5**0.5, 0.5**0.5), (0.0, 0.0)
_BACK_LEFT, _BACK_RIGHT = (0.5**0.5, 0.0), (0.0, 0.5**0.5)

# Who plays where is as in WAV and FLAC files (RFC 9639, section 9.1.3); how much of it is heard on
# which side is as in Recommendation ITU-R BS.775, which leaves the channel for low frequencies out.
_LAYOUTS = {
    3: (_LEFT, _RIGHT, _BOTH),
    4: (_LEFT, _RIGHT, _BACK_LEFT, _BACK_RIGHT),
    5: (_LEFT, _RIGHT, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    6: (_LEFT, _RIGHT, _BOTH, _NONE, _BACK_LEFT, _BACK_RIGHT),
    7: (_LEFT, _RIGHT, _BOTH, _NONE, _BOTH, _BACK_LEFT, _BACK_RIGHT),
    8: (_LEFT, _RIGHT, _BOTH, _NONE, _BACK_LEFT, _BACK_RIGHT, _BACK_LEFT, _BACK_RIGHT),
}

MOST_CHANNELS = max(_LAYOUTS)
"""A file with more is no mix for listening, but a recording of many tracks."""


def to_stereo(samples: Samples) -> Samples:
    """Return ``(frames, 2)`` from ``(frames, channels)``, at most 8 of them.

    Mono is put on both sides. Of more channels than two each side gets a weighted mean, so that the
    loudest they can be together does not clip.
    """
    channels = samples.shape[1]
    if channels == 2:
        return samples
    if channels == 1:
        return np.repeat(samples, 2, axis=1)
    weights = np.array(_LAYOUTS[channels], np.float32)
    return np.asarray(samples @ (weights / weights.sum(axis=0)))

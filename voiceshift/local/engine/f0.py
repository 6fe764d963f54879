"""The fundamental frequency (F0) of a voice, by the SwiftF0 network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import swift_f0

from voiceshift.local.engine.samples import VOICE_RATE

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

MIN_F0 = 55.0
"""Lowest F0 that is looked for, in hertz: the A below a bass's range."""

MAX_F0 = 1000.0
"""Highest F0 that is looked for, in hertz: about a soprano's high B."""

MIN_CONFIDENCE = 0.25
"""Confidence from which a frame counts as voiced. SwiftF0 means 0.5 for a voice by itself. Under an
accompaniment it is less confident, and a frame it misses keeps the singer's own timbre; where
nobody sings in separated vocals, a lower bound takes hardly more for a voice."""


def estimate_f0(
    samples: Samples, times: npt.NDArray[np.float64], min_confidence: float = MIN_CONFIDENCE
) -> npt.NDArray[np.float64]:
    """Return the F0 of a voice at each of ``times``, in hertz; 0 where there is no voice.

    Args:
        samples: Mono, at 16 kHz.
        times: In seconds.
        min_confidence: How sure the network must be that there is a voice, 0 to 1.
    """
    found = _detector().detect(samples, VOICE_RATE, MIN_F0, MAX_F0)
    voiced = found.confidence >= min_confidence
    if not voiced.any():
        return np.zeros(len(times))
    # Pitch is heard on a logarithmic scale, so that is where it is interpolated.
    log_f0 = np.interp(times, found.timestamps[voiced], np.log(found.pitch_hz[voiced]))
    is_voiced = np.interp(times, found.timestamps, voiced.astype(float)) >= 0.5
    return np.where(is_voiced, np.exp(log_f0), 0.0)


@cache
def _detector() -> swift_f0.SwiftF0:
    # One thread: covers run side by side, and idle threads of the network would spin.
    return swift_f0.SwiftF0(threads=1)

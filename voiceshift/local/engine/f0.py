"""The fundamental frequency (F0) of a voice, by the SwiftF0 network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import swift_f0

from voiceshift.local.engine.samples import VOICE_RATE, rms

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

MIN_F0 = 55.0
"""Lowest F0 that is looked for, in hertz: the A below a bass's range."""

MAX_F0 = swift_f0.FMAX
"""Highest F0 that is looked for, in hertz: 2094, a soprano's highest C. The network knows no higher
one."""

HIGH_F0 = 1000.0
"""F0 above which the network takes whispers and whistling echoes for a voice, in hertz, though it
is not sure of them."""

HIGH_CONFIDENCE = 0.94
"""Confidence that a note above that must reach somewhere. Of notes up there in mixes 97 % do, and
hardly anything does that is found in music without a singer."""

MIN_CONFIDENCE = 0.25
"""Confidence from which a frame counts as voiced. SwiftF0 means 0.5 for a voice by itself. Under an
accompaniment it is less confident, and a frame it misses keeps the singer's own timbre; where
nobody sings in separated vocals, a lower bound takes hardly more for a voice."""

LEVEL = 0.15
"""Root mean square that sound is scaled to, -16.5 dBFS: about that of songs. Of what is softer the
network finds less."""

SILENCE = 1e-5
"""Root mean square, -100 dBFS, up to which sound is silence with noise, and is scaled no further.
"""


def estimate_f0(
    samples: Samples,
    times: npt.NDArray[np.float64],
    min_confidence: float = MIN_CONFIDENCE,
    level: float | None = None,
) -> npt.NDArray[np.float64]:
    """Return the F0 of a voice at each of ``times``, in hertz; 0 where there is no voice.

    The result does not depend on the level of the sound.

    Args:
        samples: Mono, at 16 kHz.
        times: In seconds.
        min_confidence: How sure the network must be that there is a voice, 0 to 1.
        level: Root mean square of the song that the voice is part of: what is far below it is no
            voice. ``None`` takes that of ``samples``.
    """
    found = _detector().detect(_scaled(samples, level), VOICE_RATE, MIN_F0, MAX_F0)
    voiced = _is_voice(found, min_confidence)
    if not voiced.any():
        return np.zeros(len(times))
    # Pitch is heard on a logarithmic scale, so that is where it is interpolated.
    log_f0 = np.interp(times, found.timestamps[voiced], np.log(found.pitch_hz[voiced]))
    is_voiced = np.interp(times, found.timestamps, voiced.astype(float)) >= 0.5
    return np.where(is_voiced, np.exp(log_f0), 0.0)


def _scaled(samples: Samples, level: float | None) -> Samples:
    return samples * np.float32(LEVEL / max(rms(samples) if level is None else level, SILENCE))


def _is_voice(found: swift_f0.PitchResult, min_confidence: float) -> npt.NDArray[np.bool_]:
    """Return which frames are voiced; of high notes the network must be sure somewhere."""
    voiced = np.asarray(found.confidence >= min_confidence)
    high = voiced & (found.pitch_hz > HIGH_F0)
    edges = np.flatnonzero(np.diff(high, prepend=False, append=False))
    for start, end in edges.reshape(-1, 2):
        voiced[start:end] = found.confidence[start:end].max() >= HIGH_CONFIDENCE
    return voiced


@cache
def _detector() -> swift_f0.SwiftF0:
    # One thread: covers run side by side, and idle threads of the network would spin.
    return swift_f0.SwiftF0(threads=1)

"""The sound of a voice in place of the singer: as loud, on the same side, silent in pauses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine.loudness import a_weighted_rms
from voiceshift.local.engine.samples import SONG_RATE, resample
from voiceshift.local.engine.voices.rvc.features import FRAMES_PER_SECOND
from voiceshift.local.engine.windows import GUARD

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.windows import AnalysedWindow

SONG_FRAME = SONG_RATE // FRAMES_PER_SECOND
"""Samples of a frame of 10 ms in the song."""

SMOOTHING = np.hanning(12)[1:-1] / np.hanning(12).sum()
"""Weights of neighbouring frames: a level is that of 0.1 s."""

GATE = (-55.0, -40.0)
"""Decibels below the singing's level at which the voice is silent, and from which it is there."""

GAIN_ABOVE = 0.7
"""Gain of the singer's own sound above what the voice reaches, as with voices of other kinds."""

UNHEARD = GUARD // SONG_FRAME - 10
"""Frames at both ends of a window that are not heard, since its neighbours have them, too."""


def heard_frames(window: AnalysedWindow) -> slice:
    """Return the frames of 10 ms from the first to the last in which the voice is heard.

    Nothing else of it need be made: not what is silent, and not the ends of the window.
    """
    level = _level(_power(window.vocals))
    (frames,) = np.nonzero(level > GATE[0])
    first = 0 if window.window.start == 0 else UNHEARD
    last = len(level) - (0 if window.window.is_last else UNHEARD)
    if not len(frames):
        return slice(first, first + 1)
    start = min(max(first, int(frames[0]) - 1), last - 1)
    return slice(start, max(min(last, int(frames[-1]) + 2), start + 1))


def placed(sound: Samples, rate: int, heard: slice, window: AnalysedWindow) -> Samples:
    """Return the sound of a voice in place of the vocals of a window, stereo at 44.1 kHz.

    Args:
        sound: What the voice sings in the frames that are heard, mono.
        rate: Its rate, in hertz.
        heard: Those frames.
        window: The window.
    """
    vocals = window.vocals
    place = slice(heard.start * SONG_FRAME, min(heard.stop * SONG_FRAME, len(vocals)))
    sung = resample(sound, rate, SONG_RATE, place.stop - place.start)
    sung *= _per_sample(_gate(_power(vocals)), len(vocals))[place]
    sung *= np.float32(a_weighted_rms(vocals[place]) / max(a_weighted_rms(sung), 1e-9))
    result = _air(vocals, rate)
    result[place] += sung[:, None] * _sides(vocals)[place]
    return result


def _power(samples: Samples) -> Samples:
    """Return the power of each frame of 10 ms, smoothed: the mean of all channels."""
    steps = -(-len(samples) // SONG_FRAME)
    power = np.square(samples).reshape(len(samples), -1).mean(axis=1)
    blocks = np.pad(power, (0, steps * SONG_FRAME - len(samples))).reshape(steps, SONG_FRAME)
    return np.asarray(np.convolve(blocks.mean(axis=1), SMOOTHING, mode="same"), np.float32)


def _per_sample(values: Samples, frames: int) -> Samples:
    places = (np.arange(len(values)) + 0.5) * SONG_FRAME
    return np.interp(np.arange(frames), places, values).astype(np.float32)


def _level(power: Samples) -> Samples:
    """Return levels in decibels; that of loud singing is 0."""
    loud = max(float(np.percentile(power, 95)), 1e-12)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-18) / loud))


def _gate(power: Samples) -> Samples:
    """Return gains of 0 where the singer is silent, whom a voice would answer with a hiss."""
    return np.asarray(np.interp(_level(power), GATE, (0.0, 1.0)), np.float32)


def _sides(vocals: Samples) -> Samples:
    """Return gains for both channels, ``(frames, 2)``: 1 and 1 for a singer in the middle."""
    left, right = _power(vocals[:, 0]), _power(vocals[:, 1])
    total = np.maximum(left + right, 1e-12)
    gains = [_per_sample(np.sqrt(2 * side / total), len(vocals)) for side in (left, right)]
    return np.stack(gains, axis=1)


def _air(vocals: Samples, rate: int) -> Samples:
    """Return what the singer has above the frequencies that the voice reaches."""
    if rate >= SONG_RATE:
        return np.zeros_like(vocals)
    below = [
        resample(resample(channel, SONG_RATE, rate), rate, SONG_RATE, len(vocals))
        for channel in np.ascontiguousarray(vocals.T)
    ]
    return np.float32(GAIN_ABOVE) * (vocals - np.stack(below, axis=1))

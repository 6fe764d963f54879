"""Whether recordings sound like one person alone: what can be told from their features.

A voice is never still: within 25 ms its pitch moves by more than 5 cents in nine frames out of ten,
and singing without vibrato still does in four out of ten. Instruments mostly hold their pitch, and
those that are plucked or struck only become softer after each attack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND

if TYPE_CHECKING:
    import numpy.typing as npt

    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features

    Levels = npt.NDArray[np.float64]
    """Of each frame, in decibels."""

MAX_STEADY = 0.7
"""Share of the voiced frames that may hold their pitch. Speech has .03 to .10, singing .06 to .19,
slow singing without vibrato up to .61; single instruments mostly have more, up to 1."""

MAX_STEADY_PLUCKED = 0.35
"""The same where most frames become softer."""

MIN_FALLING = 0.75
"""Share of the voiced frames that become softer, from which on something is plucked. Voices have up
to .68, plucked strings and pianos .76 to .94."""

MIN_MUSIC = 0.2
"""Share of the voiced frames that hold their pitch, from which on there may be music behind a
voice: whole songs have .20 to .41."""

MIN_REGISTERS = 8.0
"""Semitones between the low and the high phrases, from which on there may be two speakers. One
alone has 2 to 8, two whose voices are an octave apart 11 to 13."""

MAX_SPEECH = 0.12
"""Share of the frames that hold their pitch up to which somebody speaks. A singer may have two
registers."""

_STEADY_CENTS = 5.0
_STEP = FRAMES_PER_SECOND // 40  # frames: 25 ms
_MIN_RUN = FRAMES_PER_SECOND // 10  # frames of a voiced sound that is looked at
_FALL = FRAMES_PER_SECOND * 3 // 100  # frames: 30 ms
_LOUD = 30.0  # decibels below the loudest frames
_PHRASE = FRAMES_PER_SECOND  # frames, of which the median is a phrase's pitch
_MIN_SHARE = 0.15  # of the phrases that make up a register


def is_instrument(features: Features, levels: Levels) -> bool:
    """Return whether this is rather an instrument or a machine than a voice.

    Args:
        features: Of all recordings.
        levels: What :func:`frame_levels` tells of them.
    """
    is_plucked = falling_share(features, levels) >= MIN_FALLING
    return steady_share(features) >= (MAX_STEADY_PLUCKED if is_plucked else MAX_STEADY)


def doubts(features: Features) -> list[str]:
    """Return, in words, what may be in recordings beside one person alone."""
    found = []
    steady = steady_share(features)
    if steady >= MIN_MUSIC:
        found.append(
            f"{steady:.0%} of their tones are as steady as those of instruments: if there is music "
            "behind it, use others"
        )
    if steady <= MAX_SPEECH and (pitches := registers(features)):
        low, high = pitches
        found.append(
            f"it speaks at about {low:.0f} Hz in parts and at {high:.0f} Hz in others: if these "
            "are two people, use one of them alone"
        )
    return found


def steady_share(features: Features) -> float:
    """Return the share of voiced frames that hold their pitch."""
    steps = [np.zeros(0)]
    edges = np.flatnonzero(np.diff(features.voiced, prepend=False, append=False))
    for start, end in edges.reshape(-1, 2):
        if end - start >= _MIN_RUN:
            cents = 1200 * np.log2(features.f0[start:end])
            steps.append(np.abs(cents[_STEP:] - cents[:-_STEP]))
    return _mean(np.concatenate(steps) < _STEADY_CENTS)


def frame_levels(samples: Samples, features: Features) -> Levels:
    """Return the level of each frame, in decibels."""
    size = VOICE_RATE // FRAMES_PER_SECOND
    frames = np.zeros((len(features.f0), size))
    count = min(len(samples) // size, len(frames))
    frames[:count] = samples[: count * size].reshape(-1, size)
    smooth = np.hanning(9) / np.hanning(9).sum()
    power = np.convolve(np.square(frames).mean(axis=1), smooth, "same")
    return np.asarray(10 * np.log10(power + 1e-12))


def falling_share(features: Features, levels: Levels) -> float:
    """Return the share of voiced frames that become softer, of those that are loud enough."""
    loud = features.voiced & (levels > np.percentile(levels, 95) - _LOUD)
    return _mean((levels[_FALL:] < levels[:-_FALL])[loud[_FALL // 2 : -_FALL // 2]])


def registers(features: Features) -> tuple[float, float] | None:
    """Return the pitches of the low and the high phrases, in hertz, if they are far apart."""
    pitches = np.sort([np.median(f0[f0 > 0]) for f0 in _phrases(features.f0)])
    semitones = 12 * np.log2(pitches)
    few = max(1, round(_MIN_SHARE * len(pitches)))
    best, registers = 0.0, None
    for split in range(few, len(pitches) - few + 1):
        low, high = semitones[:split], semitones[split:]
        spread = np.sqrt((low.var() * len(low) + high.var() * len(high)) / len(pitches))
        apart = high.mean() - low.mean()
        if apart / max(spread, 0.3) > best:
            best = apart / max(spread, 0.3)
            is_far = apart >= MIN_REGISTERS
            registers = (pitches[:split], pitches[split:]) if is_far else None
    return registers and (float(np.median(registers[0])), float(np.median(registers[1])))


def _phrases(f0: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    phrases = f0[: len(f0) // _PHRASE * _PHRASE].reshape(-1, _PHRASE)
    return [phrase for phrase in phrases if (phrase > 0).mean() >= 0.2]


def _mean(shares: npt.NDArray[np.bool_]) -> float:
    return float(shares.mean()) if len(shares) else 0.0

"""What a voice is told of a window: its inputs, frame by frame.

A frame is 10 ms. Frames are counted from the beginning of the song, and whatever is random is drawn
by that count: so a cover is the same each time, and where two windows overlap, both agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Frames

FRAMES_PER_SECOND = 100

BLOCK = 100
"""Frames whose noise is drawn at a time."""

MIN_PITCH, MAX_PITCH, STEPS = 50.0, 1100.0, 254
"""The pitches that are told apart: in hertz, and how many steps there are between them."""

CUTOFF, ORDER = 48.0, 5
"""Of the high-pass filter, in hertz; it is gone through twice, forwards and backwards."""

NOISE, BREATH = 0, 1
"""Which random numbers: those of the latent and those of the source differ."""


def pitch_steps(f0: Frames) -> npt.NDArray[np.int64]:
    """Return pitches as steps of the mel scale, 1 to 255; unvoiced frames, at 0 Hz, are 1."""
    low, high = _mel(np.array([MIN_PITCH, MAX_PITCH]))
    steps = (_mel(f0) - low) * STEPS / (high - low) + 1
    return np.asarray(np.rint(np.clip(steps, 1, STEPS + 1)), np.int64)


def phases(f0: Frames) -> Frames:
    """Return the phase of a sine at the beginning of each frame, in periods, 0 to 1.

    It begins again wherever a voice does, which nobody hears; then two windows agree on it from the
    first pause on that both have.
    """
    total = np.concatenate([[0.0], np.cumsum(f0)]) / FRAMES_PER_SECOND
    voiced = f0 > 0
    begins = voiced & ~np.concatenate([[False], voiced[:-1]])
    onset = np.maximum.accumulate(np.where(begins, np.arange(len(f0)), 0))
    return np.asarray((total[:-1] - total[onset]) % 1)


def noise(first: int, frames: int, channels: int) -> Samples:
    """Return the noise of the latent, ``(frames, channels)``, from frame ``first`` of the song."""
    return _drawn(NOISE, first, frames, channels)


def breath(first: int, frames: int, samples: int) -> Samples:
    """Return the noise of the source, ``(frames, samples)``, from frame ``first`` of the song."""
    return _drawn(BREATH, first, frames, samples)


def high_pass(samples: Samples, rate: int) -> Samples:
    """Return ``samples`` without what is below the voice, by a Butterworth filter."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / rate)
    with np.errstate(divide="ignore"):
        gains = 1 / (1 + (CUTOFF / frequencies) ** (2 * ORDER))
    return np.fft.irfft(spectrum * gains, len(samples)).astype(np.float32)


def _mel(frequency: Frames) -> Frames:
    return np.asarray(1127 * np.log1p(frequency / 700))


def _drawn(kind: int, first: int, frames: int, width: int) -> Samples:
    blocks = range(first // BLOCK, -(-(first + frames) // BLOCK))
    start = first - blocks[0] * BLOCK if blocks else 0
    return np.concatenate(list(_blocks(kind, blocks, width)))[start : start + frames]


def _blocks(kind: int, numbers: Iterable[int], width: int) -> Iterable[Samples]:
    for number in numbers:
        random = np.random.default_rng([kind, number])
        yield random.standard_normal((BLOCK, width), np.float32)

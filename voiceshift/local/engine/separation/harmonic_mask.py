"""The vocals without a trained network: the harmonics of the melody.

A mask lets the harmonics of a voice through, the more the closer they are to the middle of the
stereo picture. It is a fallback: whatever else has a pitch there is taken for a voice, too, and
consonants, which have none, are lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from voiceshift.local.engine import stft
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.samples import VOICE_RATE, resample, to_mono

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.stft import Spectra

MIN_CONFIDENCE = 0.5
"""Confidence from which a moment counts as sung. Below, music is taken for a voice more often."""

WIDTH = 22.0
"""Half the width of a harmonic in hertz: that of a steady tone in these spectra."""

DRIFT = 0.2
"""Share of a harmonic's way from one spectrum to the next by which it is wider."""

MAX_WIDTH = 0.45
"""Half the width of a harmonic at most, as a share of F0, so that harmonics do not touch."""

MAX_FREQUENCY = 11_000.0
"""Frequency, in hertz, above which nothing is taken for vocals."""

SHARPNESS = 4
"""Power of the similarity of both channels: 1 takes much from the sides, 8 hurts wide vocals.

This and the above were chosen by the signal-to-distortion ratio on three mixes; others gave the
figures in the documentation."""


def separate_harmonics(mix: Samples, rate: int) -> Samples:
    """Return the harmonics of the melody in the middle of ``mix``, ``(frames, 2)``."""
    if len(mix) < stft.HOP:
        return np.zeros_like(mix)  # too short for any pitch
    # A song with one channel inverted has its middle where the two are opposite.
    polarity = np.array([1, np.copysign(1, mix[:, 0] @ mix[:, 1])], np.float32)
    mix = mix * polarity
    spectra = stft.analyse(mix)
    times = stft.times(spectra.shape[1], rate)
    f0 = estimate_f0(resample(to_mono(mix), rate, VOICE_RATE), times, MIN_CONFIDENCE)
    mask = _harmonic_mask(f0, rate) * _channel_similarity(spectra) ** SHARPNESS
    middle = stft.synthesise(spectra.mean(axis=0, keepdims=True) * mask, len(mix))
    return middle * polarity


def _harmonic_mask(f0: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float32]:
    """Return how close each frequency is to a harmonic, 1 on it, 0 between, at each moment."""
    frequencies = stft.frequencies(rate)
    mask = np.zeros((len(f0), len(frequencies)), np.float32)
    voiced = f0 > 0
    base, drift = f0[voiced, None], np.abs(np.gradient(f0)[voiced, None])
    harmonic = np.maximum(np.round(frequencies / base), 1)
    width = np.minimum(WIDTH + DRIFT * harmonic * drift, MAX_WIDTH * base)
    distance = np.abs(frequencies - harmonic * base)
    mask[voiced] = np.clip(2.5 - 2 * distance / width, 0, 1)
    mask[:, frequencies > MAX_FREQUENCY] = 0
    return mask


def _channel_similarity(spectra: Spectra) -> npt.NDArray[np.float32]:
    """Return how similar both channels are: 1 the same, 0 unrelated or opposite (Avendano, Jot)."""
    left, right = spectra
    power = np.abs(left) ** 2 + np.abs(right) ** 2
    similarity = 2 * (left * right.conj()).real / np.maximum(power, 1e-12)
    return np.asarray(np.clip(similarity, 0, 1), np.float32)

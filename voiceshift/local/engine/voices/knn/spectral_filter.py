"""A filter whose gains change from frame to frame.

Everything goes through it, only louder at some frequencies and less loud at others (Kobayashi, Toda
and Nakamura 2018, "Intra-gender statistical singing voice conversion with direct waveform
modification using log-spectral differential").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import stft
from voiceshift.local.engine.loudness import a_weighting
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, interpolate_rows

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.stft import Spectra
    from voiceshift.local.engine.vocoder import Frames

LENGTH = 1024
"""Samples in a spectrum: 23 ms. In longer ones the gains of neighbouring sounds are smeared."""


def apply_gains(
    samples: Samples, gains: Frames, gain_above: float, voicing: Frames | None = None
) -> Samples:
    """Return stereo ``samples`` at 44.1 kHz with some frequencies louder than others.

    Args:
        samples: ``(frames, 2)``.
        gains: Factors of amplitude, above 0, ``(rows, bins)``: a row every 5 ms, for the
            frequencies from 0 to 8 kHz in even steps.
        gain_above: The factor for all frequencies above 8 kHz.
        voicing: How voiced each row is, 0 to 1, ``(rows,)``: what is voiced, and what is not, each
            stays as loud to ears as it was, in both channels together. ``None`` leaves the level as
            the gains make it.
    """
    spectra = stft.analyse(samples, length=LENGTH)
    rows = stft.times(spectra.shape[1], SONG_RATE, LENGTH) * FRAMES_PER_SECOND
    factors = _factors(gains, gain_above, rows)
    if voicing is not None:
        shares = np.interp(rows, np.arange(len(voicing)), voicing)
        factors *= _level_corrections(spectra, factors, shares)[:, None]
    spectra *= factors
    return stft.synthesise(spectra, len(samples))


def _factors(gains: Frames, gain_above: float, rows: Frames) -> Samples:
    """Return the factors of amplitude for each frequency of each spectrum."""
    frequencies = stft.frequencies(SONG_RATE, LENGTH)
    known = frequencies <= VOICE_RATE / 2
    bins = frequencies[known] / (VOICE_RATE / 2) * (gains.shape[1] - 1)
    factors = np.full((len(rows), len(frequencies)), gain_above, np.float32)
    # Gains are heard in decibels, so that is where they are interpolated.
    log_gains = interpolate_rows(np.log(gains).T, bins).T
    factors[:, known] = np.exp(interpolate_rows(log_gains, rows))
    return factors


def _level_corrections(spectra: Spectra, factors: Samples, voicing: Frames) -> Samples:
    """Return a factor for each spectrum that keeps how loud voiced and unvoiced sound are."""
    power = (np.square(spectra.real) + np.square(spectra.imag)).sum(axis=0)
    power *= a_weighting(stft.frequencies(SONG_RATE, LENGTH))
    before, after = power.sum(axis=1), (power * np.square(factors)).sum(axis=1)
    corrections = [
        shares * np.sqrt((shares @ before) / max(shares @ after, 1e-18))
        for shares in (voicing, 1 - voicing)
    ]
    return np.asarray(sum(corrections), np.float32)

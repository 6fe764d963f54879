"""A filter whose gains change from frame to frame.

Everything goes through it, only louder at some frequencies and less loud at others (Kobayashi, Toda
and Nakamura 2018, "Intra-gender statistical singing voice conversion with direct waveform
modification using log-spectral differential").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, interpolate_rows

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Frames

LENGTH = 1024
"""Samples in a spectrum: 23 ms. In longer ones the gains of neighbouring sounds are smeared."""


def apply_gains(samples: Samples, gains: Frames, gain_above: float) -> Samples:
    """Return stereo ``samples`` at 44.1 kHz with some frequencies louder than others.

    Args:
        samples: ``(frames, 2)``.
        gains: Factors of amplitude, above 0, ``(rows, bins)``: a row every 5 ms, for the
            frequencies from 0 to 8 kHz in even steps.
        gain_above: The factor for all frequencies above 8 kHz.
    """
    spectra = stft.analyse(samples, length=LENGTH)
    frequencies = stft.frequencies(SONG_RATE, LENGTH)
    known = frequencies <= VOICE_RATE / 2
    rows = stft.times(spectra.shape[1], SONG_RATE, LENGTH) * FRAMES_PER_SECOND
    bins = frequencies[known] / (VOICE_RATE / 2) * (gains.shape[1] - 1)
    # Gains are heard in decibels, so that is where they are interpolated.
    log_gains = interpolate_rows(np.log(gains).T, bins).T
    spectra[:, :, known] *= np.exp(interpolate_rows(log_gains, rows))
    spectra[:, :, ~known] *= gain_above
    return stft.synthesise(spectra, len(samples))

"""Another colour for a sound, by a filter that changes from moment to moment.

The sound itself goes through, only louder at some frequencies and less loud at others. So whatever
the filter does not know of is kept: the pitch, the timing, the stereo picture, breath and echo
(Kobayashi, Toda and Nakamura 2018, "Intra-gender statistical singing voice conversion with direct
waveform modification using log-spectral differential").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Frames

__all__ = ["filtered"]

LENGTH = 1024
"""Samples in a spectrum: 23 ms. In longer ones the gains of neighbouring sounds are smeared."""


def filtered(samples: Samples, gains: Frames, above: float) -> Samples:
    """Return stereo ``samples`` at 44.1 kHz with some frequencies louder than others.

    Args:
        samples: ``(frames, 2)``.
        gains: Factors of amplitude, above 0, ``(moments, bins)``: a row every 5 ms, for the
            frequencies from 0 to 8 kHz in even steps.
        above: The factor for all that is higher.
    """
    spectra = stft.analyse(samples, length=LENGTH)
    frequencies = stft.frequencies(SONG_RATE, LENGTH)
    known = frequencies <= VOICE_RATE / 2
    moments = stft.times(spectra.shape[1], SONG_RATE, LENGTH) * FRAMES_PER_SECOND
    bins = frequencies[known] / (VOICE_RATE / 2) * (gains.shape[1] - 1)
    # Gains are heard in decibels, so that is where they are interpolated.
    log_gains = _between(np.log(gains).T, bins).T
    spectra[:, :, known] *= np.exp(_between(log_gains, moments))
    spectra[:, :, ~known] *= above
    return stft.synthesise(spectra, len(samples))


def _between(rows: Frames, positions: Frames) -> Frames:
    """Interpolate between ``rows`` at fractional positions; beyond both ends they go on."""
    positions = np.clip(positions, 0, len(rows) - 1)
    before = np.floor(positions).astype(int)
    after = np.minimum(before + 1, len(rows) - 1)
    share = (positions - before)[:, None]
    return np.asarray((1 - share) * rows[before] + share * rows[after])

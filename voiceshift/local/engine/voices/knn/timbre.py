"""How singing is to sound, and the singing made to sound so.

The singing goes through a filter, which keeps whatever it does not know of: the timing, the stereo
picture, breath and echo. To another octave it is moved before that; in another key it is
synthesised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.downmix import downmix
from voiceshift.local.engine.loudness import a_weighted_rms
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND
from voiceshift.local.engine.voices.knn.octave_shift import shift_octaves
from voiceshift.local.engine.voices.knn.spectral_filter import apply_gains

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.windows import AnalysedWindow

MAX_GAIN = 10 ** (18 / 20)
"""By how much a frequency is made louder, or less loud, at most, as a factor of amplitude: 18 dB.
What is fainter beside a singer than that is mostly left over from the accompaniment."""

MAX_UNVOICED_GAIN = 10 ** (6 / 20)
"""The same for consonants, breath and whispers: 6 dB. More makes them louder, as measured or as
heard, and nobody is known by them."""

MAX_MOVED_GAIN = 10 ** (24 / 20)
"""The same for singing that was moved to another octave, around the median of its gains: 24 dB."""

GAIN_ABOVE = 0.7
"""Gain of the singer's own sound above 8 kHz, where no voice model has any."""


@frozen(eq=False)
class TargetTimbre:
    """How singing is to sound, frame by frame, whatever its pitch.

    Attributes:
        envelope: Power spectra ``(frames, bins)``.
        aperiodicity: As in :class:`~voiceshift.local.engine.vocoder.Features`.
    """

    envelope: Frames
    aperiodicity: Frames

    def gains(self, features: Features) -> Frames:
        """Return the factors of amplitude ``(frames, bins)`` that give singing this timbre."""
        gains = np.sqrt(self.envelope / vocoder.to_envelope(features.cepstra))
        bounds = np.where(features.voiced, MAX_GAIN, MAX_UNVOICED_GAIN)[:, None]
        return np.clip(gains, 1 / bounds, bounds)

    def gains_for_moved(self, vocals: Samples, f0: Frames) -> Frames:
        """Return the same for singing that was moved to another octave.

        Args:
            vocals: What came of it, stereo at 44.1 kHz.
            f0: Where its F0 is now; a voiced frame at least.
        """
        low = resample(downmix(vocals), SONG_RATE, VOICE_RATE)
        gains = np.sqrt(self.envelope / vocoder.measure_envelope(low, f0))
        # Moving changes the level, too, which is made good later: the bound is for the shape.
        middle = np.exp(np.median(np.log(gains[f0 > 0])))
        return np.asarray(middle * np.clip(gains / middle, 1 / MAX_MOVED_GAIN, MAX_MOVED_GAIN))

    def synthesise(self, f0: Frames) -> Samples:
        """Return the sound of this timbre with that F0, mono at 16 kHz."""
        return vocoder.synthesise(f0, self.envelope, self.aperiodicity)


def sing(window: AnalysedWindow, timbre: TargetTimbre, pitch: float) -> Samples:
    """Return the singing in another timbre, ``pitch`` octaves away, stereo at 44.1 kHz."""
    if pitch == 0:
        return filter_vocals(window, timbre)
    if float(pitch).is_integer():
        return sing_moved(window, timbre, int(pitch))
    return resynthesise(window, timbre, pitch)


def filter_vocals(window: AnalysedWindow, timbre: TargetTimbre) -> Samples:
    """Return the singing in another timbre, at its own pitch."""
    gains = timbre.gains(window.features)
    return apply_gains(window.vocals, gains, GAIN_ABOVE, _voicing(window.features))


def sing_moved(window: AnalysedWindow, timbre: TargetTimbre, pitch: int) -> Samples:
    """Return the singing in another timbre, moved by ``pitch`` octaves."""
    voicing = _voicing_mask(window)[:, None]
    f0 = vocoder.refine_f0(window.vocals_16k, window.features.f0)
    # Consonants have no pitch that could move.
    moved = window.vocals + voicing * (shift_octaves(window, f0, pitch) - window.vocals)
    gains = np.where(
        window.features.voiced[:, None],
        timbre.gains_for_moved(moved, f0 * 2.0**pitch),
        timbre.gains(window.features),
    )
    sung = apply_gains(moved, gains, GAIN_ABOVE, _voicing(window.features))
    ratio = _level_ratio(window.vocals, sung, voicing)
    return sung * (1 + voicing * (ratio - 1))


def resynthesise(window: AnalysedWindow, timbre: TargetTimbre, pitch: float) -> Samples:
    """Return the singing synthesised in another timbre, ``pitch`` octaves away."""
    frames = len(window.vocals)
    voicing = _voicing_mask(window)
    low = resample(window.vocals_16k, VOICE_RATE, SONG_RATE, frames)
    f0 = window.features.f0 * 2.0**pitch
    sung = resample(timbre.synthesise(f0), VOICE_RATE, SONG_RATE, frames)
    sung *= _level_ratio(low, sung, voicing)
    sung += GAIN_ABOVE * (downmix(window.vocals) - low)
    # Consonants have no pitch that could move; synthesised, they would become plain noise.
    rest = filter_vocals(window, timbre)
    return rest + voicing[:, None] * (sung[:, None] - rest)


def _voicing(features: Features) -> Frames:
    """Return how voiced each frame is, 0 to 1, changing within 25 ms."""
    return np.convolve(features.voiced, np.full(5, 0.2), mode="same")


def _voicing_mask(window: AnalysedWindow) -> Samples:
    """Return how voiced each sample is, 0 to 1."""
    voicing = _voicing(window.features)
    positions = np.arange(len(window.vocals)) * (FRAMES_PER_SECOND / SONG_RATE)
    return np.asarray(np.interp(positions, np.arange(len(voicing)), voicing), np.float32)


def _level_ratio(before: Samples, after: Samples, weights: Samples) -> np.float32:
    """Return the factor that makes ``after`` as loud as ``before``."""
    return np.float32(a_weighted_rms(weights * before) / max(a_weighted_rms(weights * after), 1e-9))

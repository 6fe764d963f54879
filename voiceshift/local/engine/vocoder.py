"""Voices as features, and features as sound: the WORLD vocoder (Morise, Yokomori, Ozawa 2016).

A frame every 5 ms holds the fundamental frequency (F0), the spectral envelope (the timbre) as a
mel-cepstrum, and the aperiodicity (how much of it is breath).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyworld
from attrs import frozen

from voiceshift.local.engine.f0 import MIN_F0, estimate_f0
from voiceshift.local.engine.samples import VOICE_RATE, Samples

Frames = npt.NDArray[np.float64]
"""One row of numbers for each frame."""

FRAMES_PER_SECOND = 200

COEFFICIENTS = 40
"""Of the mel-cepstra: enough for formants, too few for the harmonics of one pitch."""

MAX_REFINEMENT = 0.035
"""How far a refined F0 may lie from the other, as a share of it: half a semitone. Beyond, it is of
something else than the voice."""

MAX_ENVELOPE_F0 = 2000.0
"""F0 above which an envelope is measured as at it, in hertz: WORLD's windows would be too short."""

SILENCE = 1e-14
"""Power that is added to a spectrum before its logarithm is taken."""

_PERIOD = 1000 / FRAMES_PER_SECOND  # milliseconds, WORLD's unit
_FFT_SIZE = pyworld.get_cheaptrick_fft_size(VOICE_RATE, MIN_F0)
_MIN_SAMPLES = VOICE_RATE // 10  # what WORLD's filters need; what is shorter is padded


@frozen(eq=False)
class Features:
    """A voice, frame by frame.

    Attributes:
        f0: Fundamental frequency ``(frames,)`` in hertz, 0 in unvoiced frames.
        cepstra: Mel-cepstra ``(frames, 40)`` of the spectral envelope; the first is the loudness.
        aperiodicity: Aperiodicity ``(frames, 1)`` at 3 kHz, in decibels; WORLD has no other band at
            this rate.
    """

    f0: Frames
    cepstra: Frames
    aperiodicity: Frames

    @property
    def voiced(self) -> npt.NDArray[np.bool_]:
        """Where there is a voice, ``(frames,)``."""
        return self.f0 > 0


def analyse(
    samples: Samples, *, with_aperiodicity: bool = True, level: float | None = None
) -> Features:
    """Return the features of a voice.

    Args:
        samples: Mono, at 16 kHz.
        with_aperiodicity: Whether to measure the aperiodicity, which takes longer than all the
            rest. Otherwise it is 0 dB, all breath, in every frame: enough for a singer who is
            replaced by a voice with an aperiodicity of its own.
        level: As for :func:`~voiceshift.local.engine.f0.estimate_f0`.
    """
    padding = max(0, _MIN_SAMPLES - len(samples))
    signal = np.pad(samples, (0, padding)).astype(np.float64)
    times = np.arange(0, len(signal) / VOICE_RATE, _PERIOD / 1000)
    f0 = estimate_f0(signal.astype(np.float32), times, level=level)
    envelope = pyworld.cheaptrick(signal, f0, times, VOICE_RATE, fft_size=_FFT_SIZE)
    if with_aperiodicity:
        bands = pyworld.d4c(signal, f0, times, VOICE_RATE, fft_size=_FFT_SIZE)
        aperiodicity = np.asarray(pyworld.code_aperiodicity(bands, VOICE_RATE))
    else:
        aperiodicity = np.zeros((len(f0), 1))
    return Features(f0, to_cepstra(envelope), aperiodicity)


def refine_f0(samples: Samples, f0: Frames) -> Frames:
    """Return an F0 that is right to a few cents, of one that is right to some ten.

    Args:
        samples: Mono, at 16 kHz.
        f0: In hertz, at each frame of ``samples``; 0 stays 0.
    """
    signal, times = _padded(samples), np.arange(len(f0)) * (_PERIOD / 1000)
    refined = pyworld.stonemask(signal, f0, times, VOICE_RATE)
    near = np.abs(refined / np.maximum(f0, 1) - 1) < MAX_REFINEMENT
    return np.where(near, refined, f0)


def measure_envelope(samples: Samples, f0: Frames) -> Frames:
    """Return the power spectra ``(frames, bins)`` of a voice whose F0 is known, without harmonics.

    Args:
        samples: Mono, at 16 kHz.
        f0: As for :func:`refine_f0`.
    """
    times = np.arange(len(f0)) * (_PERIOD / 1000)
    # Of a lower one, WORLD silently takes one of its own.
    f0 = np.where(f0 > pyworld.get_cheaptrick_f0_floor(VOICE_RATE, _FFT_SIZE), f0, 0)
    f0 = np.minimum(f0, MAX_ENVELOPE_F0)
    envelope = pyworld.cheaptrick(_padded(samples), f0, times, VOICE_RATE, fft_size=_FFT_SIZE)
    return to_envelope(to_cepstra(envelope + SILENCE))


def _padded(samples: Samples) -> Frames:
    """Return ``samples`` as WORLD takes them, and long enough for its filters."""
    return np.pad(samples.astype(np.float64), (0, _MIN_SAMPLES))


def synthesise(f0: Frames, envelope: Frames, aperiodicity: Frames) -> Samples:
    """Return the sound, mono at 16 kHz, of features with power spectra ``(frames, bins)``."""
    bands = pyworld.decode_aperiodicity(aperiodicity, VOICE_RATE, _FFT_SIZE)
    samples = pyworld.synthesize(f0, envelope, bands, VOICE_RATE, _PERIOD)
    return np.asarray(samples, np.float32)


def to_cepstra(envelope: Frames) -> Frames:
    """Return the mel-cepstra of power spectra ``(frames, bins)``."""
    envelope = np.ascontiguousarray(envelope)
    return np.asarray(pyworld.code_spectral_envelope(envelope, VOICE_RATE, COEFFICIENTS))


def to_envelope(cepstra: Frames) -> Frames:
    """Return the power spectra ``(frames, bins)`` of mel-cepstra."""
    cepstra = np.ascontiguousarray(cepstra)
    return np.asarray(pyworld.decode_spectral_envelope(cepstra, VOICE_RATE, _FFT_SIZE))


def concatenate(parts: list[Features]) -> Features:
    """Return the frames of all ``parts``, one after the other."""
    return Features(
        f0=np.concatenate([part.f0 for part in parts]),
        cepstra=np.concatenate([part.cepstra for part in parts]),
        aperiodicity=np.concatenate([part.aperiodicity for part in parts]),
    )


def interpolate_rows(rows: Frames, positions: Frames) -> Frames:
    """Interpolate ``rows`` at fractional ``positions``; beyond both ends they go on."""
    positions = np.clip(positions, 0, len(rows) - 1)
    before = np.floor(positions).astype(int)
    after = np.minimum(before + 1, len(rows) - 1)
    share = (positions - before)[:, None]
    return np.asarray((1 - share) * rows[before] + share * rows[after])

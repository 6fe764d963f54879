"""Singing moved by whole octaves, made of its own sound.

An octave lower, every second glottal pulse is missing: beside each harmonic comes a copy of it half
the F0 lower, which cancels those pulses. An octave higher, every second harmonic is missing: a comb
filter that follows the F0 cancels the odd ones. Whatever a vocoder would have to make again stays
as it was sung: formants, breath, timing and the stereo picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND
from voiceshift.local.engine.windows import OVERLAP

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Frames
    from voiceshift.local.engine.windows import AnalysedWindow

PHASE_SMOOTHING = 0.012 * VOICE_RATE
"""Samples, as the deviation of a Gaussian, over which the phase of the fundamental is averaged:
12 ms. Other harmonics and noise, a period away and more, do not reach it."""

OWN_WEIGHT = 0.7
"""Amplitude of the harmonics that were there beside that of their copies an octave lower. At 1 more
of the moved notes are heard an octave too high; at 0.5 more words are lost."""


def shift_octaves(window: AnalysedWindow, f0: Frames, octaves: int) -> Samples:
    """Return the vocals of a window, what is below 8 kHz of them moved by whole octaves.

    Args:
        window: The window; with a voiced frame at least.
        f0: The F0 of its frames, as precise as can be: the tenth harmonic is ten times as far off.
        octaves: By how many; below 0 is lower.
    """
    vocals = window.vocals
    band = _below(vocals, VOICE_RATE / 2)
    period = SONG_RATE / _at_samples(f0, len(vocals), SONG_RATE)
    moved = band
    if octaves < 0:
        phase = _phase_at_song_rate(window, f0, 2**-octaves)
        for octave in range(-octaves):
            moved = _octave_lower(moved, phase / 2**octave, period * 2**octave)
    else:
        for octave in range(octaves):
            moved = _octave_higher(moved, period / 2**octave)
    return vocals + (moved - band)


def _octave_lower(samples: Samples, phase: Frames, period: Frames) -> Samples:
    # What lies between the harmonics would come to lie on them: it is weakened before.
    near = _delayed(samples, -period) + _delayed(samples, period)
    samples = 0.5 * samples + 0.25 * near
    carrier = np.exp(-0.5j * phase).astype(np.complex64)
    copies = (_analytic(samples) * carrier[:, None]).real
    return np.asarray((OWN_WEIGHT * samples + copies) / 2, np.float32)


def _octave_higher(samples: Samples, period: Frames) -> Samples:
    near = _delayed(samples, -period / 2) + _delayed(samples, period / 2)
    far = _delayed(samples, -period) + _delayed(samples, period)
    # The weights of a comb of five teeth (binomial): of the odd harmonics nothing is left, and with
    # an F0 that is some per cent off little.
    return np.asarray(0.375 * samples + 0.25 * near + 0.0625 * far, np.float32)


def _phase_at_song_rate(window: AnalysedWindow, f0: Frames, turns: int) -> Frames:
    """Return the phase of the fundamental at each sample: 2 pi more with every period.

    Which of ``turns`` pulses stay is one choice for each window. Two neighbours that do not choose
    alike would cancel each other where they are crossfaded. So it is the pulse that comes first in
    the middle of an overlap, for both of them; in a window with two overlaps the choice changes in
    between, where the fundamental is faintest, mostly in a pause.
    """
    phase, loudness = _fundamental(window.vocals_16k, f0)
    half = round(OVERLAP / 2 * VOICE_RATE / SONG_RATE)
    first = min(half, len(phase) - 1)
    last = first if window.window.is_last else max(first, len(phase) - half)
    phase = phase - 2 * np.pi * np.floor(phase[first] / (2 * np.pi))
    excess = np.floor(phase[last] / (2 * np.pi)) % turns
    change = first + int(np.argmin(loudness[first : last + 1]))
    phase[change:] -= 2 * np.pi * excess
    places = np.arange(len(window.vocals)) * (VOICE_RATE / SONG_RATE)
    return np.asarray(np.interp(places, np.arange(len(phase)), phase))


def _fundamental(voice: Samples, f0: Frames) -> tuple[Frames, Frames]:
    """Return phase and loudness of the fundamental at each sample of mono vocals at 16 kHz."""
    phase = 2 * np.pi * np.cumsum(_at_samples(f0, len(voice), VOICE_RATE)) / VOICE_RATE
    # Turned back by what the F0 says, the fundamental stands nearly still, and all else does not.
    base = _analytic(voice[:, None])[:, 0] * np.exp(-1j * phase)
    length = stft.fast_length(len(base))
    frequencies = np.fft.fftfreq(length)
    smoothing = np.exp(-2 * np.square(np.pi * frequencies * PHASE_SMOOTHING))
    base = np.fft.ifft(np.fft.fft(base, length) * smoothing)[: len(base)]
    return phase + np.unwrap(np.angle(base)), np.abs(base)


def _at_samples(f0: Frames, length: int, rate: int) -> Frames:
    """Return the F0 at each sample; where there is none, what lies between the notes around."""
    (voiced,) = np.nonzero(f0)
    frames = np.arange(length) * (FRAMES_PER_SECOND / rate)
    return np.asarray(np.exp(np.interp(frames, voiced, np.log(f0[voiced]))))


def _below(samples: Samples, frequency: float) -> Samples:
    length = stft.fast_length(len(samples))
    spectrum = np.fft.rfft(samples, length, axis=0)
    spectrum[np.fft.rfftfreq(length, 1 / SONG_RATE) > frequency] = 0
    return np.asarray(np.fft.irfft(spectrum, length, axis=0)[: len(samples)], np.float32)


def _analytic(samples: Samples) -> npt.NDArray[np.complexfloating[Any, Any]]:
    """Return complex samples without negative frequencies, with ``samples`` as their real part."""
    length = stft.fast_length(len(samples))
    spectrum = np.fft.rfft(samples, length, axis=0)
    spectrum[1:-1] *= 2
    return np.fft.ifft(spectrum, length, axis=0)[: len(samples)]


def _delayed(samples: Samples, delay: Frames) -> Samples:
    """Return samples from ``delay`` samples later on, by cubics (Catmull and Rom 1974)."""
    places = np.clip(np.arange(len(samples)) + delay, 1, len(samples) - 3.001)
    index = places.astype(np.int64)
    u = (places - index).astype(np.float32)[:, None]
    # As samples[index + offset], in a tenth of the time.
    a, b, c, d = (np.take(samples, index + offset, axis=0) for offset in (-1, 0, 1, 2))
    return b + 0.5 * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)))

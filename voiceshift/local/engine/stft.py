"""Samples to spectra and back: the short-time Fourier transform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

Spectra = npt.NDArray[np.complex64]
"""``(channels, spectra, length / 2 + 1)``: at each moment, the frequencies from 0 to half the
rate."""

LENGTH = 4096
"""Samples in a spectrum by default: what Spleeter was trained with."""

OVERLAP = 4
"""Spectra that each sample is in: from one to the next it is a quarter of their length."""

HOP = LENGTH // OVERLAP
"""Samples from one spectrum of that length to the next."""

WINDOW_POWER = 1.5
"""Sum of the squared windows over each sample."""


def analyse(samples: Samples, multiple: int = 1, length: int = LENGTH) -> Spectra:
    """Return the spectra of ``samples``.

    Args:
        samples: ``(frames, channels)``.
        multiple: The number of spectra is made a multiple of it, with silence at the end.
        length: Samples in a spectrum, a multiple of four. Short ones resolve time better, long ones
            frequencies.
    """
    hop, margin = length // OVERLAP, _margin(length)
    steps = -(-(len(samples) + margin) // hop)
    steps += -steps % multiple
    end = (steps - 1) * hop + length - margin - len(samples)
    padded = np.pad(samples.T, ((0, 0), (margin, end)))
    blocks = np.lib.stride_tricks.sliding_window_view(padded, length, axis=1)[:, ::hop]
    return np.asarray(np.fft.rfft(blocks * _window(length)), np.complex64)


def synthesise(spectra: Spectra, frames: int) -> Samples:
    """Return the ``(frames, channels)`` samples that have these ``spectra``."""
    channels, steps, bins = spectra.shape
    length = 2 * (bins - 1)
    hop, margin = length // OVERLAP, _margin(length)
    blocks = np.fft.irfft(spectra, length).astype(np.float32, copy=False)
    blocks *= _window(length) / np.float32(WINDOW_POWER)
    added = np.zeros((channels, steps + OVERLAP - 1, hop), np.float32)
    for part in range(OVERLAP):
        added[:, part : part + steps] += blocks[:, :, part * hop : (part + 1) * hop]
    return added.reshape(channels, -1)[:, margin : margin + frames].T.copy()


def times(steps: int, rate: int, length: int = LENGTH) -> npt.NDArray[np.float64]:
    """Return the times of the centres of so many spectra, in seconds."""
    return (np.arange(steps) * (length // OVERLAP) - _margin(length) + length / 2) / rate


def frequencies(rate: int, length: int = LENGTH) -> npt.NDArray[np.float64]:
    """Return the frequencies of a spectrum, in hertz."""
    return np.asarray(np.fft.rfftfreq(length, 1 / rate), np.float64)


def fast_length(length: int) -> int:
    """Return an even length, no shorter, whose Fourier transform is fast: of small prime factors.

    One of the length of the engine's windows takes twice as long, for a factor of 89.

    >>> fast_length(100), fast_length(101)
    (100, 120)
    """
    rests = [(factor, (length - 1) // factor) for factor in (1, 3, 5, 9, 15, 25)]
    return min(factor << max(1, rest.bit_length()) for factor, rest in rests)


def _margin(length: int) -> int:
    """Return how much silence both ends get, so that all samples are in as many spectra."""
    return length - length // OVERLAP


def _window(length: int) -> npt.NDArray[np.float32]:
    """Return a periodic Hann window."""
    return np.hanning(length + 1)[:-1].astype(np.float32)

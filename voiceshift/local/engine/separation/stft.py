"""Samples to spectra and back: the short-time Fourier transform that Spleeter was trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from voiceshift.local.engine.audio import Samples

__all__ = ["HOP", "Spectra", "analyse", "frequencies", "synthesise", "times"]

Spectra = npt.NDArray[np.complex64]
"""``(channels, spectra, 2049)``: at each moment, the frequencies from 0 to half the rate."""

LENGTH = 4096
"""Samples in a spectrum."""

HOP = 1024
"""Samples from one spectrum to the next."""

WINDOW = np.hanning(LENGTH + 1)[:-1].astype(np.float32)
"""Periodic Hann window. Its square, added up in steps of ``HOP``, is ``OVERLAP`` everywhere."""

OVERLAP = 1.5

MARGIN = LENGTH - HOP
"""Silence put before and after, so that each sample is in as many spectra as any other."""


def analyse(samples: Samples, multiple: int = 1) -> Spectra:
    """Return the spectra of ``samples``.

    Args:
        samples: ``(frames, channels)``.
        multiple: The number of spectra is made a multiple of it, with silence at the end.
    """
    steps = -(-(len(samples) + MARGIN) // HOP)
    steps += -steps % multiple
    end = (steps - 1) * HOP + LENGTH - MARGIN - len(samples)
    padded = np.pad(samples.T, ((0, 0), (MARGIN, end)))
    stretches = np.lib.stride_tricks.sliding_window_view(padded, LENGTH, axis=1)[:, ::HOP]
    return np.asarray(np.fft.rfft(stretches * WINDOW), np.complex64)


def synthesise(spectra: Spectra, frames: int) -> Samples:
    """Return the ``(frames, channels)`` samples of which ``spectra`` are the spectra."""
    stretches = np.fft.irfft(spectra, LENGTH).astype(np.float32, copy=False)
    stretches *= WINDOW / np.float32(OVERLAP)
    channels, steps, _ = stretches.shape
    overlapped = np.zeros((channels, steps + LENGTH // HOP - 1, HOP), np.float32)
    for part in range(LENGTH // HOP):
        overlapped[:, part : part + steps] += stretches[:, :, part * HOP : (part + 1) * HOP]
    return overlapped.reshape(channels, -1)[:, MARGIN : MARGIN + frames].T.copy()


def times(steps: int, rate: int) -> npt.NDArray[np.float64]:
    """Return the moment in the middle of each of so many spectra, in seconds."""
    return (np.arange(steps) * HOP - MARGIN + LENGTH / 2) / rate


def frequencies(rate: int) -> npt.NDArray[np.float64]:
    """Return the frequencies of a spectrum, in hertz."""
    return np.asarray(np.fft.rfftfreq(LENGTH, 1 / rate), np.float64)

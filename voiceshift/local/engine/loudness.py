"""How loud sounds are to ears, which do not hear all frequencies of the same power alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from voiceshift.local.engine.samples import SONG_RATE, Samples


def a_weighting(frequencies: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return the A-weighting of IEC 61672-1 for the power of ``frequencies`` in hertz.

    It is 1 at 1000 Hz and 0.013 at 100 Hz.
    """
    squared = np.square(frequencies)
    amplitude = (12194**2 * squared**2) / (
        (squared + 20.6**2)
        * np.sqrt((squared + 107.7**2) * (squared + 737.9**2))
        * (squared + 12194**2)
    )
    return np.asarray(np.square(10 ** (2.0 / 20) * amplitude))


def a_weighted_rms(samples: Samples) -> float:
    """Return the A-weighted root mean square of ``samples`` at 44.1 kHz, over all channels."""
    channels = samples.reshape(len(samples), -1)
    power = np.square(np.abs(np.fft.rfft(channels, axis=0))).mean(axis=1)
    weights = a_weighting(np.fft.rfftfreq(len(samples), 1 / SONG_RATE))
    # Twice, since the spectrum of real samples is only one half of it (Parseval).
    return float(np.sqrt(2 * (power @ weights)) / len(samples))

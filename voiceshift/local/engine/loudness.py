"""How loud a sound is to ears, which hear frequencies of the same power as less or more loud."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from voiceshift.local.engine.samples import SONG_RATE, Samples

__all__ = ["hearing", "level"]


def hearing(frequencies: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Return the weight of each frequency's power: the A-weighting of IEC 61672-1.

    Args:
        frequencies: In hertz.

    Returns:
        Factors of power: 1 at 1000 Hz, 0.013 at 100 Hz.
    """
    squared = np.square(frequencies)
    amplitude = (12194**2 * squared**2) / (
        (squared + 20.6**2)
        * np.sqrt((squared + 107.7**2) * (squared + 737.9**2))
        * (squared + 12194**2)
    )
    return np.asarray(np.square(10 ** (2.0 / 20) * amplitude))


def level(samples: Samples) -> float:
    """Return the root mean square of mono ``samples`` at 44.1 kHz, weighted as they are heard."""
    power = np.square(np.abs(np.fft.rfft(samples)))
    weights = hearing(np.fft.rfftfreq(len(samples), 1 / SONG_RATE))
    # Twice: of the spectrum of real samples only one half is there (Parseval).
    return float(np.sqrt(2 * (power @ weights)) / len(samples))

"""Short songs to cover, made of nothing but sines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RATE", "write_song"]

RATE = 44_100


def write_song(path: Path, *, seconds: float = 1.5) -> Path:
    """Write a steady voice with vibrato to ``path``: all harmonics of 220 Hz, the higher softer."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * 220 * time + 0.8 * np.sin(2 * np.pi * 5 * time)
    voice = sum(np.sin(number * phase) / number for number in range(1, 30))
    soundfile.write(path, 0.2 * voice, RATE)
    return path

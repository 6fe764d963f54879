"""Stereo in which both channels hold one voice, but not at the same moment or polarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine.samples import SONG_RATE, Samples

if TYPE_CHECKING:
    from collections.abc import Iterator


def out_of_phase(voice: Samples) -> Iterator[Samples]:
    """Yield mono at 44.1 kHz as stereo: both the same, late by 1 and 25 ms, inverted, turned."""
    turned = np.fft.irfft(1j * np.fft.rfft(voice), len(voice))
    late = [np.roll(voice, SONG_RATE * milliseconds // 1000) for milliseconds in (0, 1, 25)]
    for right in [*late, -voice, turned.astype(np.float32)]:
        yield np.stack([voice, right], axis=1)

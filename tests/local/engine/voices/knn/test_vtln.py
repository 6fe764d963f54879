"""Spectra are stretched, and the stretch between two voices is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.voices.knn.vtln import WARPS, apply_warp, find_warp

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.knn.voice import Voice


@pytest.mark.parametrize("warp", [0.86, 1.18])
def test_the_warp_is_found(baritone: Voice, warp: float) -> None:
    """A voice whose formants were moved is warped back."""
    cepstra = baritone.features.cepstra[baritone.features.voiced]
    assert find_warp(apply_warp(cepstra, warp), cepstra) * warp == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("tilt", [-4, 4])
def test_another_microphone_is_no_other_vocal_tract(baritone: Voice, tilt: float) -> None:
    """A recording that is duller or brighter throughout finds the warp that it found before."""
    cepstra = baritone.features.cepstra[baritone.features.voiced]
    microphone = np.zeros(vocoder.COEFFICIENTS)
    microphone[1] = tilt
    found = find_warp(apply_warp(cepstra, 1.18) + microphone, cepstra)
    assert found * 1.18 == pytest.approx(1, abs=0.08)


def test_one_frame_is_enough(baritone: Voice) -> None:
    """However little was sung, the warp is one of those that are tried."""
    cepstra = baritone.features.cepstra[baritone.features.voiced]
    assert find_warp(cepstra[:1], cepstra) in WARPS


def test_a_peak_moves_by_the_warp() -> None:
    """A resonance at 2000 Hz is at 2400 Hz in a vocal tract that is shorter by a fifth."""
    frequencies = np.linspace(0, 8000, 513)
    formant = np.exp(-(((frequencies - 2000) / 400) ** 2))[None]
    moved = vocoder.to_envelope(apply_warp(vocoder.to_cepstra(np.exp(3 * formant)), 1.2))
    assert frequencies[moved[0].argmax()] == pytest.approx(2400, abs=150)

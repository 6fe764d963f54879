"""The singing gets the timbre it is to have, at its own or another pitch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.voices.knn.conversion import Conversion
from voiceshift.local.engine.voices.knn.timbre import MAX_GAIN, MAX_UNVOICED_GAIN

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Features
    from voiceshift.local.engine.voices.knn.timbre import TargetTimbre
    from voiceshift.local.engine.voices.knn.voice import Voice


@pytest.fixture(scope="module")
def timbre(singer: Features, baritone: Voice) -> TargetTimbre:
    """The demo song's singer with the timbre of a demo voice."""
    return Conversion.learn(singer, baritone.features).apply(singer)


def test_gains_make_the_singers_spectra_the_converted(
    singer: Features, timbre: TargetTimbre
) -> None:
    """Where they need not be bounded, they are exactly what leads from one to the other."""
    gains = timbre.gains(singer)
    bounds = np.where(singer.voiced, MAX_GAIN, MAX_UNVOICED_GAIN)[:, None]
    assert (gains >= 1 / bounds).all()
    assert (gains <= bounds).all()
    free = (gains > 1.01 / bounds) & (gains < 0.99 * bounds)
    assert free[singer.voiced].mean() > 0.5
    filtered = vocoder.to_envelope(singer.cepstra) * gains**2
    assert np.allclose(filtered[free], timbre.envelope[free])


@pytest.mark.parametrize("pitch", [-1, 0, 1])
def test_the_melody_moves_by_octaves_only(
    singer: Features, timbre: TargetTimbre, pitch: int
) -> None:
    """Nearly every voiced frame is within 50 cents of where it was, ``pitch`` octaves away."""
    sung = timbre.synthesise(singer.f0 * 2.0**pitch)
    f0 = vocoder.analyse(sung).f0[: len(singer.f0)]
    both = (f0 > 0) & singer.voiced[: len(f0)]
    assert both.sum() > 0.8 * singer.voiced.sum()
    cents = 1200 * np.log2(f0[both] / (singer.f0[: len(f0)][both] * 2.0**pitch))
    assert (np.abs(cents) < 50).mean() > 0.95

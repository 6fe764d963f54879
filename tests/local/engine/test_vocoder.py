"""A voice survives analysis and synthesis."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.samples import VOICE_RATE, Samples


def resynthesised(samples: Samples, octaves: float = 0) -> Samples:
    """Analyse and synthesise, moved by ``octaves``."""
    features = vocoder.analyse(samples)
    return vocoder.synthesise(
        features.f0 * 2**octaves, vocoder.to_envelope(features.cepstra), features.aperiodicity
    )


@pytest.mark.parametrize("octaves", [-1, 0, 1])
def test_pitch_is_what_synthesis_is_told(vowel: Samples, octaves: int) -> None:
    """The synthesised voice has the frequency that was asked for."""
    times = np.arange(0.2, 1.8, 0.01)
    f0 = estimate_f0(resynthesised(vowel, octaves), times)
    assert np.abs(1200 * np.log2(f0 / (220 * 2.0**octaves))).max() < 25


def test_level_is_kept(vowel: Samples) -> None:
    """Synthesis of an unchanged analysis is as loud as the voice, within 3 dB."""
    assert 0.7 < resynthesised(vowel).std() / vowel.std() < 1.4


@pytest.mark.parametrize("length", [1, 100, 257, VOICE_RATE // 10])
def test_the_shortest_sounds_are_analysed(length: int) -> None:
    """A window may be as short as a song of one sample makes it."""
    features = vocoder.analyse(np.zeros(length, np.float32))
    assert len(features.f0) == len(features.cepstra) == len(features.aperiodicity)
    assert np.isfinite(features.cepstra).all()


def test_the_envelope_of_cepstra_is_the_spectrum() -> None:
    """Mel-cepstra hold a smooth spectrum."""
    tilt = -np.linspace(0, 6, 513)
    decoded = vocoder.to_envelope(vocoder.to_cepstra(np.exp(tilt)[None]))
    assert np.allclose(np.log(decoded), tilt, atol=0.2)


def test_rows_are_interpolated() -> None:
    """Between two rows and at them; beyond both ends they go on."""
    rows = np.array([[0.0, 10.0], [1.0, 20.0]])
    positions = np.array([-1, 0, 0.25, 1, 5])
    expected = [[0, 10], [0, 10], [0.25, 12.5], [1, 20], [1, 20]]
    assert vocoder.interpolate_rows(rows, positions).tolist() == expected


def test_concatenate_puts_frames_in_order(vowel: Samples) -> None:
    """Two parts have the frames of both."""
    part = vocoder.analyse(vowel)
    both = vocoder.concatenate([part, part])
    assert np.array_equal(both.f0, np.tile(part.f0, 2))
    assert both.cepstra.shape == (2 * len(part.f0), vocoder.COEFFICIENTS)


def test_without_aperiodicity_the_rest_is_the_same(vowel: Samples) -> None:
    """Pitch and timbre do not depend on the aperiodicity, which is then that of noise."""
    whole, without = vocoder.analyse(vowel), vocoder.analyse(vowel, with_aperiodicity=False)
    assert np.array_equal(whole.f0, without.f0)
    assert np.array_equal(whole.cepstra, without.cepstra)
    assert whole.aperiodicity.shape == without.aperiodicity.shape
    assert whole.aperiodicity.min() < -5
    assert not without.aperiodicity.any()

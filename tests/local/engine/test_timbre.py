"""The singer's tone colour moves towards the voice; loudness stays."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt
import pytest

from voiceshift.local import demo
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.loudness import hearing
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, to_mono
from voiceshift.local.engine.timbre import MOST_GAIN, Conversion
from voiceshift.local.engine.vocoder import Features, Frames

if TYPE_CHECKING:
    from voiceshift.local.engine.voice import Voice


PHRASE = 5
"""Seconds."""


@pytest.fixture(scope="module")
def singer() -> Features:
    """The features of the first phrase of the demo song."""
    song = to_mono(np.concatenate(list(read_blocks(demo.SONG, VOICE_RATE))))
    return vocoder.analyse(song[: PHRASE * VOICE_RATE])


def distance(envelope: Frames, voiced: npt.NDArray[np.bool_], voice: Voice) -> float:
    """Return how far frames are from the nearest the voice has, in its spreads; not in loudness."""
    own = voice.features.cepstra[voice.features.voiced, 1:20]
    sung = vocoder.encode(envelope)[voiced, 1:20] / own.std(axis=0)
    own = own / own.std(axis=0)
    squared = (sung**2).sum(axis=1)[:, None] - 2 * sung @ own.T + (own**2).sum(axis=1)
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())


def test_frames_become_the_voices(
    singer: Features, baritone: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Converted frames are nearer to the voice's than the singer's, and far nearer than others.

    The others have the mean and the spread of the voice, but are not mixed from its own sounds.
    """
    converted = Conversion.learn(singer, baritone).apply(singer).envelope
    monkeypatch.setattr("voiceshift.local.engine.timbre.SHARE", 0.0)
    unmixed = Conversion.learn(singer, baritone).apply(singer).envelope
    before, without, after = (
        distance(envelope, singer.voiced, baritone)
        for envelope in (vocoder.decode(singer.cepstra), unmixed, converted)
    )
    assert after < 0.9 * before
    assert after < 0.75 * without


def test_tone_colour_becomes_the_targets(singer: Features, baritone: Voice) -> None:
    """The mean spectrum of the converted singer is much nearer to the voice than before."""
    target = baritone.features.cepstra[baritone.features.voiced, 1:].mean(axis=0)
    sung = singer.cepstra[singer.voiced, 1:].mean(axis=0)
    envelope = Conversion.learn(singer, baritone).apply(singer).envelope
    converted = vocoder.encode(envelope[singer.voiced])[:, 1:].mean(axis=0)
    assert np.linalg.norm(converted - target) < 0.5 * np.linalg.norm(sung - target)


def test_loudness_of_every_frame_is_kept(singer: Features, baritone: Voice) -> None:
    """Conversion changes the colour and not the dynamics, as they are heard."""
    converted = Conversion.learn(singer, baritone).apply(singer).envelope
    weights = hearing(np.linspace(0, VOICE_RATE / 2, converted.shape[1]))
    before = vocoder.decode(singer.cepstra) @ weights
    assert np.allclose(converted @ weights, before, rtol=1e-6)


def test_gains_make_the_singers_spectra_the_converted(singer: Features, baritone: Voice) -> None:
    """Where they need not be bounded, they are exactly what leads from one to the other."""
    colour = Conversion.learn(singer, baritone).apply(singer)
    gains = colour.gains(singer)
    assert gains.min() >= 1 / MOST_GAIN
    assert gains.max() <= MOST_GAIN
    free = (gains > 1.01 / MOST_GAIN) & (gains < 0.99 * MOST_GAIN)
    assert free[singer.voiced].mean() > 0.5
    filtered = vocoder.decode(singer.cepstra) * gains**2
    assert np.allclose(filtered[free], colour.envelope[free])


def test_a_voice_is_hardly_changed_into_itself(baritone: Voice) -> None:
    """From a singer to the same singer there is nothing to do."""
    features = baritone.features
    conversion = Conversion.learn(features, baritone)
    assert conversion.warp == pytest.approx(1, abs=0.05)
    assert conversion.spread.mean() == pytest.approx(1, abs=0.05)
    converted = conversion.apply(features).envelope
    change = vocoder.encode(converted)[features.voiced] - features.cepstra[features.voiced]
    assert np.abs(change).mean() < 0.25 * features.cepstra[features.voiced].std(axis=0).mean()


@pytest.mark.parametrize("pitch", [-1, 0, 1])
def test_the_melody_moves_by_octaves_only(singer: Features, baritone: Voice, pitch: int) -> None:
    """Nearly every voiced frame is within 50 cents of where it was, ``pitch`` octaves away."""
    sung = Conversion.learn(singer, baritone).apply(singer).sing(singer.f0 * 2.0**pitch)
    f0 = vocoder.analyse(sung).f0[: len(singer.f0)]
    both = (f0 > 0) & singer.voiced[: len(f0)]
    assert both.sum() > 0.8 * singer.voiced.sum()
    cents = 1200 * np.log2(f0[both] / (singer.f0[: len(f0)][both] * 2.0**pitch))
    assert (np.abs(cents) < 50).mean() > 0.95


def test_the_singers_breath_is_not_asked_for(singer: Features, baritone: Voice) -> None:
    """A voice that has sounds of both kinds brings its own aperiodicity."""
    plain = attrs.evolve(singer, aperiodicity=np.zeros_like(singer.aperiodicity))
    conversion = Conversion.learn(singer, baritone)
    colour, same = conversion.apply(singer), conversion.apply(plain)
    assert np.array_equal(colour.aperiodicity, same.aperiodicity)
    assert np.array_equal(colour.envelope, same.envelope)


def test_another_process_sings_the_same(singer: Features, baritone: Voice) -> None:
    """A conversion survives pickling, and nothing in it is left to chance."""
    conversion = Conversion.learn(singer, baritone)
    sung = pickle.loads(pickle.dumps(conversion)).apply(singer).sing(singer.f0)
    assert np.array_equal(sung, conversion.apply(singer).sing(singer.f0))


def test_one_frame_is_enough_to_learn(baritone: Voice) -> None:
    """However little was sung, the conversion is made of finite numbers."""
    features = baritone.features
    first = np.flatnonzero(features.voiced)[:1]
    source = Features(features.f0[first], features.cepstra[first], features.aperiodicity[first])
    conversion = Conversion.learn(source, baritone)
    assert np.isfinite(conversion.apply(features).sing(features.f0)).all()

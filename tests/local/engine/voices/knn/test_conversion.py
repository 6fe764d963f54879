"""The singer's timbre moves towards the voice; loudness stays."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt
import pytest

from voiceshift.local import demo
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.loudness import a_weighting
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample
from voiceshift.local.engine.vocoder import Features, Frames
from voiceshift.local.engine.voices.knn.conversion import Conversion
from voiceshift.local.engine.windows import AnalysedWindow, Window

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.knn.timbre import TargetTimbre
    from voiceshift.local.engine.voices.knn.voice import Voice


def distance(envelope: Frames, voiced: npt.NDArray[np.bool_], voice: Voice) -> float:
    """Return how far frames are from the nearest of the voice, in its standard deviations."""
    own = voice.features.cepstra[voice.features.voiced, 1:20]
    sung = vocoder.to_cepstra(envelope)[voiced, 1:20] / own.std(axis=0)
    own = own / own.std(axis=0)
    squared = (sung**2).sum(axis=1)[:, None] - 2 * sung @ own.T + (own**2).sum(axis=1)
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())


@pytest.fixture(scope="module")
def conversion(singer: Features, baritone: Voice) -> Conversion:
    """From the singer of the demo song to a demo voice."""
    return Conversion.learn(singer, baritone.features)


@pytest.fixture(scope="module")
def timbre(singer: Features, conversion: Conversion) -> TargetTimbre:
    """What the singer sounds like then."""
    return conversion.apply(singer)


@pytest.fixture(scope="module")
def phrase(singer: Features) -> AnalysedWindow:
    """Two seconds of the singer, more to the left."""
    mono = np.concatenate(list(read_blocks(demo.SONG, SONG_RATE)))[: 2 * SONG_RATE].mean(axis=1)
    vocals = mono[:, None] * np.array([1.0, 0.5], np.float32)
    low = resample(vocals[:, 0], SONG_RATE, VOICE_RATE)
    frames = slice(2 * vocoder.FRAMES_PER_SECOND)
    features = Features(singer.f0[frames], singer.cepstra[frames], singer.aperiodicity[frames])
    return AnalysedWindow(Window(vocals, is_last=True), vocals, low, features)


def test_frames_become_the_voices(
    singer: Features, baritone: Voice, timbre: TargetTimbre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Converted frames are nearer to the voice's than the singer's, and far nearer than others.

    The others have the voice's mean and standard deviation, but are not mixed from its frames.
    """
    monkeypatch.setattr("voiceshift.local.engine.voices.knn.conversion.KNN_WEIGHT", 0.0)
    unmixed = Conversion.learn(singer, baritone.features).apply(singer).envelope
    before, without, after = (
        distance(envelope, singer.voiced, baritone)
        for envelope in (vocoder.to_envelope(singer.cepstra), unmixed, timbre.envelope)
    )
    assert after < 0.9 * before
    assert after < 0.75 * without


def test_the_timbre_becomes_the_targets(
    singer: Features, baritone: Voice, timbre: TargetTimbre
) -> None:
    """The mean spectrum of the converted singer is much nearer to the voice than before."""
    target = baritone.features.cepstra[baritone.features.voiced, 1:].mean(axis=0)
    sung = singer.cepstra[singer.voiced, 1:].mean(axis=0)
    converted = vocoder.to_cepstra(timbre.envelope[singer.voiced])[:, 1:].mean(axis=0)
    assert np.linalg.norm(converted - target) < 0.5 * np.linalg.norm(sung - target)


def test_loudness_of_every_frame_is_kept(singer: Features, timbre: TargetTimbre) -> None:
    """Conversion changes the timbre and not the dynamics, as they are heard."""
    weights = a_weighting(np.linspace(0, VOICE_RATE / 2, timbre.envelope.shape[1]))
    before = vocoder.to_envelope(singer.cepstra) @ weights
    assert np.allclose(timbre.envelope @ weights, before, rtol=1e-6)


@pytest.mark.slow
def test_a_voice_is_hardly_changed_into_itself(baritone: Voice) -> None:
    """From a singer to the same singer there is nothing to do."""
    features = baritone.features
    conversion = Conversion.learn(features, features)
    assert conversion.warp == pytest.approx(1, abs=0.05)
    assert conversion.std_ratio.mean() == pytest.approx(1, abs=0.05)
    converted = conversion.apply(features).envelope
    change = vocoder.to_cepstra(converted)[features.voiced] - features.cepstra[features.voiced]
    assert np.abs(change).mean() < 0.25 * features.cepstra[features.voiced].std(axis=0).mean()


def test_the_singers_breath_is_not_asked_for(
    singer: Features, conversion: Conversion, timbre: TargetTimbre
) -> None:
    """A voice that has sounds of both kinds brings its own aperiodicity."""
    plain = attrs.evolve(singer, aperiodicity=np.zeros_like(singer.aperiodicity))
    same = conversion.apply(plain)
    assert np.array_equal(timbre.aperiodicity, same.aperiodicity)
    assert np.array_equal(timbre.envelope, same.envelope)


def test_another_process_sings_the_same(
    singer: Features, conversion: Conversion, timbre: TargetTimbre
) -> None:
    """A conversion survives pickling, and nothing in it is left to chance."""
    sung = pickle.loads(pickle.dumps(conversion)).apply(singer).synthesise(singer.f0)
    assert np.array_equal(sung, timbre.synthesise(singer.f0))


def test_one_frame_is_enough_to_learn(baritone: Voice) -> None:
    """However little was sung, the conversion is made of finite numbers."""
    features = baritone.features
    first = np.flatnonzero(features.voiced)[:1]
    source = Features(features.f0[first], features.cepstra[first], features.aperiodicity[first])
    conversion = Conversion.learn(source, features)
    frames = slice(200)
    sung = Features(features.f0[frames], features.cepstra[frames], features.aperiodicity[frames])
    assert np.isfinite(conversion.apply(sung).synthesise(sung.f0)).all()


@pytest.mark.parametrize(
    ("source_f0", "is_synthesised"),
    [pytest.param(300.0, False, marks=pytest.mark.slow), (400.0, True)],
)
def test_only_high_singing_is_synthesised_to_be_moved(
    phrase: AnalysedWindow, conversion: Conversion, source_f0: float, is_synthesised: bool
) -> None:
    """What is moved by its own sound stays where it is in the stereo picture."""
    left, right = attrs.evolve(conversion, source_f0=source_f0).sing(phrase, 1).T
    assert bool(np.abs(right).max() > 0.6 * np.abs(left).max()) == is_synthesised

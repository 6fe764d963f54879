"""A singer's frames find the nearest sounds of a voice."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voiceshift.local.engine.voices.knn.matching import MatchingSet

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.knn.voice import Voice


@pytest.fixture(scope="module")
def matching_set(baritone: Voice) -> MatchingSet:
    """That of a demo voice."""
    features = baritone.features
    return MatchingSet.of(features, features.cepstra[features.voiced].std(axis=0))


def test_a_sound_finds_itself(baritone: Voice, matching_set: MatchingSet) -> None:
    """What the voice itself says comes back as it is, also from a half-precision copy."""
    features = baritone.features
    cepstra, aperiodicity, found = matching_set.match(features.cepstra, features.voiced)
    assert found.all()
    assert np.abs(cepstra - features.cepstra).mean() < 0.02
    assert np.abs(aperiodicity - features.aperiodicity).mean() < 0.1


def test_the_voiced_are_among_the_voiced(baritone: Voice, matching_set: MatchingSet) -> None:
    """A frame is not mixed from sounds of the other kind, however near they are."""
    features = baritone.features
    cepstra, *_ = matching_set.match(features.cepstra, ~features.voiced)
    own = features.cepstra[~features.voiced]
    # A mean of some of the unvoiced lies within their bounds in each coefficient.
    inside = (cepstra[features.voiced] >= own.min(axis=0) - 0.1) & (
        cepstra[features.voiced] <= own.max(axis=0) + 0.1
    )
    assert inside.all()
    assert np.abs(cepstra - features.cepstra).mean() > 0.1


def test_a_kind_of_sound_may_be_missing(baritone: Voice) -> None:
    """A voice that only hums has nothing in the place of consonants."""
    features = baritone.features
    humming = MatchingSet(
        features.cepstra[features.voiced].astype(np.float16),
        features.aperiodicity[features.voiced].astype(np.float16),
        features.voiced[features.voiced],
        np.ones(40),
    )
    assert np.array_equal(humming.match(features.cepstra, features.voiced)[2], features.voiced)


def test_a_matching_set_is_light(baritone: Voice, matching_set: MatchingSet) -> None:
    """They go to other processes with every window: about 1 MB for each minute."""
    minutes = len(baritone.features.f0) / 200 / 60
    assert len(pickle.dumps(matching_set)) < 1.2e6 * minutes

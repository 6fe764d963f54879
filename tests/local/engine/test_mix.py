"""Voice and accompaniment, mixed."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.mix import AS_IN_SONG, Mix
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.windows import Window

RANDOM = np.random.default_rng(1)
VOCALS, ACCOMPANIMENT, SUNG = (
    RANDOM.normal(0, 0.05, (SONG_RATE // 10, 2)).astype(np.float32) for _ in range(3)
)
WINDOW = Window(VOCALS + ACCOMPANIMENT, is_last=True)


def test_as_in_the_song() -> None:
    """The singing takes the place of the vocals."""
    mixed = AS_IN_SONG.sung(WINDOW, VOCALS, SUNG).samples
    assert np.allclose(mixed, ACCOMPANIMENT + SUNG, atol=1e-6)


def test_where_nobody_sings_nothing_changes() -> None:
    """To the sample."""
    assert np.array_equal(AS_IN_SONG.unsung(WINDOW).samples, WINDOW.samples)


def test_the_stems_add_up() -> None:
    """Each without the other is what it is in the mix."""
    stems = [Mix(accompaniment=None), Mix(vocals=None)]
    voice, rest = (stem.sung(WINDOW, VOCALS, SUNG).samples for stem in stems)
    whole = AS_IN_SONG.sung(WINDOW, VOCALS, SUNG).samples
    assert np.abs(voice + rest - whole).max() < 1e-6


def test_without_accompaniment_nothing_sounds_where_nobody_sings() -> None:
    """There is silence."""
    assert not Mix(accompaniment=None).unsung(WINDOW).samples.any()


@pytest.mark.parametrize("decibels", [-20.0, 6.0])
def test_levels_are_decibels(decibels: float) -> None:
    """Of the amplitude."""
    mixed = Mix(vocals=decibels, accompaniment=None).sung(WINDOW, VOCALS, SUNG).samples
    assert np.allclose(mixed, SUNG * 10 ** (decibels / 20), rtol=1e-3, atol=1e-6)

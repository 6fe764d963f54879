"""What other ways to convert are tried with; what comes of them is not asserted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from docs.trials.__main__ import main
from docs.trials.methods import best_path, drier, gated
from docs.trials.tries import TRIES
from docs.trials.workbench import TakenApart
from tests.benchmarks.cover_quality.covers import cover, everything
from voiceshift.local import demo
from voiceshift.local.engine import knn
from voiceshift.local.engine.reader import SONG_RATE, read_blocks
from voiceshift.local.engine.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.reader import Samples


@pytest.fixture(scope="module")
def song() -> Samples:
    """The demo song."""
    return np.concatenate(list(read_blocks(demo.SONG, SONG_RATE)))


@pytest.fixture(scope="module")
def taken(song: Samples) -> TakenApart:
    """The demo song with all of it taken for vocals."""
    return TakenApart.of(song, everything)


@pytest.fixture(scope="module")
def voice() -> Voice:
    """A demo voice."""
    return Voice.from_recordings("baritone", [demo.VOICES["baritone"]])


def test_the_engine_is_tried_as_it_is(song: Samples, taken: TakenApart, voice: Voice) -> None:
    """The first try makes the engine's cover, but for what the encoding does to it."""
    alone, covered = taken.covered(TRIES["engine"], voice)
    encoded = cover(song, voice, 0, everything)
    assert np.corrcoef(covered.ravel(), encoded.ravel())[0, 1] > 0.99
    assert np.allclose(alone, covered, atol=1e-3)  # there is no accompaniment


def test_a_try_ends(taken: TakenApart, voice: Voice) -> None:
    """The engine is another within a try, and makes other covers, and is itself again after it."""
    before = knn.NEIGHBOURS
    attempt = TRIES["1 neighbour"]
    _, plain = taken.covered(attempt, voice)
    with attempt.in_the_engine():
        _, tried = taken.covered(attempt, voice)
        assert before > knn.NEIGHBOURS == 1
    assert before == knn.NEIGHBOURS
    assert not np.allclose(plain, tried, atol=1e-3)


def test_every_try_changes_what_there_is() -> None:
    """Whatever a try changes is in the engine: a name that was given up there is found out here."""
    for attempt in TRIES.values():
        with attempt.in_the_engine():
            assert all(getattr(module, name) is value for module, name, value in attempt.changes)


@pytest.mark.parametrize(
    "name", ["unchanged", "synthesised", "only voiced", "flat loudness", "louder", "long-term"]
)
def test_tries_that_replace_a_step_make_covers(taken: TakenApart, voice: Voice, name: str) -> None:
    """Other ones than the engine, of finite samples."""
    with TRIES[name].in_the_engine():
        _, tried = taken.covered(TRIES[name], voice)
    assert np.isfinite(tried).all()
    assert not np.allclose(tried, taken.covered(TRIES["engine"], voice)[1], atol=1e-3)


@pytest.mark.parametrize("clean", [drier, gated])
def test_cleaned_vocals_leave_the_song_as_it_is(taken: TakenApart, clean: object) -> None:
    """What is taken from the vocals is in the accompaniment; some of them is taken."""
    assert callable(clean)
    part = clean(taken.parts[0])
    assert np.array_equal(part.window.samples, taken.parts[0].window.samples)
    before, after = (np.square(each.vocals).mean() for each in (taken.parts[0], part))
    assert 0.2 * before < after < 0.999 * before


def test_the_best_path_goes_on_as_the_voice_did() -> None:
    """A sound that follows the one before is taken, though another is a little nearer."""
    own = np.random.default_rng(1).normal(size=(12, 20))
    sung = own[:10].copy()
    sung[4] += 0.1
    sounds_there = np.concatenate([own, sung[4:5]])
    path = best_path(sung, sounds_there, np.arange(13.0)[:, None])[:, 0]
    assert np.array_equal(path, np.arange(10))


def test_missing_songs_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without songs nothing is tried."""
    assert main(["--songs", str(tmp_path), "engine"]) == 2
    assert "there is no song with sung notes" in capsys.readouterr().err

"""What other ways to convert are tried with; what comes of them is not asserted here."""

from __future__ import annotations

import numpy as np
import pytest

from docs.trials.tries import TRIES
from docs.trials.workbench import AnalysedSong
from tests.benchmarks.cover_quality.covers import everything
from tests.benchmarks.cover_quality.installed import Unavailable
from voiceshift.local import demo
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.voices.knn.voice import Voice


@pytest.mark.slow
def test_tries_change_the_engine_while_they_last() -> None:
    """What they change is still there; one makes another cover of a short song, of finite sound."""
    for attempt in TRIES.values():
        with attempt.in_the_engine():
            assert all(getattr(module, name) is value for module, name, value in attempt.changes)
    song = np.concatenate(list(read_blocks(demo.SONG, SONG_RATE)))[: 4 * SONG_RATE]
    analysed = AnalysedSong.of(song, everything)
    voice = Voice.from_recordings("baritone", [demo.VOICES["baritone"]])
    covers = []
    for name in ("engine", "1 neighbour", "engine"):
        with TRIES[name].in_the_engine():
            covers.append(analysed.covered(TRIES[name], voice)[1])
    before, tried, after = covers
    assert np.isfinite(tried).all()
    assert not np.allclose(tried, before, atol=1e-3)
    assert np.array_equal(before, after)


def test_a_song_in_which_nobody_sings_is_not_tried_on() -> None:
    """The error says what to do."""
    analysed = AnalysedSong.of(np.zeros((SONG_RATE, 2), np.float32), everything)
    with pytest.raises(Unavailable, match=r"nobody sings .* --seconds"):
        analysed.covered(TRIES["engine"], Voice("nobody", analysed.windows[0].features))

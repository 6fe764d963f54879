"""The benchmark of a cover's options measures what it says."""

from __future__ import annotations

import pytest

from tests.benchmarks import options
from voiceshift.local import demo


@pytest.mark.slow
def test_options_are_measured() -> None:
    """Each takes time, a part takes less than the whole, and so does a second voice."""
    times = dict(options.measure(demo.SONG, "dsp"))
    assert min(times.values()) > 0
    assert times["`start`, `length`: a quarter"] < times["none (Vorbis)"]
    assert times["a second voice"] < times["the first voice, which is kept"]

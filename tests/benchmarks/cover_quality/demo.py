"""How far the cover that ``voiceshift demo`` makes is from the bundled song."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.covers import cover, vocals_in
from tests.benchmarks.cover_quality.goals import DEMO_GAIN, DEMO_TO_SINGER
from tests.benchmarks.cover_quality.listeners import as_voice, similarity
from tests.benchmarks.rounds import progress
from voiceshift.local import demo
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.voices.knn.recordings import read_recording
from voiceshift.local.engine.voices.knn.voice import Voice

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings


def measure_demo(findings: Findings) -> None:
    """Cover the bundled song as the command does; the voice is judged by its recordings."""
    progress("demo")
    song = np.concatenate(list(read_blocks(demo.SONG, SONG_RATE)))
    recordings = demo.VOICES[demo.VOICE]
    covered = cover(song, Voice.from_recordings(demo.VOICE, [recordings]), "auto")
    before, after = (as_voice(vocals_in(each)) for each in (song, covered))
    own = np.concatenate(list(read_recording(recordings)))
    gain = similarity(after, own) - similarity(before, own)
    name = f"{demo.SONG_TITLE} to {demo.VOICE}"
    row = {DEMO_GAIN: gain, DEMO_TO_SINGER: similarity(before, after)}
    findings.keep("demo", "as shipped", {name: row})

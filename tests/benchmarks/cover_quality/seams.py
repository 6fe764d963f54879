"""Whether it is heard where one window goes over into the next.

Two covers are made of the same singing, the second of it from half a window later on. So each has
its seams where the other has none, and whatever else makes the level change there, words and
pauses, is in both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.covers import cover, everything, voice_of
from tests.benchmarks.cover_quality.goals import SEAM_STEPS, SEAM_STEPS_IN_DECIBELS, Measure
from tests.benchmarks.cover_quality.metrics import level_steps
from tests.benchmarks.cover_quality.mixes import as_song, sung_by
from tests.benchmarks.rounds import progress
from voiceshift.local.engine.samples import SONG_RATE, Samples, to_mono
from voiceshift.local.engine.windows import HOP, OVERLAP

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Collection, Speaker
    from tests.benchmarks.cover_quality.scale import Scale

HALF = HOP // 2
"""Frames by which the second cover begins later: from a seam of one to the next of the other."""

STEPS_APART = SONG_RATE // 200
"""Frames between two instants at which a level step is looked for: 5 ms."""


def measure_seams(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover singing without accompaniment, for each pair of singer and voice."""
    rows = {}
    for singer, target in material.couples[: scale.pairs]:
        name = f"{singer.name} to {target.name}"
        progress(f"seams: {name}")
        rows[name] = _measure(singer, target, scale.seam_seconds)
    findings.keep("seams", material.name, rows)


def _measure(singer: Speaker, target: Speaker, seconds: float) -> dict[Measure, float]:
    singing, voice = sung_by(singer, seconds), voice_of(target)
    song, octaves = as_song(singing.samples), singing.octaves_to(voice)
    first = cover(song, voice, octaves, everything)
    second = cover(song[HALF:], voice, octaves, everything)
    seams, others = [], []
    for number in range(2, (len(song) - 2 * OVERLAP) // HALF):
        of_first = _largest_step(first, song, number * HALF)
        of_second = _largest_step(second, song[HALF:], (number - 1) * HALF)
        at_seam, other = (of_second, of_first) if number % 2 else (of_first, of_second)
        seams.append(at_seam)
        others.append(other)
    return {
        SEAM_STEPS: float(np.mean(seams) / np.mean(others)),
        SEAM_STEPS_IN_DECIBELS: float(np.mean(seams)),
    }


def _largest_step(covered: Samples, song: Samples, start: int) -> float:
    """Return the largest level step in the stretch of an overlap's length from ``start`` on.

    Where in the overlap one window goes over into the next, only the engine knows.
    """
    instants = np.arange(start, start + OVERLAP, STEPS_APART)
    return float(level_steps(to_mono(covered), to_mono(song), instants, SONG_RATE).max())

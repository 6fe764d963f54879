"""Whether it is heard where one window goes over into the next.

Two covers are made of the same singing, the second of it from half a window later on. So each has
its seams where the other has none, and whatever else makes the level change there is in both.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.covers import cover, everything
from tests.benchmarks.cover_quality.metrics import level_steps
from tests.benchmarks.rvc import material
from voiceshift.local.engine.onnx_sessions import Hardware
from voiceshift.local.engine.samples import SONG_RATE, to_mono
from voiceshift.local.engine.windows import FIRST_HOP, HOP, OVERLAP
from voiceshift.local.workers.pool import available_cores

if TYPE_CHECKING:
    import argparse

    from voiceshift.local.engine.samples import Samples

HALF = HOP // 2 // 441 * 441
"""Frames by which the second cover begins later."""

STEPS_APART = SONG_RATE // 200
"""Frames between two instants at which a level step is looked for: 5 ms."""

MAX_RATIO = 1.1
"""Goal: how much larger the level steps at seams may be than where there are none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    material.add_arguments(parser, seconds=60)


def run(options: argparse.Namespace) -> bool:
    """Print how much the level changes at seams, and how much in the middle of windows."""
    song = material.song(options.seconds, third=options.third)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        voice = material.voice(Path(name), options.kind, Hardware("cpu", available_cores()))
        first = cover(song, voice, separate=everything)
        second = cover(song[HALF:], voice, separate=everything)
    at_seams, others = [], []
    for shift in (0, HALF):
        for seam in _seams(len(song), shift):
            steps = [
                _largest_step(first, song, seam),
                _largest_step(second, song[HALF:], seam - HALF),
            ]
            at_seams.append(steps[bool(shift)])
            others.append(steps[not shift])
    ratio = float(np.mean(at_seams) / np.mean(others))
    sys.stdout.write(
        f"{len(at_seams)} seams: level steps of {np.mean(at_seams):.1f} dB, {ratio:.2f} times "
        "those in the same places in the middle of a window\n"
    )
    return ratio <= MAX_RATIO


def _seams(frames: int, shift: int) -> list[int]:
    """Return where two windows overlap, in frames of the song, of a cover that begins later."""
    starts = range(shift + FIRST_HOP, frames - OVERLAP, HOP)
    return [start for start in starts if start >= HALF + OVERLAP]


def _largest_step(covered: Samples, song: Samples, start: int) -> float:
    """Return the largest level step in an overlap from ``start`` on, wherever it is faded."""
    instants = np.arange(start, start + OVERLAP, STEPS_APART)
    return float(level_steps(to_mono(covered), to_mono(song), instants, SONG_RATE).max())

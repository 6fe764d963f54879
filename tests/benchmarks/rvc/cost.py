"""Time and memory of a cover in a voice of full size, made by worker processes."""

from __future__ import annotations

import io
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

from tests.benchmarks.cover_quality.resources import family
from tests.benchmarks.rvc import material
from tests.benchmarks.rvc.resources import as_text, peak_memory, processor_seconds
from voiceshift.local.engine.onnx_sessions import Hardware
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.separators import load_separator
from voiceshift.local.workers.pool import WorkerPool, available_cores

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    material.add_arguments(parser, seconds=60)
    parser.add_argument("--workers", type=int, default=available_cores(), help="(%(default)s)")
    parser.add_argument("--separator", help="what separates the vocals")


def run(options: argparse.Namespace) -> bool:
    """Print what one cover takes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        threads = max(1, available_cores() // options.workers)
        voice = material.voice(folder, options.kind, Hardware("cpu", threads))
        song = folder / "song.wav"
        soundfile.write(song, material.song(options.seconds, third=options.third), SONG_RATE)
        with (
            WorkerPool(options.workers) as pool,
            peak_memory(lambda: family(os.getpid())[1:]) as peak,
        ):
            engine = WorldEngine(load_separator(options.separator), max_pending=options.workers + 1)
            start = time.perf_counter()
            chunks = engine.cover(song, voice, 0, pool)
            first = next(chunk for chunk in chunks if chunk)
            until_first = time.perf_counter() - start
            whole = b"".join(itertools.chain([first], chunks))
            elapsed = time.perf_counter() - start
    seconds = soundfile.info(io.BytesIO(whole)).duration
    taken = as_text(seconds, elapsed, until_first, peak[0], processor_seconds())
    sys.stdout.write(f"{options.kind}, {options.workers} workers: {taken}\n")
    return True

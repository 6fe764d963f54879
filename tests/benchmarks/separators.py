"""``python -m tests.benchmarks.separators [name...]``: what separators cost.

Beside those that have a name there is ``numpy``: Spleeter's network in plain NumPy, to see what
ONNX Runtime gains. How well they separate is measured by ``tests.benchmarks.cover_quality``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from tests.support import spleeter_reference
from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.separation.tf_checkpoint import Arrays

WINDOW = 12
"""Seconds of a window with its context."""

ROUNDS = 5
"""Windows after the first; the fastest counts."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print a table.

    Args:
        arguments: Of the command line; ``None`` takes the process's own.
    """
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("names", metavar="name", nargs="*", default=["spleeter", "numpy", "dsp"])
    options = parser.parse_args(arguments)
    _say(f"{'':>10} {'first window':>12} {'x real time':>12} {'peak memory':>12}")
    for name in options.names:
        first, speed, memory = _costs(name)
        _say(f"{name:>10} {first:10.2f} s {speed:12.1f} {memory:9.0f} MB")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _costs(name: str) -> tuple[float, float, float]:
    """Return seconds of the first window, speed of the others and MB, in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return executor.submit(measure_costs, name).result()


def measure_costs(name: str) -> tuple[float, float, float]:
    """Measure in this process, which must be a fresh one; what is read first counts, too."""
    mix = np.random.default_rng(0).normal(0, 0.1, (WINDOW * SONG_RATE, 2)).astype(np.float32)
    times = []
    for _ in range(1 + ROUNDS):
        begin = time.process_time()  # of one core, whatever else the machine does
        _separator(name)(mix, SONG_RATE)
        times.append(time.process_time() - begin)
    return times[0], WINDOW / min(times[1:]), _peak_memory()


def _peak_memory() -> float:
    """Return the most memory this process had, in MB; systems other than POSIX do not tell."""
    if os.name != "posix":
        return float("nan")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _separator(name: str) -> Separator:
    return numpy_spleeter if name == "numpy" else load_separator(name)


def numpy_spleeter(mix: Samples, rate: int) -> Samples:
    """Do the work of Spleeter in NumPy; the weights are not the trained ones."""
    spectra = stft.analyse(mix, 64)
    spectra[:, :, :1024] *= spleeter_reference.mask(_weights(), np.abs(spectra[:, :, :1024]))
    return stft.synthesise(spectra, len(mix))


@cache
def _weights() -> Arrays:
    return spleeter_reference.random_weights()


if __name__ == "__main__":
    sys.exit(main())

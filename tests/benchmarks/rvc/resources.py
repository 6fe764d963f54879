"""The memory and the time that other processes take."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.benchmarks.cover_quality.resources import INTERVAL, memory_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def peak_memory(processes: Callable[[], list[int]]) -> Iterator[list[int]]:
    """Watch processes, and keep the most bytes that they held at a time in a list of one number."""
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(INTERVAL):
            peak[0] = max(peak[0], sum(map(memory_of, processes())))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def processor_seconds() -> float:
    """Return the processor time of this process's children that have ended, and of theirs."""
    busy = os.times()
    return busy.children_user + busy.children_system


def as_text(made: float, elapsed: float, first: float, peak: int, processors: float) -> str:
    """Say what a cover took, in seconds and bytes.

    Args:
        made: How long it is.
        elapsed: How long it took.
        first: How long it took until there was sound.
        peak: The most memory that was held at a time.
        processors: The time of processors.
    """
    return (
        f"{made:.1f} s of song in {elapsed:.1f} s ({processors:.1f} s of processors), "
        f"{made / elapsed:.2f} x real time; first sound after {first:.1f} s; {peak / 1e9:.2f} GB, "
        "shared pages counted once"
    )

"""The memory that processes take while something else is done."""

from __future__ import annotations

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

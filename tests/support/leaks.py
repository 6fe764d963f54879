"""Finds what a test left behind: threads, open files and sockets, unfinished files."""

from __future__ import annotations

import gc
import threading
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 5.0
"""Seconds that threads and sockets may take to end on a busy machine."""

DESCRIPTORS = Path("/proc/self/fd")
"""Where Linux lists what this process has open; other systems have no such place."""


class Leaks:
    """Compares what there is after a test with what there was before it.

    Args:
        folder: Where the test writes its files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = set(threading.enumerate())
        self._descriptors = open_descriptors()

    def find(self) -> list[str]:
        """What was left behind, in words; empty where nothing was."""
        deadline = time.monotonic() + PATIENCE
        threads = [f"thread {name}" for name in self._living_threads(deadline)]
        descriptors = [f"open {name}" for name in self._left_open(deadline)]
        parts = [path.name for path in sorted(self._folder.rglob("*.part"))]
        return threads + descriptors + parts

    def _living_threads(self, deadline: float) -> list[str]:
        """Names of new threads that do not end, but for foreign ones that cannot hold the exit."""
        threads = [
            thread
            for thread in threading.enumerate()
            if thread not in self._threads
            and (thread.name.startswith("voiceshift-") or not thread.daemon)
        ]
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return sorted(thread.name for thread in threads if thread.is_alive())

    def _left_open(self, deadline: float) -> list[str]:
        """What new descriptors stand for; waits for those that are just being closed."""
        while left := open_descriptors() - self._descriptors:
            if time.monotonic() >= deadline:
                break
            gc.collect()  # an object in a reference cycle keeps its descriptor until then
            time.sleep(0.01)  # a descriptor has no event that tells of its end
        return sorted(left)


def open_descriptors() -> set[str]:
    """Everything this process has open, such as ``socket:[12345]`` or the path of a file."""
    names = set()
    for link in DESCRIPTORS.iterdir() if DESCRIPTORS.exists() else ():
        with suppress(FileNotFoundError):  # the one of the listing itself
            names.add(f"{link.name}: {link.readlink()}")
    return names

"""What the displays of progress say in words: how much came, of how many, in what time. Pure."""

from __future__ import annotations

import time

__all__ = ["CoverCount", "TallyCount", "clock", "size_text"]


def clock(seconds: float) -> str:
    """Seconds as a player shows them.

    Example:
        >>> clock(83.6), clock(3723)
        ('1:24', '1:02:03')
    """
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def size_text(size: int) -> str:
    """Bytes for a reader, in powers of ten.

    Example:
        >>> size_text(4000), size_text(12_345_678)
        ('4 kB', '12.3 MB')
    """
    return f"{size / 1e3:.0f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


class CoverCount:
    """How much of a cover came, and since when it was waited for.

    Attributes:
        segments: Messages that came.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self.segments = 0
        self._size = 0

    def add(self, size: int) -> None:
        """Count a segment of ``size`` bytes."""
        self.segments += 1
        self._size += size

    @property
    def elapsed(self) -> str:
        """How long it has been."""
        return clock(time.monotonic() - self._started)

    def __str__(self) -> str:
        plural = "" if self.segments == 1 else "s"
        return f"{self.segments} segment{plural}, {size_text(self._size)}, {self.elapsed}"


class TallyCount:
    """How many covers ended, and how many of them failed.

    Attributes:
        done: Covers that ended.
        failed: Those of them that failed.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self.done = 0
        self.failed = 0

    def __str__(self) -> str:
        of = "" if self._total is None else f" of {self._total}"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done}{of} covers{failed}"

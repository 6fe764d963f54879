"""Progress in a notebook: one line of the cell's output, updated in place, without widgets."""

from __future__ import annotations

import time

from voiceshift.display.counts import CoverCount, TallyCount

__all__ = ["Line", "TallyLine"]

PAUSE = 0.1
"""Seconds between two updates: a segment may come every millisecond, and each update is a message
to the browser."""


class Output:
    """A piece of text in the cell's output that can be replaced."""

    def __init__(self, text: str) -> None:
        from IPython.display import display

        self._handle = display(_mime_bundle(text), raw=True, display_id=True)

    def show(self, text: str) -> None:
        """Put ``text`` in the place of what is there."""
        self._handle.update(_mime_bundle(text), raw=True)


def _mime_bundle(text: str) -> dict[str, str]:
    return {"text/plain": text}


class Line:
    """One line for one cover: what it waits for, then how much came."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._count = CoverCount()
        self._notice = self._shown = "connecting"
        self._output = Output(f"{label}: connecting")
        self._next_update = 0.0

    def notice(self, text: str) -> None:
        """Show ``text``."""
        self._notice = text
        self._show(text)

    def add(self, size: int) -> None:
        """Count further bytes."""
        self._notice = ""
        self._count.add(size)
        if time.monotonic() >= self._next_update:
            self._show(str(self._count))
            self._next_update = time.monotonic() + PAUSE

    def tick(self) -> None:
        """Show the time, behind what is waited for or came."""
        words = f"{self._notice} ({self._count.elapsed})" if self._notice else str(self._count)
        if words != self._shown:  # each is a message to the browser
            self._show(words)

    def end(self, *, complete: bool) -> None:
        """Say how it ended."""
        self._show(f"{self._count}{'' if complete else ', incomplete'}")

    def _show(self, text: str) -> None:
        self._shown = text
        self._output.show(f"{self._label}: {text}")


class TallyLine:
    """One line for many covers, and below it one for each that failed."""

    def __init__(self, total: int | None) -> None:
        self._count = TallyCount(total)
        self._failures: list[str] = []
        self._output = Output(str(self._count))

    def succeed(self) -> None:
        """Count one."""
        self._count.done += 1
        self._show()

    def fail(self, failure: str) -> None:
        """Count one, and list it."""
        self._failures.append(failure)
        self._count.done += 1
        self._count.failed += 1
        self._show()

    def notice(self, text: str) -> None:
        """Show ``text`` behind the count, until the next cover ends."""
        self._show(f"; {text}")

    def end(self) -> None:
        """Leave the lines: they say how it ended."""
        self._show()

    def _show(self, notice: str = "") -> None:
        self._output.show("\n".join([f"{self._count}{notice}", *self._failures]))

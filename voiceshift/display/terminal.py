"""Progress on standard error: a bar on a terminal, plain lines in a pipe or a log file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from voiceshift.display.counts import CoverCount, TallyCount

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Bar", "Lines", "TallyBar", "TallyLines", "make_bar"]


def make_bar(**options: Any) -> tqdm[Any]:
    """A tqdm bar without tqdm's monitor thread, which would outlive it.

    Args:
        **options: For tqdm.
    """
    from tqdm import tqdm

    class UnwatchedBar(tqdm):  # type: ignore[type-arg]  # only its stub is generic
        monitor_interval = 0

    return UnwatchedBar(**options)


class Bar:
    """A tqdm bar without an end, since the protocol announces no length."""

    def __init__(self, label: str) -> None:
        self._bar = make_bar(desc=label, unit="B", unit_scale=True, leave=False)

    def notice(self, text: str) -> None:
        """Show ``text`` behind the bar."""
        self._bar.set_postfix_str(text)

    def add(self, size: int) -> None:
        """Count further bytes."""
        self._bar.set_postfix_str("", refresh=False)
        self._bar.update(size)

    def tick(self) -> None:
        """Draw it anew: it shows the time."""
        self._bar.refresh()

    def end(self, *, complete: bool) -> None:  # noqa: ARG002 - either way it goes
        """Take the bar away."""
        self._bar.close()


class Lines:
    """A line for each change of a cover's state."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._count = CoverCount()

    def notice(self, text: str) -> None:
        """Print ``text``."""
        self._print(text)

    def add(self, size: int) -> None:
        """Count further bytes, and print that they begin to come."""
        self._count.add(size)
        if self._count.segments == 1:
            self._print("receiving")

    def tick(self) -> None:
        """Print nothing: a line is for what changes."""

    def end(self, *, complete: bool) -> None:
        """Print how much came."""
        if self._count.segments:
            self._print(f"{self._count}{'' if complete else ', incomplete'}")

    def _print(self, text: str) -> None:
        _print_line(f"{self._label}: {text}")


class TallyBar:
    """A tqdm bar that counts covers, and those of them that failed.

    It does not list them: on a terminal a script, and the command, print what became of each.
    """

    def __init__(self, total: int | None) -> None:
        self._bar = make_bar(total=total, unit=" covers")
        self._failed = 0

    def succeed(self) -> None:
        """Count one."""
        self._update()

    def fail(self, failure: str) -> None:  # noqa: ARG002 - see above
        """Count one."""
        self._failed += 1
        self._update()

    def notice(self, text: str) -> None:
        """Show ``text`` behind the bar, until the next cover ends."""
        self._bar.set_postfix_str(text)

    def end(self) -> None:
        """Leave the bar: it says how it ended."""
        self._bar.close()

    def _update(self) -> None:
        failed = f"{self._failed} failed" if self._failed else ""
        self._bar.set_postfix_str(failed, refresh=False)
        self._bar.update()


class TallyLines:
    """A line for each cover that failed, and one at the end."""

    def __init__(self, total: int | None) -> None:
        self._count = TallyCount(total)

    def succeed(self) -> None:
        """Count one."""
        self._count.done += 1

    def fail(self, failure: str) -> None:
        """Count one, and list it."""
        self._count.done += 1
        self._count.failed += 1
        _print_line(failure)

    def notice(self, text: str) -> None:
        """Print ``text``."""
        _print_line(text)

    def end(self) -> None:
        """Print how many there were of both."""
        _print_line(str(self._count))


def _print_line(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()

"""Progress of one cover: a bar on a terminal, an updating line in a notebook, else plain lines."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from voiceshift.display import in_notebook
from voiceshift.events import Connected, Event, Queued, Segment
from voiceshift.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tqdm import tqdm

__all__ = ["listening", "make_bar"]


class Display(Protocol):
    """Where progress is shown."""

    def notice(self, text: str) -> None:
        """Show what the cover waits for."""

    def add(self, size: int) -> None:
        """Count ``size`` further bytes of audio."""

    def end(self) -> None:
        """Nothing more comes."""


@contextmanager
def listening(
    on_event: Callable[[Event], object] | None, *, progress: bool | None, label: str
) -> Iterator[Callable[[Event], object] | None]:
    """The one function to call with each event: the user's, the display's, both, or ``None``.

    Args:
        on_event: The user's function.
        progress: Whether to show progress; ``None`` is where somebody is there to see it.
        label: What the progress is of.
    """
    display = _choose_display(progress, label)
    if display is None:
        yield on_event
        return

    def listener(event: Event) -> None:
        with suppress(OSError):  # whoever watched is gone; the cover goes on
            _show(display, event)
        if on_event is not None:
            on_event(event)

    try:
        yield listener
    finally:
        with suppress(OSError):
            display.end()


def _choose_display(progress: bool | None, label: str) -> Display | None:
    if progress is False:
        return None
    if in_notebook():
        return NotebookLine(label)
    if sys.stderr is None:  # a program without a console
        return None
    if sys.stderr.isatty():
        return Bar(label)
    return Lines(label) if progress else None


def _show(display: Display, event: Event) -> None:
    match event:
        case Connected():
            display.notice("connected")
        case Queued():
            display.notice(one_line(event.message))
        case Segment():
            display.add(len(event.audio))


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

    def end(self) -> None:
        """Take the bar away."""
        self._bar.close()


class Counter:
    """What the textual displays have in common: how much came in how many segments."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._segments = 0
        self._size = 0

    def add(self, size: int) -> None:
        """Count further bytes."""
        self._segments += 1
        self._size += size

    def _summary(self) -> str:
        return f"{self._segments} segments, {self._size / 1000:.0f} kB"


class Lines(Counter):
    """A line on standard error for each change of state; for pipes and log files."""

    def notice(self, text: str) -> None:
        """Print ``text``."""
        self._print(text)

    def add(self, size: int) -> None:
        """Count further bytes, and print that they begin to come."""
        super().add(size)
        if self._segments == 1:
            self._print("receiving")

    def end(self) -> None:
        """Print how much came."""
        if self._segments:
            self._print(self._summary())

    def _print(self, text: str) -> None:
        sys.stderr.write(f"{self._label}: {text}\n")
        sys.stderr.flush()


class NotebookLine(Counter):
    """One line of a notebook cell's output, updated in place; needs no widgets."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        from IPython.display import display

        self._handle = display(self._line(""), raw=True, display_id=True)

    def notice(self, text: str) -> None:
        """Show ``text``."""
        self._update(text)

    def add(self, size: int) -> None:
        """Count further bytes."""
        super().add(size)
        self._update(self._summary())

    def end(self) -> None:
        """Leave the line as it is: it says how it ended."""

    def _update(self, text: str) -> None:
        self._handle.update(self._line(text), raw=True)

    def _line(self, text: str) -> dict[str, str]:
        return {"text/plain": f"{self._label}: {text}"}

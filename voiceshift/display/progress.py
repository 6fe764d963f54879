"""Progress, where somebody is there to see it: of one cover, or of many."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from voiceshift.display import jupyter, terminal
from voiceshift.display.card import in_notebook
from voiceshift.events import Connected, Event, Queued, Segment
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Listener", "Tally", "counting", "listening"]


class Display(Protocol):
    """Where the progress of one cover is shown."""

    def notice(self, text: str) -> None:
        """Show what the cover waits for."""

    def add(self, size: int) -> None:
        """Count ``size`` further bytes of audio."""

    def tick(self) -> None:
        """Show how long it has been, where that is shown."""

    def end(self, *, complete: bool) -> None:
        """Nothing more comes."""


class TallyDisplay(Protocol):
    """Where the progress of many covers is shown."""

    def succeed(self) -> None:
        """Count one that went well."""

    def fail(self, failure: str) -> None:
        """Count one that did not, and list it where nothing else does."""

    def notice(self, text: str) -> None:
        """Show what the covers wait for."""

    def end(self) -> None:
        """Nothing more comes."""


class Listener:
    """The one function to call with each event: the display's, the user's, or both.

    Args:
        display: Where to show the progress, if anywhere.
        on_event: The user's function.
    """

    def __init__(self, display: Display | None, on_event: Callable[[Event], object] | None) -> None:
        self.on_event = on_event
        self._display = display

    def __call__(self, event: Event) -> None:
        """Show ``event``, then tell the user."""
        if self._display is not None:
            with suppress(OSError):  # whoever watched is gone; the cover goes on
                _show(self._display, event)
        if self.on_event is not None:
            self.on_event(event)

    def received(self, length: int) -> None:
        """Show that so many bytes of audio came; the user is not told."""
        if self._display is not None:
            with suppress(OSError):
                self._display.add(length)

    def tick(self) -> None:
        """Show that time goes by; the user is not told."""
        if self._display is not None:
            with suppress(OSError):
                self._display.tick()

    def end(self, *, complete: bool) -> None:
        """Nothing more comes."""
        if self._display is not None:
            with suppress(OSError):
                self._display.end(complete=complete)


@contextmanager
def listening(
    on_event: Callable[[Event], object] | None, *, progress: bool | None, label: str
) -> Iterator[Listener | None]:
    """Who hears of a cover's events, or ``None`` where nobody does.

    Args:
        on_event: The user's function.
        progress: Whether to show progress; ``None`` is where somebody is there to see it.
        label: What the progress is of.
    """
    display = _choose_display(progress, one_line(label))
    if display is None and on_event is None:
        yield None
        return
    listener = Listener(display, on_event)
    complete = False
    try:
        yield listener
        complete = True
    finally:
        listener.end(complete=complete)


def _choose_display(progress: bool | None, label: str) -> Display | None:
    match _place(progress):
        case "notebook":
            return jupyter.Line(label)
        case "terminal":
            return terminal.Bar(label)
        case "pipe":
            return terminal.Lines(label)
    return None


def _place(progress: bool | None) -> str | None:
    """Where to show progress: ``notebook``, ``terminal``, ``pipe`` or nowhere."""
    if progress is False:
        return None
    if in_notebook():
        return "notebook"
    if sys.stderr is None:  # a program without a console
        return None
    if sys.stderr.isatty():
        return "terminal"
    return "pipe" if progress else None


def _show(display: Display, event: Event) -> None:
    match event:
        case Connected():
            display.notice("connected")
        case Queued():
            display.notice(one_line(event.message))
        case Segment():
            display.add(len(event.audio))


class Tally:
    """Counts covers as they end, and shows the count where there is somebody to see it."""

    def __init__(self, display: TallyDisplay | None) -> None:
        self._display = display

    def succeed(self) -> None:
        """Count a cover that went well."""
        if self._display is not None:
            with suppress(OSError):  # whoever watched is gone; the covers go on
                self._display.succeed()

    def fail(self, name: str, error: BaseException) -> None:
        """Count a cover that failed, and list it where nothing else does.

        Args:
            name: What was asked for.
            error: Why there is no cover.
        """
        if self._display is not None:
            with suppress(OSError):
                self._display.fail(one_line(f"{name}: {error}"))

    def notice(self, text: str) -> None:
        """Show what the covers wait for."""
        if self._display is not None:
            with suppress(OSError):
                self._display.notice(one_line(text))


@contextmanager
def counting(progress: bool | None, *, total: int | None = None) -> Iterator[Tally]:
    """One bar for many covers; in a notebook with those listed that failed.

    Args:
        progress: Whether to show it; ``None`` is where somebody is there to see it.
        total: How many covers there will be; ``None`` where nobody knows.
    """
    display = _choose_tally(progress, total)
    try:
        yield Tally(display)
    finally:
        if display is not None:
            with suppress(OSError):
                display.end()


def _choose_tally(progress: bool | None, total: int | None) -> TallyDisplay | None:
    match _place(progress):
        case "notebook":
            return jupyter.TallyLine(total)
        case "terminal":
            return terminal.TallyBar(total)
        case "pipe":
            return terminal.TallyLines(total)
    return None

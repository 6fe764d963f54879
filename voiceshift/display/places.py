"""Where progress is shown: a bar on a terminal, lines in a pipe, text in a notebook's cell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from voiceshift.display.output import STANDARD_ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@frozen
class Status:
    """How far something is, in each of the forms that a place may show.

    Attributes:
        count: Of what is counted, such as bytes.
        note: What there is to say beside a count.
        news: What has happened just now, if that is worth a line.
        text: All of it.
        failures: What has failed, where nobody else says so.
    """

    count: int
    note: str
    news: str
    text: str
    failures: Sequence[str] = ()


class Place(Protocol):
    """Somewhere that progress is shown."""

    def show(self, status: Status) -> None:
        """Show how far it is."""

    def remark(self, text: str) -> None:
        """Show a line that stays."""

    def end(self, status: Status) -> None:
        """Show how it ended."""


def open_place(show: bool | None, status: Callable[[], Status], **bar: Any) -> Place | None:
    """The place where somebody sees progress, if there is one.

    Args:
        show: Whether to show it; ``None`` is on a terminal and in a notebook only.
        status: Gives what to begin with.
        **bar: What tqdm is to make of it on a terminal.
    """
    if show is False:
        return None
    try:
        if in_notebook():
            return Cell(status())
        if STANDARD_ERROR.isatty():
            return Bar(**bar)
    except Exception:  # noqa: BLE001 - there is no such place after all
        return None
    return Lines() if show and sys.stderr is not None else None


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    # IPython need not be imported to know: a kernel has done so.
    try:
        return hasattr(sys.modules["IPython"].get_ipython(), "kernel")
    except Exception:  # noqa: BLE001 - there is none, or another module of that name
        return False


class Bar:
    """A bar on a terminal.

    It lists no failures: there a script, and the command, print what became of each cover.
    """

    def __init__(self, **options: Any) -> None:
        from tqdm import tqdm

        class UnwatchedBar(tqdm):  # type: ignore[type-arg]  # only its stub is generic
            monitor_interval = 0  # a thread that would outlive the bar

        self._bar = UnwatchedBar(file=STANDARD_ERROR, dynamic_ncols=True, **options)

    def show(self, status: Status) -> None:
        """Draw the bar."""
        self._bar.set_postfix_str(status.note, refresh=False)
        self._bar.update(status.count - self._bar.n)
        self._bar.refresh()

    def remark(self, text: str) -> None:
        """Write it above the bar."""
        self._bar.write(text, file=STANDARD_ERROR)

    def end(self, status: Status) -> None:
        """Take the bar away, or leave it, as its options say."""
        self.show(status)
        self._bar.close()


class Lines:
    """Plain lines in a pipe or a log file."""

    def show(self, status: Status) -> None:
        """Print what is new."""
        if status.news:
            STANDARD_ERROR.write(f"{status.news}\n")

    def remark(self, text: str) -> None:
        """Print it."""
        STANDARD_ERROR.write(f"{text}\n")

    def end(self, status: Status) -> None:
        """Print the sum, where there is one."""
        if status.count:
            STANDARD_ERROR.write(f"{status.text}\n")


class Cell:
    """Text in a notebook's cell that is updated in place, without widgets."""

    def __init__(self, status: Status) -> None:
        from IPython.display import display

        self._text = status.text
        self._remarks: list[str] = []
        self._handle = display({"text/plain": self._text}, raw=True, display_id=True)

    def show(self, status: Status) -> None:
        """Put ``status`` in the place of what is there, with the failures below it."""
        text = "\n".join([status.text, *self._remarks, *status.failures])
        if text != self._text:  # each update is a message to the browser
            self._handle.update({"text/plain": text}, raw=True)
            self._text = text

    def remark(self, text: str) -> None:
        """Put it below the status, from the next one on."""
        self._remarks.append(text)

    end = show

"""Where progress is shown: a bar on a terminal, lines in a pipe, text in a notebook or web app."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from voiceshift.display.output import STANDARD_ERROR
from voiceshift.util.text import middle_cut

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
        share: How much is done, from 0 to 1, where that says more than the count.
    """

    count: int
    note: str
    news: str
    text: str
    failures: Sequence[str] = ()
    share: float | None = None


class Place(Protocol):
    """Somewhere that progress is shown."""

    def show(self, status: Status, /) -> None:
        """Show how far it is."""

    def remark(self, text: str) -> None:
        """Show a line that stays."""

    def end(self, status: Status, /) -> None:
        """Show how it ended."""


def open_place(show: bool | None, status: Callable[[], Status], **bar: Any) -> Place | None:
    """The place where somebody sees progress, if there is one.

    Args:
        show: Whether to show it; ``None`` is on a terminal, in a notebook and in a web app only.
        status: Gives what to begin with.
        **bar: What tqdm is to make of it on a terminal.
    """
    if show is False:
        return None
    try:
        for is_here, kind in PAGES:
            if is_here():
                return kind(status())
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


def _in_marimo() -> bool:
    """Whether this is a cell of a marimo notebook."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def _in_streamlit() -> bool:
    """Whether this thread runs the script of a Streamlit app for somebody who looks at it."""
    runner = sys.modules.get("streamlit.runtime.scriptrunner")
    return runner is not None and runner.get_script_run_ctx(suppress_warning=True) is not None


COUNT = "{desc}{n_fmt}{unit} [{elapsed}{postfix}]"
COUNTED = "{desc}{percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
SHARE = "{desc}{percentage:3.0f}%|{bar}| [{elapsed}{postfix}]"
"""Layouts of a bar, as tqdm's own but without the rate."""

WIDTH = 80
"""Of a terminal that does not tell."""


class Bar:
    """A bar on a terminal.

    It lists no failures: there a script, and the command, print what became of each cover.
    """

    def __init__(self, *, desc: str = "", **options: Any) -> None:
        from tqdm import tqdm

        class UnwatchedBar(tqdm):  # type: ignore[type-arg]  # only its stub is generic
            monitor_interval = 0  # a thread that would outlive the bar

        layout = COUNTED if options.get("total") else COUNT
        self._bar = UnwatchedBar(
            file=STANDARD_ERROR, dynamic_ncols=True, bar_format=layout, **options
        )
        self._desc = desc
        self._describe()

    def show(self, status: Status) -> None:
        """Draw the bar."""
        width = self._describe()
        self._bar.set_postfix_str(middle_cut(status.note, width // 2), refresh=False)
        if status.share is None:
            self._bar.n = status.count
        else:
            self._bar.bar_format, self._bar.total = SHARE, 1
            self._bar.n = status.share
        self._bar.refresh()

    def remark(self, text: str) -> None:
        """Write it above the bar."""
        self._bar.write(text, file=STANDARD_ERROR)

    def _describe(self) -> int:
        """Put the label before it, as far as there is room; returns how wide it can be."""
        width = self._bar.format_dict["ncols"] or WIDTH
        label = middle_cut(self._desc, width // 3)
        self._bar.set_description_str(f"{label}: " if label else "", refresh=False)
        return int(width)

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


class MarimoCell:
    """A spinner in a marimo notebook's cell, which goes when the work is done."""

    def __init__(self, status: Status) -> None:
        import marimo

        self._spinner = marimo.status.spinner(title=status.text, remove_on_exit=True)
        self._handle = self._spinner.__enter__()

    def show(self, status: Status) -> None:
        """Put ``status`` in the place of what is there."""
        self._handle.update(title=status.text)

    def remark(self, text: str) -> None:
        """Show a line that stays."""
        print(text)  # noqa: T201 - what a cell prints is below it

    def end(self, _: Status) -> None:
        """Take the spinner away."""
        self._spinner.__exit__(None, None, None)


class StreamlitElement:
    """A line of text in a Streamlit app, which goes when the work is done."""

    def __init__(self, status: Status) -> None:
        import streamlit

        self._element = streamlit.empty()
        self.show(status)

    def show(self, status: Status) -> None:
        """Put ``status`` in the place of what is there."""
        self._element.text(status.text)

    def remark(self, text: str) -> None:
        """Show a line that stays."""
        import streamlit

        streamlit.text(text)

    def end(self, _: Status) -> None:
        """Take the line away."""
        self._element.empty()


PAGES: Sequence[tuple[Callable[[], bool], Callable[[Status], Place]]] = (
    (in_notebook, Cell),
    (_in_marimo, MarimoCell),
    (_in_streamlit, StreamlitElement),
)
"""The places in a browser, each after what tells whether this process writes to one."""

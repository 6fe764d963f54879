"""Progress of one cover, or of many, shown where there is somebody to see it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from voiceshift.display.places import Status, open_place
from voiceshift.util.monotonic_clock import monotonic
from voiceshift.util.text import clock, counted, one_line, size_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from voiceshift.events import Progress as MadeSoFar

Anything = TypeVar("Anything")

UPDATE_INTERVAL = 0.1
"""Seconds, at least, between updates of a count: a segment may come every millisecond."""

STEP = 0.25
"""Share of a cover after which a line tells how far it is, where there is no bar."""

MAX_FAILURES = 50
"""Failures that are listed in a notebook, the last ones."""


class Progress(ABC):
    """What both have in common. As a context manager it says at the end how it ended.

    Args:
        show: Whether to show it; ``None`` is on a terminal and in a notebook only.
        notice: What it waits for at first.
        **bar: Options for tqdm.
    """

    def __init__(self, *, show: bool | None, notice: str = "", **bar: Any) -> None:
        self._notice = notice
        self._is_complete = True
        self._is_over = False
        self._started = monotonic()
        self._place = open_place(show, self._status, **bar)
        self._next_update = 0.0

    @property
    def is_shown(self) -> bool:
        """Whether there is somebody to see it."""
        return self._place is not None

    @abstractmethod
    def _status(self, news: str = "") -> Status: ...

    def _show(self, news: str = "", *, is_last: bool = False) -> None:
        if self._place is not None:
            self._try(self._place.end if is_last else self._place.show, self._status(news))

    def _try(self, show: Callable[[Anything], object], what: Anything) -> None:
        try:
            show(what)
        except Exception:  # noqa: BLE001 - whoever watched is gone; the work goes on
            self._place = None

    def _show_count(self, news: str = "") -> None:
        if news or monotonic() >= self._next_update:
            self._show(news)
            self._next_update = monotonic() + UPDATE_INTERVAL

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._notice = ""
        self._is_complete = kind is None
        self._is_over = True
        self._show(is_last=True)


class CoverProgress(Progress):
    """The progress of one cover.

    Args:
        label: What it is a cover of.
        show: Whether to show it; ``None`` is on a terminal and in a notebook only.
    """

    def __init__(self, label: str, *, show: bool | None) -> None:
        self._label = one_line(label)
        self._size = 0
        self._made: MadeSoFar | None = None
        bar = {"desc": self._label, "unit": "B", "unit_scale": True, "leave": False}
        super().__init__(show=show, notice="connecting", **bar)

    def notice(self, text: str) -> None:
        """Show what the cover waits for."""
        self._notice = one_line(text)
        self._show(f"{self._label}: {self._notice}")

    def remark(self, text: str) -> None:
        """Show what the service says about the cover, for good."""
        if self._place is not None:
            self._try(self._place.remark, f"{self._label}: {one_line(text)}")

    def advance(self, made: MadeSoFar) -> None:
        """Show how far the service has come, which only grows."""
        last, self._made = self._made, made
        self._notice = ""
        is_step = last is not None and int(made.done / STEP) > int(last.done / STEP)
        is_news = is_step and made.done < 1  # the end is told when the last of it has arrived
        self._show_count(self._status().text if is_news else "")

    def add(self, size: int) -> None:
        """Count a segment of ``size`` bytes."""
        self._notice = ""
        is_first = not self._size
        self._size += size
        self._show_count(f"{self._label}: receiving" if is_first else "")

    def tick(self) -> None:
        """Show that time goes by."""
        self._show()

    def _status(self, news: str = "") -> Status:
        elapsed = clock(monotonic() - self._started)
        note, share = self._notice, None
        text = f"{note} ({elapsed})" if note else f"{size_text(self._size)}, {elapsed}"
        if self._made is not None and not note:
            share, left = self._made.done, self._made.remaining
            if not self._is_over:
                note = f"{clock(left)} left" if left else ""
                text = ", ".join(filter(None, [f"{share:.0%}", note]))
        ending = "" if self._is_complete else ", incomplete"
        if ending and not self._size:
            text, ending = f"no cover ({elapsed})", ""
        text = f"{self._label}: {text}{ending}"
        return Status(self._size, note, news, text, share=share)


class BatchProgress(Progress):
    """The progress of many covers.

    Args:
        total: How many there will be; ``None`` where nobody knows.
        show: Whether to show it; ``None`` is on a terminal and in a notebook only.
    """

    def __init__(self, total: int | None, *, show: bool | None) -> None:
        self._total = total
        self._done = self._failed = 0
        self._failures: deque[str] = deque(maxlen=MAX_FAILURES)
        super().__init__(show=show, total=total, unit=" covers")

    def add(self, name: str, error: BaseException | None) -> None:
        """Count a cover that ended, and say where nothing else does that it failed.

        Args:
            name: What was asked for.
            error: Why there is no cover; ``None`` where there is one.
        """
        self._done += 1
        self._notice = ""
        failure = "" if error is None else one_line(f"{name}: {error}")
        if failure:
            self._failed += 1
            self._failures.append(failure)
        self._show_count(failure)

    def notice(self, text: str) -> None:
        """Show what the covers wait for, until the next one ends."""
        self._notice = one_line(text)
        self._show(self._notice)

    def _status(self, news: str = "") -> Status:
        failed = f"{self._failed} failed" if self._failed else ""
        covers = counted(self._done if self._total is None else self._total, "cover")
        if self._total is not None:
            covers = f"{self._done} of {covers}"
        text = ", ".join(filter(None, [covers, failed, self._notice]))
        return Status(self._done, self._notice or failed, news, text, self._failures)

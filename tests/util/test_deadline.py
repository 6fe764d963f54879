"""Time limits: one total for many steps, and the error that each becomes."""

from __future__ import annotations

import itertools
import os
import threading
import time

import pytest

from voiceshift.errors import AuthTimeout, ConnectTimeout, CoverTimeout, DeadlineExceeded
from voiceshift.util.deadline import Deadline, earliest, time_limit


def test_limit_is_a_total() -> None:
    """What is left only shrinks, however often it is asked for, and never below zero."""
    deadline = Deadline(0.05, CoverTimeout, "cover")
    left = [deadline.remaining()]
    while not deadline.has_passed():
        left.append(deadline.remaining())
    left.append(deadline.remaining())
    known = [seconds for seconds in left if seconds is not None]
    assert len(known) == len(left)
    assert all(later <= sooner for sooner, later in itertools.pairwise(known))
    assert known[0] <= 0.05
    assert known[-1] == 0


def test_no_limit_never_passes() -> None:
    """``None`` is how locks and sockets are told to wait for ever."""
    deadline = Deadline(None, CoverTimeout, "cover")
    assert deadline.remaining() is None
    assert not deadline.has_passed()


def test_seconds_may_count_from_an_earlier_moment() -> None:
    """As those of a silence do."""
    now = time.monotonic()
    assert Deadline(10, CoverTimeout, "cover", since=now - 11).has_passed()
    left = Deadline(100, CoverTimeout, "cover", since=now - 40).remaining()
    assert left is not None
    assert 0 < left <= 60


def test_longest_limit_can_be_waited_for() -> None:
    """A lock refuses more seconds than the platform can count; a deadline of ages is none such."""
    left = Deadline(1e300, CoverTimeout, "cover").remaining()
    assert left is not None
    assert threading.Lock().acquire(timeout=left)


@pytest.mark.parametrize(
    ("seconds", "text"), [(10, "10"), (0.25, "0.25"), (600.0, "600"), (1 / 3, "0.333333")]
)
def test_error_says_what_was_waited_for_and_how_long(seconds: float, text: str) -> None:
    """In the class and words it was made with."""
    error = Deadline(seconds, AuthTimeout, "answer to the authentication").exceeded()
    assert type(error) is AuthTimeout
    assert str(error) == f"No answer to the authentication within {text} seconds"
    assert error.seconds == seconds


@pytest.mark.parametrize(
    ("seconds", "error"),
    [
        ((1, 2, 3), ConnectTimeout),
        ((3, 1, 2), AuthTimeout),
        ((None, 5, None), AuthTimeout),
        ((None, None, 9), CoverTimeout),
        ((1, None, 1), ConnectTimeout),
        ((None, None, None), ConnectTimeout),
    ],
)
def test_earliest_of_several(
    seconds: tuple[float | None, ...], error: type[DeadlineExceeded]
) -> None:
    """Where two pass together it is the one named first; no limit comes last."""
    kinds = (ConnectTimeout, AuthTimeout, CoverTimeout)
    deadlines = [
        Deadline(limit, kind, "answer", since=0.0)
        for limit, kind in zip(seconds, kinds, strict=True)
    ]
    assert earliest(*deadlines).error is error


def test_a_time_limit_ends_what_takes_too_long() -> None:
    """Here a read that nobody answers."""
    reading, writing = os.pipe()
    with open(reading, "rb") as file, time_limit(0.05, os.close, writing):  # noqa: PTH123 - a pipe
        assert file.read() == b""


@pytest.mark.parametrize("seconds", [60.0, None])
def test_a_time_limit_leaves_nothing_behind(seconds: float | None) -> None:
    """What is done in time is not ended, and no timer waits on."""
    called: list[object] = []
    before = set(threading.enumerate())
    with time_limit(seconds, called.append, None):
        pass
    for timer in set(threading.enumerate()) - before:
        timer.join(3)
        assert not timer.is_alive()
    assert not called

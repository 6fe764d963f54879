"""How many covers run at once, by what the service says."""

from __future__ import annotations

import pytest

from voiceshift.batch import throttle
from voiceshift.batch.throttle import (
    GIVE_UP_AFTER,
    INITIAL_BACKOFF,
    MAX_BACKOFF,
    SUCCESSES_PER_INCREASE,
    Throttle,
)


class Clock:
    """A clock that stands until it is moved."""

    now = 1000.0

    def monotonic(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the throttle; its pauses are the longest there may be."""
    clock = Clock()
    monkeypatch.setattr(throttle, "monotonic", clock.monotonic)
    monkeypatch.setattr("random.uniform", lambda _, longest: longest)
    return clock


def test_it_begins_with_all(clock: Clock) -> None:
    """And without a pause."""
    slow = Throttle(4)
    assert (slow.limit, slow.pause()) == (4, 0)


def test_each_refusal_is_one_too_many(clock: Clock) -> None:
    """Down to one."""
    slow = Throttle(3)
    limits = []
    for _ in range(4):
        slow.rejected(others_run=True)
        limits.append(slow.limit)
    assert limits == [2, 1, 1, 1]


def test_it_grows_again(clock: Clock) -> None:
    """By one after some covers in a row, and not beyond what it began with."""
    slow = Throttle(3)
    for _ in range(2):
        slow.rejected(others_run=True)
    steps = SUCCESSES_PER_INCREASE
    limits = []
    for _ in range(3 * steps):
        slow.accepted()
        limits.append(slow.limit)
    assert limits == [1] * (steps - 1) + [2] * steps + [3] * (steps + 1)


def test_pauses_grow_with_refusals_in_a_row(clock: Clock) -> None:
    """Up to the longest; several refusals at once count as one."""
    slow = Throttle(4)
    pauses = []
    for _ in range(10):
        for _ in range(3):
            slow.rejected(others_run=True)
        pauses.append(slow.pause())
        clock.now += slow.pause()
        assert slow.pause() == 0
    assert pauses[:3] == pytest.approx([INITIAL_BACKOFF, 2 * INITIAL_BACKOFF, 4 * INITIAL_BACKOFF])
    assert pauses[-1] == pytest.approx(MAX_BACKOFF)
    slow.accepted()
    slow.rejected(others_run=True)
    assert slow.pause() == pytest.approx(INITIAL_BACKOFF)


def test_patience_ends(clock: Clock) -> None:
    """Where nothing but refusals came for long, and nothing of ours is in the making."""
    slow = Throttle(2)
    clock.now += GIVE_UP_AFTER - 1
    assert slow.rejected(others_run=False)
    clock.now += 2
    assert not slow.rejected(others_run=False)


def test_patience_lasts_while_covers_are_made(clock: Clock) -> None:
    """However long they take."""
    slow = Throttle(2)
    clock.now += 2 * GIVE_UP_AFTER
    assert slow.rejected(others_run=True)

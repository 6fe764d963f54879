"""The queue between the two threads: order, waiting, and its bounded size."""

from __future__ import annotations

import threading

import pytest

from tests.support.properties import given, st
from voiceshift import mailbox as mailbox_module
from voiceshift.deadlines import Deadline
from voiceshift.errors import ConnectionLost, IdleTimeout, VoiceShiftError
from voiceshift.mailbox import Arrived, Mail, Mailbox, Opened
from voiceshift.messages import AuthRequired, AuthSuccess, Queued, ServiceError, Unknown

FEW = 3
"""In place of ten thousand."""


def within(seconds: float | None) -> Deadline:
    """A deadline that begins now."""
    return Deadline(seconds, IdleTimeout, "message")


def drain(mailbox: Mailbox) -> list[Mail]:
    """Everything in the mailbox."""
    events = []
    while (event := mailbox.next(within(0.0001))) is not None:
        events.append(event)
    return events


def overfilled_with(events: list[Mail]) -> list[Mail]:
    """What a mailbox holds after all ``events`` were put in and none was taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mailbox_module, "MOST_WAITING", FEW)
        mailbox = Mailbox()
        for event in events:
            mailbox.put(event)
        return drain(mailbox)


def segment(index: int, length: int = 1, *, is_final: bool = False) -> Arrived:
    """Audio that arrived."""
    return Arrived(index, "Title", length, is_final)


# ---- waiting


def test_events_come_in_order() -> None:
    """One by one, none joined, while there are few."""
    events: list[Mail] = [Opened(), AuthRequired(), Queued("a"), Queued("b"), segment(0)]
    mailbox = Mailbox()
    for event in events:
        mailbox.put(event)
    assert drain(mailbox) == events


@pytest.mark.parametrize("seconds", [0.0001, 0.2])
def test_passed_deadline_is_none(seconds: float) -> None:
    """Not before it passed."""
    deadline = within(seconds)
    assert Mailbox().next(deadline) is None
    assert deadline.has_passed()


def test_event_beats_the_deadline_that_passed() -> None:
    """What is there already is not late, however late the caller comes for it."""
    mailbox = Mailbox()
    mailbox.put(Opened())
    deadline = Deadline(0.5, IdleTimeout, "message", since=-1000.0)
    assert deadline.has_passed()
    assert mailbox.next(deadline) == Opened()


@pytest.mark.parametrize("seconds", [None, 60.0, 1e12])
@pytest.mark.parametrize("longest_wait", [60.0, 0.01])
def test_event_of_another_thread_wakes_the_waiting_one(
    seconds: float | None, longest_wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without a deadline, in one wait or in slices."""
    monkeypatch.setattr(mailbox_module, "LONGEST_WAIT", longest_wait)
    mailbox = Mailbox()
    writer = threading.Timer(0.05, mailbox.put, [Opened()])
    writer.start()
    assert mailbox.next(within(seconds)) == Opened()
    writer.join()


def test_deadline_passes_in_slices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slices add up to the deadline and do not begin it anew."""
    monkeypatch.setattr(mailbox_module, "LONGEST_WAIT", 0.01)
    deadline = within(0.1)
    assert Mailbox().next(deadline) is None
    assert deadline.has_passed()


def test_it_ticks_while_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in each slice, and not for an event that is there or comes in time."""
    monkeypatch.setattr(mailbox_module, "LONGEST_WAIT", 0.01)
    mailbox = Mailbox()
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) == FEW:
            mailbox.put(Opened())

    assert mailbox.next(within(60), tick) == Opened()
    mailbox.put(Opened())
    assert mailbox.next(within(60), tick) == Opened()
    assert len(ticks) == FEW


# ---- the bounded size


@given(st.lists(st.integers(0, 100), min_size=1))
def test_joining_keeps_all_audio_and_its_end(lengths: list[int]) -> None:
    """Joined events stand for just as many bytes, in order, and only the last is final."""
    last = len(lengths) - 1
    arrived = [
        segment(index, length, is_final=index == last) for index, length in enumerate(lengths)
    ]
    held = [event for event in overfilled_with([*arrived]) if isinstance(event, Arrived)]
    assert len(held) == min(len(lengths), FEW)
    assert sum(event.length for event in held) == sum(lengths)
    assert [event.is_final for event in held] == [False] * (len(held) - 1) + [True]
    assert [event.index for event in held] == list(range(len(held)))


def test_audio_goes_on_one_by_one_when_the_caller_has_caught_up() -> None:
    """Joining is for the time in which the caller is behind."""
    mailbox = Mailbox()
    for index in range(FEW + 2):
        mailbox.put(segment(index))
        assert drain(mailbox) == [segment(index)]


def test_joined_audio_stays_small() -> None:
    """What is one event becomes one segment, and has to fit into the consumer's memory."""
    size = mailbox_module.MOST_JOINED // 4
    held = overfilled_with([segment(index, size) for index in range(FEW + 20)])
    lengths = [event.length for event in held if isinstance(event, Arrived)]
    assert sum(lengths) == size * (FEW + 20)
    assert max(lengths) == mailbox_module.MOST_JOINED
    assert len(lengths) <= FEW + 20 // 4


def test_notices_replace_each_other() -> None:
    """The newest is kept: it says how things are."""
    notices: list[Mail] = [Queued(str(number)) for number in range(10)]
    held = overfilled_with([*notices, Unknown("news")])
    assert held == [*notices[: FEW - 1], Unknown("news")]


def test_notices_between_audio_are_passed_over() -> None:
    """They do not keep audio from being joined."""
    events: list[Mail] = []
    for index in range(10):
        events += [segment(index), Queued("soon")]
    held = overfilled_with([*events, segment(10, is_final=True)])
    assert held == [
        segment(0),
        Queued("soon"),
        Arrived(1, "Title", 10, is_final=True),
    ]


@pytest.mark.parametrize("stop", [ServiceError("no"), AuthRequired(), AuthSuccess()], ids=str)
def test_behind_what_stops_the_caller_only_an_error_counts(stop: Mail) -> None:
    """The caller will not look at the rest."""
    audio: list[Mail] = [segment(index) for index in range(FEW)]
    end = ConnectionLost("gone")
    held = overfilled_with([*audio, stop, segment(3), ServiceError("no"), Queued("a"), end])
    assert held == [*audio, stop, end]


anything = st.sampled_from(
    [segment(0), Queued("a"), Unknown("a"), ServiceError("a"), AuthRequired(), AuthSuccess()]
)


@given(st.lists(anything, max_size=60))
def test_no_flood_makes_it_grow(events: list[Mail]) -> None:
    """Beyond the limit there is room for audio, for what stops the caller and for the end."""
    end = ConnectionLost("gone")
    held = overfilled_with([*events, end])
    assert len(held) <= FEW + 3
    assert held[-1] is end
    assert held[: FEW - 1] == [*events, end][: FEW - 1]


def test_errors_are_never_joined() -> None:
    """The reason of an end is told, whatever waits before it."""
    ends: list[Mail] = [VoiceShiftError(str(number)) for number in range(FEW + 2)]
    assert overfilled_with(ends) == ends

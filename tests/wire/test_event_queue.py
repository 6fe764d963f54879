"""The queue between the two threads: order, waiting, and its bounded size."""

from __future__ import annotations

import threading

import pytest

from tests.support.properties import given, st
from voiceshift.errors import ClientClosed, ConnectionLost, IdleTimeout
from voiceshift.events import Authenticated, Connected, Queued
from voiceshift.util.deadline import Deadline
from voiceshift.wire import event_queue
from voiceshift.wire.event_queue import EventQueue, WireEvent
from voiceshift.wire.messages import AudioSegment, AuthRequired, ServiceError, Unknown

FEW = 3
"""In place of ten thousand."""

CONNECTED = Connected("wss://example.org")


def within(seconds: float | None) -> Deadline:
    """A deadline that begins now."""
    return Deadline(seconds, IdleTimeout, "message")


def drain(queue: EventQueue) -> list[WireEvent]:
    """Everything in the queue."""
    events = []
    while (event := queue.next(within(0.0001))) is not None:
        events.append(event)
    return events


def overfilled_with(events: list[WireEvent]) -> list[WireEvent]:
    """What a queue holds after all ``events`` were put in and none was taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_queue, "MAX_QUEUED", FEW)
        queue = EventQueue()
        for event in events:
            queue.put(event)
        return drain(queue)


def segment(index: int, length: int = 1, *, is_final: bool = False) -> AudioSegment:
    """Audio that was stored, recognised by its title."""
    return AudioSegment(f"Title {index}", length, is_final)


# ---- waiting


def test_events_come_in_order() -> None:
    """One by one, none joined, while there are few."""
    events: list[WireEvent] = [CONNECTED, AuthRequired(), Queued("a"), Queued("b"), segment(0)]
    queue = EventQueue()
    for event in events:
        queue.put(event)
    assert drain(queue) == events


@pytest.mark.parametrize("seconds", [0.0001, 0.2])
def test_passed_deadline_is_none(seconds: float) -> None:
    """Not before it passed."""
    deadline = within(seconds)
    assert EventQueue().next(deadline) is None
    assert deadline.has_passed()


def test_event_beats_the_deadline_that_passed() -> None:
    """What is there already is not late, however late the caller comes for it."""
    queue = EventQueue()
    queue.put(CONNECTED)
    deadline = Deadline(0.5, IdleTimeout, "message", since=-1000.0)
    assert deadline.has_passed()
    assert queue.next(deadline) == CONNECTED


@pytest.mark.parametrize("seconds", [None, 60.0, 1e12])
@pytest.mark.parametrize("max_wait", [60.0, 0.01])
def test_event_of_another_thread_wakes_the_waiting_one(
    seconds: float | None, max_wait: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without a deadline, in one wait or in slices."""
    monkeypatch.setattr(event_queue, "MAX_WAIT", max_wait)
    queue = EventQueue()
    writer = threading.Timer(0.05, queue.put, [CONNECTED])
    writer.start()
    assert queue.next(within(seconds)) == CONNECTED
    writer.join()


def test_deadline_passes_in_slices_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slices add up to the deadline and do not begin it anew."""
    monkeypatch.setattr(event_queue, "MAX_WAIT", 0.01)
    deadline = within(0.1)
    assert EventQueue().next(deadline) is None
    assert deadline.has_passed()


def test_it_ticks_while_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once in each slice, and not for an event that is there or comes in time."""
    monkeypatch.setattr(event_queue, "MAX_WAIT", 0.01)
    queue = EventQueue()
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) == FEW:
            queue.put(CONNECTED)

    assert queue.next(within(60), tick) == CONNECTED
    queue.put(CONNECTED)
    assert queue.next(within(60), tick) == CONNECTED
    assert len(ticks) == FEW


# ---- the bounded size


@given(st.lists(st.integers(0, 100), min_size=1))
def test_joining_keeps_all_audio_and_its_end(lengths: list[int]) -> None:
    """Joined events stand for just as many bytes, in order, and only the last is final."""
    last = len(lengths) - 1
    arrived = [
        segment(index, length, is_final=index == last) for index, length in enumerate(lengths)
    ]
    held = [event for event in overfilled_with([*arrived]) if isinstance(event, AudioSegment)]
    assert len(held) == min(len(lengths), FEW)
    assert sum(event.length for event in held) == sum(lengths)
    assert [event.is_final for event in held] == [False] * (len(held) - 1) + [True]
    assert [event.title for event in held] == [f"Title {index}" for index in range(len(held))]


def test_audio_goes_on_one_by_one_when_the_caller_has_caught_up() -> None:
    """Joining is for the time in which the caller is behind."""
    queue = EventQueue()
    for index in range(FEW + 2):
        queue.put(segment(index))
        assert drain(queue) == [segment(index)]


def test_joined_audio_stays_small() -> None:
    """What is one event becomes one segment, and has to fit into the consumer's memory."""
    size = event_queue.MAX_COALESCED // 4
    held = overfilled_with([segment(index, size) for index in range(FEW + 20)])
    lengths = [event.length for event in held if isinstance(event, AudioSegment)]
    assert sum(lengths) == size * (FEW + 20)
    assert max(lengths) == event_queue.MAX_COALESCED
    assert len(lengths) <= FEW + 20 // 4


def test_notices_replace_each_other() -> None:
    """The newest is kept: it says how things are."""
    notices: list[WireEvent] = [Queued(str(number)) for number in range(10)]
    held = overfilled_with([*notices, Unknown("news")])
    assert held == [*notices[: FEW - 1], Unknown("news")]


def test_notices_between_audio_are_passed_over() -> None:
    """They do not keep audio from being joined."""
    events: list[WireEvent] = []
    for index in range(10):
        events += [segment(index), Queued("soon")]
    held = overfilled_with([*events, segment(10, is_final=True)])
    assert held == [
        segment(0),
        Queued("soon"),
        segment(1, 10, is_final=True),
    ]


@pytest.mark.parametrize("stop", [ServiceError("no"), AuthRequired(), Authenticated()], ids=str)
def test_behind_what_stops_the_caller_nothing_counts(stop: WireEvent) -> None:
    """The caller will not look at the rest."""
    audio: list[WireEvent] = [segment(index) for index in range(FEW)]
    held = overfilled_with([*audio, stop, segment(3), ServiceError("no"), Queued("a")])
    assert held == [*audio, stop]


anything = st.sampled_from(
    [segment(0), Queued("a"), Unknown("a"), ServiceError("a"), AuthRequired(), Authenticated()]
)


@given(st.lists(anything, max_size=60))
def test_no_flood_makes_it_grow(events: list[WireEvent]) -> None:
    """Beyond the limit there is room for audio, and for what stops the caller."""
    held = overfilled_with(events)
    assert len(held) <= FEW + 2
    assert held[: FEW - 1] == events[: FEW - 1]


# ---- the end


def test_end_comes_after_everything_before_it() -> None:
    """Also where the caller looks only when it has come."""
    queue = EventQueue()
    queue.put(Queued("a"))
    assert queue.close(ConnectionLost("gone"))
    assert queue.next(within(60)) == Queued("a")
    with pytest.raises(ConnectionLost, match="gone"):
        queue.next(within(60))


def test_end_is_raised_again_each_time_as_a_copy() -> None:
    """With its cause; what one caller adds to it, such as a traceback, no other one gets."""
    queue = EventQueue()
    end = ConnectionLost("gone", code=1011)
    end.__cause__ = OSError("reset")
    queue.close(end)
    errors = []
    for _ in range(3):
        with pytest.raises(ConnectionLost, match="gone") as caught:
            queue.next(within(60))
        errors.append(caught.value)
    assert len({id(error) for error in [end, *errors]}) == 4
    assert {(error.code, error.__cause__) for error in errors} == {(1011, end.__cause__)}


def test_first_end_is_the_one() -> None:
    """A close by the caller, and what it does to the reader, are not two ends."""
    queue = EventQueue()
    assert queue.close(ClientClosed("closed"))
    assert not queue.close(ConnectionLost("gone"))
    assert str(queue.end) == "closed"


def test_nothing_comes_after_the_end() -> None:
    """It is the last item ever."""
    queue = EventQueue()
    queue.close(ConnectionLost("gone"))
    queue.put(Queued("late"))
    with pytest.raises(ConnectionLost):
        queue.next(within(60))


def test_end_survives_clearing() -> None:
    """What is passed over are the events before it."""
    queue = EventQueue()
    queue.put(Queued("a"))
    queue.close(ConnectionLost("gone"))
    queue.clear()
    with pytest.raises(ConnectionLost):
        queue.next(within(60))


def test_end_wakes_the_waiting_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an event does."""
    monkeypatch.setattr(event_queue, "MAX_WAIT", 60)
    queue = EventQueue()
    closer = threading.Timer(0.05, queue.close, [ConnectionLost("gone")])
    closer.start()
    with pytest.raises(ConnectionLost):
        queue.next(within(50))
    closer.join()

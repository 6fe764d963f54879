"""Each fault that the scripted service has by name, and what our own client makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import catalogue
from tests.faults.catalogue import Case
from tests.faults.circumstances import CIRCUMSTANCES
from tests.faults.expectations import LIMIT, LIMITS, check
from tests.faults.fault import COVER
from tests.faults.steps import Step
from tests.support.reader_threads import wait_for_readers
from voiceshift import Client, CoverTimeout, VoiceShiftError
from voiceshift.testing import DEFAULT_AUDIO, FAULTS, ScriptedService

SONG, VOICE = "Amazing Grace", "tenor"
ARRIVED = DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]

CATALOGUE = {fault.name: fault for fault in catalogue.FAULTS}
STEPS = {
    "opening": Step.CONNECTING,
    "token": Step.TOKEN,
    "segment": Step.BETWEEN_SEGMENTS,
}
"""Where faults happen if no step is named, as the catalogue has them."""

CASES = {
    name: Case(CATALOGUE[fault.description], STEPS[fault.step], secure=False)
    for name, fault in FAULTS.items()
    if fault.description in CATALOGUE
}
"""What the catalogue says of them."""

FAILURES = [name for name, case in CASES.items() if case.outcome != COVER]
HARMLESS = [name for name, fault in FAULTS.items() if fault.continues]
WHILE_CONNECTING = [
    name for name, fault in FAULTS.items() if {"opening", "token"} <= {*fault.steps}
]

NEED_MORE = {
    "a certificate of another name",
    "a certificate that has expired",
    "a certificate of an unknown authority",
    "a self-signed certificate",
    "a `wss://` address of a server without TLS",
    "a `ws://` address of a server with TLS",
    "fragments that together exceed `max_message_size`",
}
"""Faults that need certificates, or a setting of the client."""


def fail(case: Case) -> VoiceShiftError:
    """What a cover raises; the same client's next cover comes whole."""
    options: dict[str, Any] = {"connect_attempts": 1, **case.fault.options}
    if case.outcome.error in LIMITS:
        options[LIMITS[case.outcome.error]] = LIMIT
    with Client(**options) as client:
        with pytest.raises(VoiceShiftError) as caught:
            client.create_cover(SONG, VOICE)
        check(caught.value, case)
        assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO
    return caught.value


@pytest.mark.parametrize("name", FAILURES)
def test_failure(name: str, voiceshift_service: ScriptedService) -> None:
    """The error that the table of faults announces, with the segment that had arrived."""
    voiceshift_service.will_fault(name)
    partial = fail(CASES[name]).partial
    assert (partial.audio if partial else b"") == (ARRIVED if CASES[name].step.arrived else b"")


@pytest.mark.slow
@pytest.mark.parametrize("name", WHILE_CONNECTING)
def test_failure_while_connecting(name: str, voiceshift_service: ScriptedService) -> None:
    """What a network does, it can do before there is a WebSocket."""
    voiceshift_service.will_fault(name, at="opening")
    fail(CASES[name]._replace(step=Step.CONNECTING))


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless(name: str, voiceshift_service: ScriptedService) -> None:
    """The cover comes whole, and so does the next on the same connection."""
    voiceshift_service.will_fault(name)
    with Client() as client:
        for _ in range(2):
            assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO
    assert voiceshift_service.connections == 1


def test_audio_after_the_end(voiceshift_service: ScriptedService) -> None:
    """It is no part of the cover, nor of the next, which has a connection of its own."""
    voiceshift_service.will_fault("late-audio")
    with Client() as client:
        for _ in range(2):
            assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO
            if voiceshift_service.connections == 1:
                wait_for_readers()
    assert voiceshift_service.connections == 2


def test_final_segment_that_never_comes(voiceshift_service: ScriptedService) -> None:
    """Only the timeout of the call ends such a cover."""
    voiceshift_service.will_fault("no-final-segment")
    with Client() as client, pytest.raises(CoverTimeout) as caught:
        client.create_cover(SONG, VOICE, timeout=LIMIT)
    assert caught.value.partial is not None
    assert caught.value.partial.audio == ARRIVED


def test_every_fault_of_the_table_has_a_name() -> None:
    """All but those that a service cannot bring about by itself; and each name is in the table."""
    named = {fault.description for fault in FAULTS.values()}
    assert CATALOGUE.keys() - named == NEED_MORE
    assert named <= CATALOGUE.keys() | {circumstance.name for circumstance in CIRCUMSTANCES}
    assert len(named) == len(FAULTS)


@pytest.mark.parametrize("at", ["connected", "challenged", "request"])
def test_message_where_none_is_due(at: Any, voiceshift_service: ScriptedService) -> None:
    """A fault of a message has one at every step, also when it is the client's turn."""
    voiceshift_service.will_fault("half-frame-then-end", at=at)
    with Client(connect_attempts=1) as client:
        with pytest.raises(ConnectionError):
            client.create_cover(SONG, VOICE)
        assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO


def test_unknown_fault_is_refused(voiceshift_service: ScriptedService) -> None:
    """A mistyped name fails where it is written, and the message has the likely one."""
    with pytest.raises(ValueError, match="'rest'; did you mean one of reset"):
        voiceshift_service.will_fault("rest")


def test_fault_at_an_impossible_step_is_refused(voiceshift_service: ScriptedService) -> None:
    """The message names the steps where it can happen."""
    with pytest.raises(ValueError, match="http-401 cannot happen at 'token', only at opening"):
        voiceshift_service.will_fault("http-401", at="token")

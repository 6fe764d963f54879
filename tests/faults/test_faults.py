"""Each fault of the catalogue, injected at each step where it can strike."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.expectations import FAILURES, HARMLESS, LIMIT, LIMITS, check
from tests.faults.fault import COVER
from tests.faults.steps import AUDIO, Moment, Step, well, wrong
from tests.support.certificates import client_tls, server_tls
from tests.support.raw_service import RawService
from tests.support.reader_threads import wait_for_readers
from voiceshift import (
    Client,
    CoverTimeout,
    VoiceShiftError,
)
from voiceshift.testing.frames import json_frame

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.catalogue import Case

SONG, VOICE = "Amazing Grace", "tenor"

LATE = [case for case in FAILURES if case.step.arrived and not case.secure]


def slack() -> float:
    """Seconds that an error may come later than its limit: more on a machine that is busy."""
    if hasattr(os, "getloadavg") and os.getloadavg()[0] < (os.cpu_count() or 1) / 2:
        return 0.5
    return 10.0


def service_of(case: Case) -> RawService:
    """A service that has this fault at its first connection, and is well at those that follow."""
    tls = server_tls() if case.secure else None
    first = wrong(
        case.step,
        case.fault.strike,
        None if case.fault.in_place_of_tls else tls,
        goes_on=case.outcome == COVER,
    )
    return RawService(first, well(tls))


def client_of(case: Case, service: RawService) -> Client:
    """A client that is to meet the fault."""
    options: dict[str, Any] = dict(case.fault.options)
    if case.outcome.error in LIMITS:
        options[LIMITS[case.outcome.error]] = LIMIT
    uri = f"ws://{service.host}:{service.port}"
    if case.secure:
        uri = f"wss://localhost:{service.port}"
        options["ssl_context"] = client_tls()
    return Client(uri, "a-token", connect_attempts=1, **options)


@pytest.mark.parametrize("case", FAILURES, ids=str)
def test_failure(case: Case) -> None:
    """The right error in time, with what arrived; and the same client's next cover is whole."""
    with service_of(case) as service, client_of(case, service) as client:
        started = time.monotonic()
        with pytest.raises(VoiceShiftError) as caught:
            client.create_cover(SONG, VOICE)
        elapsed = time.monotonic() - started
        check(caught.value, case)
        limit = getattr(caught.value, "seconds", 0)
        assert limit <= elapsed < limit + slack()
        partial = caught.value.partial
        assert (partial.audio if partial else b"") == case.step.arrived
        assert partial is None or not partial.complete
        wait_for_readers()  # the failed call has ended its connection
        assert client.create_cover(SONG, VOICE).audio == AUDIO
        assert service.connections == 2


@pytest.mark.parametrize("case", HARMLESS, ids=str)
def test_harmless(case: Case) -> None:
    """The cover comes whole, and the connection serves the next one."""
    with service_of(case) as service, client_of(case, service) as client:
        for _ in range(2):
            cover = client.create_cover(SONG, VOICE)
            assert (cover.audio, cover.complete) == (AUDIO, True)
        assert service.connections == 1


@pytest.mark.part_files("cover.ogg.part")
@pytest.mark.parametrize("case", LATE, ids=str)
def test_failure_with_a_file(case: Case, tmp_path: Path) -> None:
    """What arrived is kept under the ``.part`` name, which the error tells."""
    part = tmp_path / "cover.ogg.part"
    with service_of(case) as service, client_of(case, service) as client:
        with pytest.raises(VoiceShiftError) as caught:
            client.create_cover(SONG, VOICE, to=tmp_path / "cover.ogg")
        check(caught.value, case)
        assert str(part) in str(caught.value)
        assert caught.value.partial is not None
        assert caught.value.partial.path == part
        assert part.read_bytes() == case.step.arrived
        client.create_cover(SONG, VOICE, to=tmp_path / "cover.ogg")
    assert (tmp_path / "cover.ogg").read_bytes() == AUDIO


@pytest.mark.parametrize("case", LATE, ids=str)
def test_failure_of_a_stream(case: Case) -> None:
    """Every segment that arrived is yielded before the error."""
    arrived: list[bytes] = []

    def take(client: Client) -> None:
        for segment in client.stream_cover(SONG, VOICE):
            arrived.append(segment.audio)  # noqa: PERF401 - a list would be lost with the error

    with service_of(case) as service, client_of(case, service) as client:
        with pytest.raises(VoiceShiftError) as caught:
            take(client)
        check(caught.value, case)
        assert b"".join(arrived) == case.step.arrived
        arrived.clear()
        take(client)
        assert b"".join(arrived) == AUDIO


def test_final_segment_that_never_comes() -> None:
    """The timeout of the call ends a cover that the service keeps talking about."""

    def talk(moment: Moment) -> None:
        with suppress(OSError):
            while True:
                moment.peer.send(json_frame(type="job_queued", message="soon"))
                time.sleep(0.01)  # the pace of the talking

    with (
        RawService(wrong(Step.BETWEEN_SEGMENTS, talk), well()) as service,
        Client(service.uri, "a-token", idle_timeout=10) as client,
    ):
        started = time.monotonic()
        with pytest.raises(CoverTimeout) as caught:
            client.create_cover(SONG, VOICE, timeout=LIMIT)
        assert LIMIT <= time.monotonic() - started < LIMIT + slack()
        assert type(caught.value) is CoverTimeout
        assert caught.value.partial is not None
        assert caught.value.partial.audio == Step.BETWEEN_SEGMENTS.arrived
        assert client.create_cover(SONG, VOICE).audio == AUDIO

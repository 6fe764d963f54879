"""Each fault of the catalogue, injected at each step where it can happen."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.faults.expectations import FAILURES, HARMLESS, LIMIT, LIMITS, check
from tests.faults.fault import COVER
from tests.faults.steps import AUDIO, Step, well, wrong
from tests.support.certificates import client_tls, server_tls
from tests.support.raw_service import RawService
from tests.support.reader_threads import wait_for_readers
from voiceshift import Client, Cover, CoverTimeout, VoiceShiftError
from voiceshift.testing.frames import json_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.faults.catalogue import Case
    from tests.support.raw_service import Peer
    from voiceshift.testing.script import Turn

SONG, VOICE = "Amazing Grace", "tenor"

PATIENCE = 30.0
"""Seconds until a fault is injected, on a busy machine."""

PROMPT = 5.0
"""Seconds that an error may come later than its limit, on a busy machine: fewer than any limit that
a client has of itself."""


def together(cases: Iterable[Case]) -> list[list[Case]]:
    """Groups of cases that wait at the same time: all steps of a slow fault; others are alone."""
    groups: dict[tuple[str, bool] | str, list[Case]] = {}
    for case in cases:
        key = (case.fault.name, case.secure) if case.is_slow else str(case)
        groups.setdefault(key, []).append(case)
    return list(groups.values())


def name_of(cases: list[Case]) -> str:
    """Of a group."""
    return str(cases[0]) if len(cases) == 1 else str(cases[0]).replace(cases[0].step.value, "all")


LATE = [case for case in FAILURES if case.step.arrived and not case.secure]

failures = pytest.mark.parametrize("cases", together(FAILURES), ids=name_of)
late_failures = pytest.mark.parametrize("cases", together(LATE), ids=name_of)


def service_of(case: Case, injected: threading.Event | None = None) -> RawService:
    """A service that has this fault at its first connection, and is well at those that follow."""

    def inject(peer: Peer, turn: Turn) -> None:
        if injected is not None:
            injected.set()
        case.fault.inject(peer, turn)

    tls = server_tls() if case.secure else None
    first = wrong(
        case.step,
        inject,
        None if case.fault.in_place_of_tls else tls,
        continues=case.outcome == COVER,
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


class Failure(NamedTuple):
    """A cover that failed.

    Attributes:
        error: Why.
        elapsed: Seconds from the call to that.
    """

    case: Case
    service: RawService
    client: Client
    error: VoiceShiftError
    elapsed: float


def failure_of(
    case: Case, service: RawService, client: Client, call: Callable[[Client], object]
) -> Failure:
    """How ``call`` fails."""
    started = time.monotonic()
    with pytest.raises(VoiceShiftError) as caught:
        call(client)
    elapsed = time.monotonic() - started
    check(caught.value, case)
    return Failure(case, service, client, caught.value, elapsed)


@contextmanager
def failed(cases: list[Case], *calls: Callable[[Client], object]) -> Iterator[list[Failure]]:
    """The failures of several cases, with a call for each.

    Each begins when the fault before it was injected, so that only the waiting is done together.
    """
    with ExitStack() as stack:
        elsewhere = stack.enter_context(ThreadPoolExecutor(len(cases)))
        failures = []
        for case, call in zip(cases, calls, strict=True):
            injected = threading.Event()
            service = stack.enter_context(service_of(case, injected))
            client = stack.enter_context(client_of(case, service))
            failures.append(elsewhere.submit(failure_of, case, service, client, call))
            assert injected.wait(PATIENCE)
        yield [failure.result() for failure in failures]


def cover(client: Client) -> Cover:
    """The cover that all ask for."""
    return client.create_cover(SONG, VOICE)


@failures
def test_failure(cases: list[Case]) -> None:
    """The right error in time, with what arrived; and the same client's next cover is whole."""
    with failed(cases, *[cover] * len(cases)) as failures:
        wait_for_readers()  # the failed calls have ended their connections
        for case, service, client, error, elapsed in failures:
            limit = getattr(error, "seconds", 0)
            assert limit <= elapsed < limit + PROMPT
            assert (error.partial.audio if error.partial else b"") == case.step.arrived
            assert error.partial is None or not error.partial.complete
            assert cover(client).audio == AUDIO
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
@late_failures
def test_failure_with_a_file(cases: list[Case], tmp_path: Path) -> None:
    """What arrived is kept under the ``.part`` name, which the error tells."""
    paths = [tmp_path / case.step.name / "cover.ogg" for case in cases]
    for path in paths:
        path.parent.mkdir()

    def write(path: Path, client: Client) -> Cover:
        return client.create_cover(SONG, VOICE, to=path)

    with failed(cases, *[partial(write, path) for path in paths]) as failures:
        for path, (case, _, client, error, _) in zip(paths, failures, strict=True):
            part = path.with_name("cover.ogg.part")
            assert str(part) in str(error)
            assert error.partial is not None
            assert error.partial.path == part
            assert part.read_bytes() == case.step.arrived
            write(path, client)
            assert path.read_bytes() == AUDIO


@late_failures
def test_failure_of_a_stream(cases: list[Case]) -> None:
    """Every segment that arrived is yielded before the error."""

    def take(arrived: list[bytes], client: Client) -> None:
        for segment in client.stream_cover(SONG, VOICE):
            arrived.append(segment.audio)  # noqa: PERF401 - a list would be lost with the error

    taken: list[list[bytes]] = [[] for _ in cases]
    with failed(cases, *[partial(take, arrived) for arrived in taken]) as failures:
        for arrived, (case, _, client, _, _) in zip(taken, failures, strict=True):
            assert b"".join(arrived) == case.step.arrived
            arrived.clear()
            take(arrived, client)
            assert b"".join(arrived) == AUDIO


def test_final_segment_that_never_comes() -> None:
    """The timeout of the call ends a cover that the service keeps talking about."""

    def talk(peer: Peer, _: Turn) -> None:
        with suppress(OSError):
            while True:
                peer.send(json_frame(type="job_queued", message="soon"))
                time.sleep(0.01)  # the pace of the talking

    with (
        RawService(wrong(Step.BETWEEN_SEGMENTS, talk), well()) as service,
        Client(service.uri, "a-token", idle_timeout=10) as client,
    ):
        started = time.monotonic()
        with pytest.raises(CoverTimeout) as caught:
            client.create_cover(SONG, VOICE, timeout=LIMIT)
        assert LIMIT <= time.monotonic() - started < LIMIT + PROMPT
        assert type(caught.value) is CoverTimeout
        assert caught.value.partial is not None
        assert caught.value.partial.audio == Step.BETWEEN_SEGMENTS.arrived
        assert client.create_cover(SONG, VOICE).audio == AUDIO

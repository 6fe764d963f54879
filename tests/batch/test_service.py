"""Covers by a service: when it is full, and what a worker keeps."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.singer import Singer, audio_of, requests
from voiceshift import (
    Client,
    ClientClosed,
    ConnectError,
    CoverRequest,
    ServiceFull,
    Settings,
    create_covers,
)
from voiceshift.batch import throttle
from voiceshift.batch.service import ClientPool, ServiceBackend
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.testing import ScriptedService

REQUEST = CoverRequest("song 0", "tenor")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses that a test can wait for."""
    monkeypatch.setattr(throttle, "INITIAL_BACKOFF", 0.05)
    monkeypatch.setattr(throttle, "MAX_BACKOFF", 0.05)


@pytest.mark.parametrize(
    "script",
    [
        lambda service: service.will_close(1013, "too many", at="connected"),
        lambda service: service.will_close(1013, at="token"),
        lambda service: service.will_refuse(429),
        lambda service: service.will_refuse(503),
    ],
)
def test_a_full_service_before_the_request(
    voiceshift_service: ScriptedService, script: Callable[[ScriptedService], None]
) -> None:
    """In whatever way it says so, it is one error."""
    script(voiceshift_service)
    clients = ClientPool(Settings.load(connect_attempts=1))
    backend = ServiceBackend(clients=clients)
    with pytest.raises(ServiceFull):
        backend.make(REQUEST, None)
    assert backend.make(REQUEST, None).complete
    clients.close()


def test_other_refusals_to_connect_are_not_full(voiceshift_service: ScriptedService) -> None:
    """They are what they were."""
    voiceshift_service.will_refuse(403)
    clients = ClientPool(None)
    with pytest.raises(ConnectError, match="403"):
        ServiceBackend(clients=clients).make(REQUEST, None)
    clients.close()


@needs("numpy")
def test_a_service_with_a_short_queue_makes_all(songs: Path, engine: Singer) -> None:
    """It takes one cover at a time, and two clients of four; the batch waits for it."""
    with Server(songs=songs, engine=engine, max_waiting=0, max_clients=2) as server:
        settings = Settings(uri=server.uri, token=server.token, connect_attempts=1)
        outcomes = list(create_covers(requests(9), settings=settings, workers=4))
    assert sorted(outcome.cover.audio for outcome in outcomes if outcome.cover) == sorted(
        audio_of(request) for request in requests(9)
    )
    assert len(engine.made) == 9


def test_a_service_that_stays_full(
    voiceshift_service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When patience is over, that is what became of the request."""
    monkeypatch.setattr(throttle, "GIVE_UP_AFTER", 0.1)
    settings = Settings.load(connect_attempts=1)
    for _ in range(100):
        voiceshift_service.will_refuse(503)
    (outcome,) = create_covers([REQUEST], settings=settings)
    assert isinstance(outcome.error, ServiceFull)
    assert "503" in str(outcome.error)


# ---- clients


def test_the_last_used_client_is_the_next(voiceshift_service: ScriptedService) -> None:
    """Its connection is surely open; one whose cover failed comes last."""
    clients = ClientPool(None)
    with clients.acquire() as first, clients.acquire() as second:
        assert first is not second
    with clients.acquire() as again:
        assert again is first
    with pytest.raises(KeyError), clients.acquire():
        raise KeyError
    with clients.acquire() as other:
        assert other is second
    clients.close()


def test_no_client_after_the_end() -> None:
    """A worker that begins late is told so."""
    clients = ClientPool(None)
    clients.close()
    with pytest.raises(ClientClosed, match="the batch was ended"), clients.acquire():
        pass


def test_a_thread_of_another_pool_keeps_its_client(voiceshift_service: ScriptedService) -> None:
    """From batch to batch; other settings are another client."""
    settings = Settings.load()
    with ThreadPoolExecutor(1) as executor:
        for _ in range(2):
            list(create_covers([REQUEST], executor=executor, settings=settings))
        assert voiceshift_service.connections == 1
        list(create_covers([REQUEST], executor=executor))
        assert voiceshift_service.connections == 2


def test_clients_are_closed_at_once(
    voiceshift_service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that waits for a silent service holds up no other's close."""
    clients = ClientPool(None)
    with clients.acquire(), clients.acquire(), clients.acquire():
        pass
    all_close = threading.Barrier(3, timeout=30)
    monkeypatch.setattr(Client, "close", lambda _: all_close.wait())
    clients.close()  # else the barrier breaks


def test_a_token_travels_only_knowingly(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the settings that the caller gives; not because this process knows one."""
    monkeypatch.setenv("VC_TOKEN", "a-token")
    assert b"a-token" not in pickle.dumps(ServiceBackend())
    assert b"a-token" in pickle.dumps(ServiceBackend(Settings.load()))

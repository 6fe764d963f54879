"""Each time limit of a client: which error it becomes, and what that carries."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.raw_service import Peer, RawService
from voiceshift import (
    AuthTimeout,
    Client,
    ConnectTimeout,
    CoverTimeout,
    DeadlineExceeded,
    IdleTimeout,
)
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService
from voiceshift.testing.frames import PING, TEXT, frame

if TYPE_CHECKING:
    from pathlib import Path

SONG, VOICE = "Amazing Grace", "tenor"
FIRST_SEGMENT = DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]

SLACK = 10.0
"""Seconds that a busy machine may take beyond a limit."""

ENOUGH = 2.0
"""Seconds of a limit within which something has to arrive, on a busy machine too."""


def timed_out(client: Client, timeout: float | None = None) -> DeadlineExceeded:
    """The error of a cover that is given up in time."""
    started = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        client.create_cover(SONG, VOICE, timeout=timeout)
    error = caught.value
    assert error.seconds <= time.monotonic() - started < error.seconds + SLACK
    return error


def test_connect_timeout() -> None:
    """A server that takes the connection and says nothing is given up."""
    with (
        RawService(Peer.wait_for_end) as service,
        Client(service.uri, "a-token", connect_timeout=0.3) as client,
    ):
        error = timed_out(client)
        assert service.connections == 1
    assert type(error) is ConnectTimeout
    assert error.seconds == 0.3
    assert error.partial is None


def test_dripped_handshake_ends_by_the_total() -> None:
    """A byte now and then does not prolong connect_timeout: it is a total."""
    stop = threading.Event()

    def drip(peer: Peer) -> None:
        while not stop.wait(0.05):
            peer.send(b"H")

    with (
        RawService(drip) as service,
        Client(service.uri, "a-token", connect_timeout=0.5) as client,
    ):
        error = timed_out(client)
        stop.set()
    assert type(error) is ConnectTimeout


def test_auth_timeout(voiceshift_service: ScriptedService) -> None:
    """A service that never answers the token is given up."""
    voiceshift_service.will_stall(at="token")
    with Client(auth_timeout=0.3) as client:
        error = timed_out(client)
    assert type(error) is AuthTimeout
    assert error.seconds == 0.3


def test_idle_timeout(voiceshift_service: ScriptedService) -> None:
    """A service that falls silent is given up, and what arrived is in the error."""
    voiceshift_service.will_stall(at="segment")
    with Client(idle_timeout=ENOUGH) as client:
        error = timed_out(client)
    assert type(error) is IdleTimeout
    assert error.seconds == ENOUGH
    assert error.partial is not None
    assert error.partial.audio == FIRST_SEGMENT


def test_idle_timeout_without_pings_of_ours() -> None:
    """Pings of the service, and a message that is never whole, are no message."""

    def only_ping(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        peer.send(frame(TEXT, b"{", final=False))
        with suppress(ConnectionError):
            while True:
                peer.send(frame(PING, b"?"))
                time.sleep(0.05)  # the client's time limit is what is waited for

    with (
        RawService(only_ping) as service,
        Client(service.uri, "a-token", ping_interval=None, idle_timeout=0.5) as client,
    ):
        assert type(timed_out(client)) is IdleTimeout


def test_cover_timeout(voiceshift_service: ScriptedService) -> None:
    """A cover that takes too long is given up, and what arrived is in the error."""
    voiceshift_service.will_stall(at="segment")
    with Client() as client:
        error = timed_out(client, timeout=ENOUGH)
    assert type(error) is CoverTimeout
    assert error.seconds == ENOUGH
    assert error.partial is not None
    assert error.partial.audio == FIRST_SEGMENT


def test_cover_timeout_includes_connecting() -> None:
    """The timeout of a cover holds for the whole call."""
    with (
        RawService(Peer.wait_for_end) as service,
        Client(service.uri, "a-token", connect_timeout=None) as client,
    ):
        assert type(timed_out(client, timeout=0.3)) is CoverTimeout


def test_cover_timeout_includes_authentication(voiceshift_service: ScriptedService) -> None:
    """The timeout of a cover holds also where auth_timeout is longer."""
    voiceshift_service.will_stall(at="connected")
    with Client() as client:
        assert type(timed_out(client, timeout=0.3)) is CoverTimeout


@pytest.mark.part_files("song.ogg.part")
def test_timeout_keeps_the_partial_file(
    voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """With `to` what arrived in time is in the `.part` file."""
    voiceshift_service.will_stall(at="segment")
    with Client() as client, pytest.raises(CoverTimeout, match=r"song\.ogg\.part"):
        client.create_cover(SONG, VOICE, to=tmp_path / "song.ogg", timeout=ENOUGH)
    assert (tmp_path / "song.ogg.part").read_bytes() == FIRST_SEGMENT


@pytest.mark.parametrize("announced", [True, False])
def test_slow_service_is_not_idle(*, announced: bool) -> None:
    """The silence counts from the last message, whether or not anybody listens to events."""
    next_one = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        for _ in range(5):
            peer.send_segment(b"x")
            next_one.wait(ENOUGH / 4)  # together more than the limit
        peer.send_segment(b"", is_final=True)

    with (
        RawService(conversation) as service,
        Client(service.uri, "a-token", idle_timeout=ENOUGH) as client,
    ):
        listener = (lambda _: None) if announced else None
        assert client.create_cover(SONG, VOICE, on_event=listener).audio == b"x" * 5


STOPPED = """
import sys
from voiceshift import Client

with Client(sys.argv[1], "a-token", idle_timeout=float(sys.argv[2])) as client:
    print(client.create_cover("Song", "tenor").audio)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such signals")
def test_stopped_process_gets_what_lies_in_the_socket() -> None:
    """As after `docker pause`: the service was not silent, the client did not look."""
    started: Future[int] = Future()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        os.kill(started.result(30), signal.SIGSTOP)
        peer.send_segment(b"first")
        peer.send_segment(b"last", is_final=True)
        assert not threading.Event().wait(1.2 * ENOUGH)
        os.kill(started.result(), signal.SIGCONT)

    with (
        RawService(conversation) as service,
        subprocess.Popen(
            [sys.executable, "-c", STOPPED, service.uri, str(ENOUGH)],
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        started.set_result(process.pid)
        output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, "b'firstlast'\n")


@pytest.mark.slow
def test_time_before_the_request_is_not_idle(voiceshift_service: ScriptedService) -> None:
    """A connection that rested for long is as good as new."""
    with Client(idle_timeout=ENOUGH) as client:
        client.authenticate()
        assert not threading.Event().wait(1.2 * ENOUGH)
        assert client.create_cover(SONG, VOICE).complete
    assert voiceshift_service.connections == 1

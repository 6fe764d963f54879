"""The misbehaving proxy does what its odds say, on real sockets."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.misbehaving_proxy import MisbehavingProxy, Odds
from tests.support.raw_service import Peer, RawService

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = bytes(range(256)) * 500
PATIENCE = 30.0


@contextmanager
def sending(odds: Odds) -> Iterator[tuple[socket.socket, MisbehavingProxy]]:
    """A connection on which a service sends, through a proxy that was faithful until then."""
    ready = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.send(b"!")
        ready.wait(PATIENCE)
        peer.send(CONTENT)

    with (
        RawService(conversation) as service,
        MisbehavingProxy(service.port, Odds()) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as stream,
    ):
        assert stream.recv(1) == b"!"
        proxy.odds = odds
        ready.set()
        yield stream, proxy


def received(stream: socket.socket) -> bytes:
    """Everything up to the end of the stream."""
    data = b""
    while piece := stream.recv(2**16):
        data += piece
    return data


@pytest.mark.parametrize("odds", [Odds(), Odds(delay=1.0), Odds(drip=1.0)], ids=str)
def test_without_a_loss_everything_arrives(odds: Odds) -> None:
    """Late or in drops, but whole and in order."""
    with sending(odds) as (stream, proxy):
        assert received(stream) == CONTENT
    fates = [fate for fate in ("delay", "drip") if getattr(odds, fate)] or ["faithful"]
    assert set(proxy.fates) == {*fates, "faithful"}


def test_drop_ends_the_stream_within_a_piece() -> None:
    """The reader gets a part of it, then the end."""
    with sending(Odds(drop=1.0)) as (stream, proxy):
        data = received(stream)
        assert CONTENT.startswith(data)
        assert len(data) < 16 * 1024
    assert proxy.fates["drop"] == 1


def test_reset_is_one() -> None:
    """The reader's system says so."""
    with sending(Odds(reset=1.0)) as (stream, _), pytest.raises(ConnectionResetError):
        received(stream)


def test_silence_keeps_the_connection_open() -> None:
    """Nothing arrives, and no end; what is sent is lost without a word."""
    pause = threading.Event()
    with sending(Odds(silence=1.0)) as (stream, proxy):
        while not proxy.fates["silence"]:
            pause.wait(0.01)
        stream.settimeout(0.5)
        with pytest.raises(TimeoutError):
            stream.recv(1)
        stream.sendall(b"?")
    assert proxy.fates["silence"] == 1


def test_without_a_service_connections_end(closed_port: int) -> None:
    """They are taken, and closed again."""
    with (
        MisbehavingProxy(closed_port, Odds()) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE) as stream,
    ):
        assert received(stream) == b""


@pytest.mark.parametrize("odds", [-0.1, 1.1])
def test_odds_are_probabilities(odds: float) -> None:
    """Others are refused."""
    with pytest.raises(ValueError, match="0 to 1"):
        Odds(drop=odds)

"""Names to addresses, and the first address that takes a connection."""

from __future__ import annotations

import errno
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.silent_address import silent_address
from voiceshift.wire.happy_eyeballs import Address, connect, interleaved, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

needs_silence = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere a full queue refuses connections"
)

NO_FAMILY = 45
"""A family of addresses that this system has no sockets for."""


def no_limit() -> None:
    """There is time without end."""


class EndedError(Exception):
    """What the tests end a wait with."""


def ends_at(count: int) -> Callable[[], float]:
    """Ends the wait when it is asked for the last time."""
    left = iter(range(count))

    def remaining() -> float:
        if next(left, None) is None:
            raise EndedError
        return 60.0

    return remaining


@pytest.fixture
def taking() -> Iterator[Address]:
    """An address that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield socket.AF_INET, listener.getsockname()


@pytest.fixture
def refusing(closed_port: int) -> Address:
    """An address that refuses them."""
    return socket.AF_INET, ("127.0.0.1", closed_port)


# ---- addresses


def test_families_take_turns() -> None:
    """The system's first choice stays the first."""
    six, four = [(10, name) for name in "abc"], [(2, name) for name in "xy"]
    expected = [six[0], four[0], six[1], four[1], six[2]]
    assert interleaved([*six, *four]) == expected
    assert interleaved(four) == four


@needs_silence
def test_silent_address_is_got_past(taking: Address) -> None:
    """Long before the system would give it up, the next one is connected."""
    started = time.monotonic()
    with silent_address() as silent, connect([silent, silent, taking], no_limit) as stream:
        assert stream.getpeername() == taking[1]
    assert time.monotonic() - started < 20  # the system's limit is two minutes


def make_room(listener: socket.socket) -> None:
    """Take one connection."""
    listener.accept()[0].close()


@needs_silence
def test_slow_address_may_still_win() -> None:
    """An attempt goes on while the next one is made."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        with socket.create_connection(address):
            # The system repeats its dropped request after a second, when there is room again.
            threading.Timer(0.4, make_room, [listener]).start()
            with silent_address() as silent:
                addresses = [(socket.AF_INET, address), silent]
                with connect(addresses, no_limit) as stream:
                    assert stream.getpeername() == address


@pytest.mark.parametrize("count", [1, 3])
def test_refused_by_all(refusing: Address, count: int) -> None:
    """The system's own error tells why."""
    with pytest.raises(ConnectionRefusedError):
        connect([refusing] * count, no_limit)


def test_refusing_address_is_got_past_at_once(refusing: Address, taking: Address) -> None:
    """Nobody waits after a failure: a hundred of them take no quarter of a second each."""
    started = time.monotonic()
    with connect([*[refusing] * 100, taking], no_limit) as stream:
        assert stream.getpeername() == taking[1]
    assert time.monotonic() - started < 20


def test_family_that_this_machine_does_not_have(taking: Address) -> None:
    """It is one more failure."""
    with connect([(NO_FAMILY, ("::1", 1)), taking], no_limit) as stream:
        assert stream.getpeername() == taking[1]
    with pytest.raises(OSError, match=str(errno.EAFNOSUPPORT)):
        connect([(NO_FAMILY, ("::1", 1))], no_limit)


@needs_silence
def test_attempts_can_be_ended() -> None:
    """And all that was begun is closed."""
    with silent_address() as silent, pytest.raises(EndedError):
        connect([silent] * 3, ends_at(8))


# ---- names


def test_addresses_of_a_name() -> None:
    """Each is there once."""
    found = resolve("localhost", 80, no_limit)
    assert (socket.AF_INET, ("127.0.0.1", 80)) in found
    assert len(set(found)) == len(found)


def test_lookup_that_takes_no_keywords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program has put in its place is called as it likes; datagrams are left out."""
    entries = [
        (socket.AF_INET, kind, 0, "", ("127.0.0.9", 80))
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: entries)
    assert resolve("service.invalid", 80, no_limit) == [(socket.AF_INET, ("127.0.0.9", 80))]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_address_needs_no_thread(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to be asked for it."""
    monkeypatch.setattr(threading.Thread, "start", None)
    assert [address[0] for _, address in resolve(host, 80, no_limit)] == [host]


@pytest.mark.parametrize("host", ["service.invalid", "x" * 64 + ".invalid"])
def test_name_that_is_not_known(host: str) -> None:
    """The system's error comes from the thread that asked."""
    with pytest.raises((OSError, UnicodeError)):
        resolve(host, 80, no_limit)


def test_lookup_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing ends the system's own."""
    answered = threading.Event()

    def hang(*_: Any) -> list[Any]:
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(EndedError):
        resolve("service.invalid", 80, ends_at(3))
    answered.set()

"""From a host's name to a TCP connection: name lookup, and Happy Eyeballs (RFC 8305).

Where an address swallows packets, as that of a broken IPv6 does, the next one is tried after a
quarter of a second; the first that connects wins. What the system has for both can be neither
limited nor cancelled. Here ``remaining`` is asked every moment: the seconds that are left, ``None``
for no limit; what it raises ends the wait.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import selectors
import socket
import threading
from collections import deque
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ATTEMPT_DELAY = 0.25
"""Seconds from one attempt to the next, RFC 8305 section 8."""

MAX_WAIT = 0.05
"""Seconds between two looks at what remains."""

IN_PROGRESS = {0, errno.EINPROGRESS, errno.EWOULDBLOCK}
"""Results of a connect that does not wait."""

Address = tuple[int, Any]
"""A family, and an address as that family has it."""


def resolve(host: str, port: int, remaining: Callable[[], float | None]) -> list[Address]:
    """Return the addresses of a host, each once, in the system's order.

    Raises:
        OSError: None can be found.
        UnicodeError: It cannot be a name.
    """
    if _is_address(host):  # known at once, without a thread
        return _look_up(host, port)
    outcome: list[list[Address] | BaseException] = []
    done = threading.Event()

    def look_up() -> None:
        try:
            outcome.append(_look_up(host, port))
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits for it
            outcome.append(error)
        done.set()

    # A thread of its own, which may outlast the wait for it: nothing can end a lookup.
    try:
        threading.Thread(target=look_up, name="voiceshift-lookup", daemon=True).start()
    except RuntimeError:  # there can be no more threads
        look_up()
    while not done.wait(_bounded(remaining())):
        pass
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def connect(addresses: list[Address], remaining: Callable[[], float | None]) -> socket.socket:
    """Return a connection to the address that is the first to take one; others are closed.

    Raises:
        OSError: All refused: the last failure.
    """
    race = _Race(addresses)
    try:
        while (winner := race.step(_bounded(remaining()))) is None:
            pass
    finally:
        race.close()
    return winner


def interleaved(addresses: Iterable[Address]) -> list[Address]:
    """Return the addresses with their families taking turns, the preferred one first."""
    families: dict[int, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    turns = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in turns if address is not None]


class _Race:
    """Attempts to connect, all but the first of which start later."""

    def __init__(self, addresses: list[Address]) -> None:
        self._waiting = deque(interleaved(addresses))
        self._pause = 0.0  # seconds until the next attempt
        self._failure = OSError("it has no address")
        self._attempts = selectors.DefaultSelector()

    def step(self, seconds: float) -> socket.socket | None:
        """Start the next attempt where it is time to; return the one that has won meanwhile."""
        while self._waiting and self._pause <= 0:
            self._begin(*self._waiting.popleft())
        if not self._attempts.get_map():
            raise self._failure
        if self._waiting:
            seconds = min(seconds, self._pause)
        ready = self._attempts.select(seconds)
        for key, _ in ready:
            stream = key.fileobj
            assert isinstance(stream, socket.socket)
            self._attempts.unregister(stream)
            code = stream.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                return stream
            stream.close()
            self._fail(OSError(code, os.strerror(code)))
        if not ready:
            self._pause -= seconds
        return None

    def close(self) -> None:
        """End all attempts that are still being made."""
        for key in list(self._attempts.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._attempts.close()

    def _begin(self, family: int, address: Any) -> None:
        self._pause = ATTEMPT_DELAY
        try:
            stream = socket.socket(family, socket.SOCK_STREAM)
        except OSError as error:  # no such family here, or too many open files
            self._fail(error)
            return
        try:
            stream.setblocking(False)
            if (code := stream.connect_ex(address)) not in IN_PROGRESS:
                raise OSError(code, os.strerror(code))
            self._attempts.register(stream, selectors.EVENT_WRITE)
        except OSError as error:
            stream.close()
            self._fail(error)
        except BaseException:
            stream.close()
            raise

    def _fail(self, failure: OSError) -> None:
        """Take note of a failure, after which nobody need wait to start the next attempt."""
        self._failure = failure
        self._pause = 0


def _look_up(host: str, port: int) -> list[Address]:
    # Without keywords: what programs put in the place of this function often takes none.
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bounded(seconds: float | None) -> float:
    return MAX_WAIT if seconds is None else min(seconds, MAX_WAIT)

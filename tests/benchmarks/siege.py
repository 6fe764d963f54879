"""The embedded service under siege: ``python -m tests.benchmarks.siege``.

First thousands of sessions whose bytes or messages were changed at random, while the owner gets
covers: no session may fail inside the service, and what it holds has to stay flat. Then the owner
makes covers while a thousand connections say nothing and fifty flood the service with pings, all of
which come back when they are cut. Prints a summary, and fails where any of that does not hold.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import frozen

from tests.benchmarks.processes import ROOT, clean_environment
from tests.benchmarks.soak import MIB, Usage
from tests.support.conversation import REQUEST, TOKEN
from tests.support.strangers import PINGS, read_to_end, reset
from voiceshift import Client
from voiceshift.testing.frames import CLOSE, PING, TEXT, frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

PATIENCE = 60.0
"""Seconds to wait for the service on a busy machine."""

AT_A_TIME = 16
"""Sessions."""

COVER = b"song, tenor, 0"
"""What the echoing service makes of the demo."""

ALLOWANCE = Usage(memory=16 * MIB, threads=8, descriptors=16)
"""By how much the service may grow: what allocators keep, and connections that are just ending."""

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)

ODD_VALUES: list[object] = [
    None,
    True,
    -1,
    1e308,
    10**400,
    "",
    "\ud800",
    "x" * 10_000,
    [[]] * 100,
    {"a": {}},
]
"""What a field of a message may be."""


@frozen
class Plan:
    """What is to be done.

    Attributes:
        sessions: Changed at random.
        idle: Connections that say nothing.
        hostile: Connections that send pings and take no pong.
        covers: That the owner makes meanwhile, and as many without them.
        seed: Of the changes.
    """

    sessions: int = 8000
    idle: int = 1000
    hostile: int = 50
    covers: int = 5
    seed: int = 1


class Service:
    """The service's process; as a context manager it ends it.

    Attributes:
        uri: Its URL.
    """

    def __init__(self, *options: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.siege_service", *options],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.uri: str = self._next_line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def connect(self) -> socket.socket:
        """A connection to it."""
        address = urlsplit(self.uri)
        assert address.hostname is not None
        return socket.create_connection((address.hostname, address.port or 0), PATIENCE)

    def look(self) -> tuple[Usage, int]:
        """What it holds, and how many sessions have failed."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer = self._next_line()
        return Usage(**answer["usage"]), answer["failures"]

    def _next_line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


# ---- sessions that were changed


def session(chance: random.Random) -> bytes:
    """What a client says from its connecting to its leaving, changed here and there."""
    messages: list[dict[str, object]] = [{"token": TOKEN}, dict(REQUEST)]
    if chance.random() < 0.5:
        fields = chance.choice(messages)
        fields[chance.choice([*fields, "type", "user_id"])] = chance.choice(ODD_VALUES)
    texts = [json.dumps(fields).encode() for fields in messages]
    frames = [frame(TEXT, text, mask=True) for text in texts]
    frames += [frame(PING, b"?", mask=True), frame(CLOSE, b"\x03\xe8", mask=True)]
    if chance.random() < 0.2:
        chance.shuffle(frames)
    start = chance.choice([0, len(HANDSHAKE)])  # half of them with a handshake that is right
    data = HANDSHAKE + b"".join(frames)
    for _ in range(chance.randint(0, 4)):
        data = changed(chance, data, start)
    return data


def changed(chance: random.Random, data: bytes, start: int) -> bytes:
    """Bytes of ``data`` behind ``start`` replaced, left out, put in or repeated, or its end cut."""
    first, last = sorted(chance.randint(start, len(data)) for _ in range(2))
    new = chance.choice([b"", chance.randbytes(4), data[first:last] * 2, b"\xff" * 20])
    return data[:first] + new + data[chance.choice([first, min(first + 4, len(data)), last]) :]


def attack(service: Service, seed: str) -> None:
    """One session: what it says comes in pieces, and it leaves in one way or another."""
    chance = random.Random(seed)
    data = session(chance)
    with service.connect() as client, suppress(ConnectionError):
        while data:
            size = chance.choice([1, 10, 1000, len(data)])
            client.sendall(data[:size])
            data = data[size:]
        if chance.random() < 0.3:
            reset(client)
        else:
            client.shutdown(socket.SHUT_WR)
            read_to_end(client)


def besiege_with_sessions(plan: Plan, service: Service) -> list[str]:
    """Violations of what has to hold while sessions are changed at random."""
    seeds = [f"{plan.seed} {number}" for number in range(plan.sessions)]
    warm = max(AT_A_TIME, plan.sessions // 10)
    with Client(service.uri, TOKEN) as owner, ThreadPoolExecutor(AT_A_TIME) as executor:
        owner.create_cover("demo", "tenor")
        at_rest = service.look()[0].threads
        covers = 0

        def run(some: list[str]) -> Usage:
            nonlocal covers
            attacks = [executor.submit(attack, service, seed) for seed in some]
            while not all(one.done() for one in attacks):
                assert owner.create_cover("demo", "tenor").audio == COVER
                covers += 1
            for one in attacks:
                one.result()
            return settled(service, at_rest)

        first = run(seeds[:warm])
        last = run(seeds[warm:])
    failures = service.look()[1]
    say(f"{plan.sessions} sessions, {covers} covers meanwhile, {failures} failures")
    say(f"after a tenth: {first}", f"at the end:    {last}")
    return ([f"{failures} sessions failed"] if failures else []) + growth(first, last)


def settled(service: Service, at_rest: int) -> Usage:
    """What the service holds once it has no more threads than at rest: ended sessions are gone."""
    deadline = time.monotonic() + PATIENCE
    usage, _ = service.look()
    while usage.threads > at_rest and time.monotonic() < deadline:
        time.sleep(0.1)  # what another process holds has no event
        usage, _ = service.look()
    return usage


def growth(first: Usage, last: Usage) -> list[str]:
    """What has grown from one moment to the other by more than it may."""
    names = ("memory", "threads", "descriptors")
    grown = [(name, getattr(last, name) - getattr(first, name)) for name in names]
    return [f"{name} grew by {by}" for name, by in grown if by > getattr(ALLOWANCE, name)]


# ---- crowds


@contextmanager
def crowd(service: Service, number: int, act: Callable[[socket.socket], None]) -> Iterator[None]:
    """So many connections, each in the place of one that was cut, until the end of the block."""
    is_over = threading.Event()

    def keep_coming() -> None:
        while not is_over.is_set():
            with suppress(OSError), service.connect() as client:
                client.settimeout(1)
                while not is_over.is_set():
                    act(client)
            is_over.wait(0.5)

    threads = [threading.Thread(target=keep_coming) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def stay_silent(client: socket.socket) -> None:
    """Wait until the service ends the connection.

    Raises:
        ConnectionError: It did.
    """
    with suppress(TimeoutError):
        if not client.recv(4096):
            raise ConnectionError


def flood(client: socket.socket) -> None:
    """Open a WebSocket and send pings, whose pongs nobody takes.

    Raises:
        OSError: The service takes nothing more, or has cut the connection.
    """
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    client.sendall(HANDSHAKE)
    while True:
        client.sendall(PINGS)


def besiege_with_crowds(plan: Plan, service: Service) -> list[str]:
    """Make covers without the crowds and with them; violations of what has to hold."""
    with Client(service.uri, TOKEN) as owner:
        owner.create_cover("demo", "tenor")  # what is loaded with the first one is loaded
        alone = [seconds(owner) for _ in range(plan.covers)]
        with crowd(service, plan.idle, stay_silent), crowd(service, plan.hostile, flood):
            besieged = [seconds(owner) for _ in range(plan.covers)]
    with Client(service.uri, TOKEN) as other:
        other.create_cover("demo", "tenor")
    failures = service.look()[1]
    say(f"{plan.idle} idle and {plan.hostile} hostile clients, {failures} failures")
    for name, values in (("alone", alone), ("besieged", besieged)):
        say(f"{name:9} {' '.join(f'{value:.1f}' for value in values)} s a cover")
    return [f"{failures} sessions failed"] if failures else []


def seconds(owner: Client) -> float:
    """How long a cover takes."""
    started = time.monotonic()
    cover = owner.create_cover("demo", "tenor")
    assert cover.complete
    return time.monotonic() - started


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, besiege the service, print what came of it; 1 where it is wrong."""
    plan = Plan()
    parser = argparse.ArgumentParser(description="Attack the embedded service.")
    parser.add_argument("--sessions", type=int, default=plan.sessions, help="changed at random")
    parser.add_argument("--idle", type=int, default=plan.idle, help="silent connections")
    parser.add_argument("--hostile", type=int, default=plan.hostile, help="floods of pings")
    parser.add_argument("--covers", type=int, default=plan.covers, help="during the crowds")
    parser.add_argument("--seed", type=int, default=plan.seed, help="of the changes")
    plan = Plan(**vars(parser.parse_args(arguments)))
    with Service("--echo") as service:
        violations = besiege_with_sessions(plan, service)
    with Service() as service:
        violations += besiege_with_crowds(plan, service)
    say(*(violations or ["nothing violated"]))
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())

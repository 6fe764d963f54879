"""A TCP proxy that treats what passes through it badly, with given odds.

It knows nothing of WebSockets: it breaks handshakes, frames and messages wherever they happen to
be.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from attrs import asdict, field, frozen

if TYPE_CHECKING:
    from typing_extensions import Self

LARGEST_PIECE = 16 * 1024
"""Bytes that are read, and passed on or not, at once."""

LONGEST_DELAY = 0.05
"""Seconds."""

PATIENCE = 30.0
"""Seconds for a piece to be taken by a side that does not read."""


def _check_odds(_: object, attribute: object, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"odds are from 0 to 1, not {value}")


@frozen
class Odds:
    """How likely each fate is, for every piece of up to 16 KiB that is to be passed on.

    Attributes:
        drop: Part of the piece is passed on, then both sides get the end of the stream.
        reset: Likewise, with a TCP reset.
        silence: Nothing more is passed on, in either direction; the connection stays open.
        delay: The piece waits, up to 50 ms.
        drip: The piece is passed on in pieces of a few bytes.
    """

    drop: float = field(default=0.0, validator=_check_odds)
    reset: float = field(default=0.0, validator=_check_odds)
    silence: float = field(default=0.0, validator=_check_odds)
    delay: float = field(default=0.0, validator=_check_odds)
    drip: float = field(default=0.0, validator=_check_odds)


class MisbehavingProxy:
    """Passes connections on to a service of this machine; as a context manager it stops itself.

    Args:
        port: Where the service listens.
        odds: How it misbehaves; may be changed at any time, and then holds for what comes.
        seed: Of its decisions. Each connection has a sequence of its own; what falls into one
            piece depends on the network.

    Attributes:
        port: Where it listens itself, on 127.0.0.1.
        fates: How many pieces met which fate.
    """

    def __init__(self, port: int, odds: Odds, seed: int = 0) -> None:
        self.odds = odds
        self.fates: Counter[str] = Counter()
        self._service = ("127.0.0.1", port)
        self._seed = seed
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._acceptor = threading.Thread(target=self._accept, name="misbehaving-proxy")
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        # Closing alone does not wake the thread that accepts; on macOS shutting down alone fails.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join()
        for thread in list(self._threads):
            thread.join()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            chance = random.Random(f"{self._seed} {number}")
            thread = threading.Thread(target=self._serve, args=(client, chance))
            self._threads.add(thread)
            thread.start()

    def _serve(self, client: socket.socket, chance: random.Random) -> None:
        with ExitStack() as sockets:
            sockets.enter_context(client)
            with suppress(OSError):  # either side went; so does the other
                service = sockets.enter_context(socket.create_connection(self._service))
                for stream in (client, service):
                    stream.settimeout(PATIENCE)
                    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._relay(client, service, chance)
        self._threads.discard(threading.current_thread())

    def _relay(self, client: socket.socket, service: socket.socket, chance: random.Random) -> None:
        others = {client: service, service: client}
        while not self._stopping.is_set():
            for stream in select.select([client, service], [], [], 0.1)[0]:
                if not (piece := stream.recv(LARGEST_PIECE)):
                    return
                fate = self._fate(chance)
                self.fates[fate] += 1
                if fate in ("drop", "reset"):
                    others[stream].sendall(piece[: chance.randrange(len(piece))])
                    if fate == "reset":
                        _reset_on_close(client, service)
                    return
                if fate == "silence":
                    self._keep_silent(client)
                    return
                self._pass_on(piece, others[stream], fate, chance)

    def _keep_silent(self, client: socket.socket) -> None:
        """Say nothing until the client goes."""
        while not self._stopping.is_set():
            if select.select([client], [], [], 0.1)[0] and not client.recv(LARGEST_PIECE):
                return

    def _fate(self, chance: random.Random) -> str:
        point = chance.random()
        for fate, odds in asdict(self.odds).items():
            point -= odds
            if point < 0:
                return str(fate)
        return "faithful"

    def _pass_on(
        self, piece: bytes, target: socket.socket, fate: str, chance: random.Random
    ) -> None:
        if fate == "delay":
            self._stopping.wait(chance.uniform(0, LONGEST_DELAY))
        size = chance.randint(1, 64) if fate == "drip" else len(piece)
        for start in range(0, len(piece), size):
            target.sendall(piece[start : start + size])


def _reset_on_close(*streams: socket.socket) -> None:
    # Lingering for zero seconds makes the close a reset.
    for stream in streams:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

"""The service of the benchmarks, in a process of its own, so that it never takes a client's time.

``python -m tests.benchmarks.service JSON`` prints its port as JSON, then one line of JSON for every
conversation that is over. It ends when its standard input does.

What it sends is built beforehand; beside sending it, it only reads the client's few requests.
"""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.benchmarks.wire import (
    STAMP_SIZE,
    Plan,
    placement,
    segment_frames,
    segments,
    stamp_text,
)
from tests.support.raw_service import Peer
from voiceshift.testing.frames import CLOSE, PING, PONG, TEXT, frame

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen
class Replay:
    """Answers each request with the same cover, as fast as the client takes it.

    Attributes:
        plan: The cover.
        ping_timeout: Seconds that the client may take for a cover and the answer to a ping behind
            it, or the service goes; ``None`` sends no ping.
    """

    plan: Plan
    ping_timeout: float | None = None

    def prepare(self) -> tuple[Callable[[Peer, int], None], str]:
        """The conversation, and the SHA-256 of the audio."""
        frames, checksum = [], hashlib.sha256()
        for audio, is_final in segments(self.plan):
            checksum.update(audio)
            frames.append(
                segment_frames(
                    self.plan.title, audio, is_final=is_final, fragment_size=self.plan.fragment_size
                )
            )
        if self.ping_timeout is not None:
            frames.append(frame(PING, b"are you there?"))
        blob = b"".join(frames)

        def converse(peer: Peer, _: int) -> None:
            while (opcode := peer.receive_frame()[0]) != CLOSE:
                if opcode == TEXT:
                    peer.stream.settimeout(self.ping_timeout)
                    peer.send(blob)
                elif opcode == PONG:
                    peer.stream.settimeout(None)
                    report(answered=True)
            peer.send(frame(CLOSE))

        return converse, checksum.hexdigest()


@frozen
class Paced:
    """Answers a request with segments at fixed times, each with the moment it was sent.

    Attributes:
        plan: The cover.
        interval: Seconds between two segments of a cover.
        clients: Among how many clients the interval is divided.
    """

    plan: Plan
    interval: float
    clients: int = 1

    def prepare(self) -> tuple[Callable[[Peer, int], None], str]:
        """The conversation; the audio is never the same."""
        title, size = self.plan.title, self.plan.segment_size
        assert size >= STAMP_SIZE
        assert self.plan.size % size == 0, "all segments are of one size"
        # Built once: to encode each anew would keep the service busy when it ought to send.
        templates = {
            is_final: segment_frames(title, bytes(size), is_final=is_final)
            for is_final in (False, True)
        }

        def converse(peer: Peer, number: int) -> None:
            messages = {is_final: bytearray(template) for is_final, template in templates.items()}
            peer.receive_frame()
            due = time.monotonic() + self.interval * (number % self.clients) / self.clients
            for _, is_final in self.plan.lengths():
                message = messages[is_final]
                start = placement(title, size, is_final=is_final).start
                time.sleep(max(0.0, due - time.monotonic()))  # the pace is what is measured
                stamp = stamp_text(time.monotonic_ns())
                message[start : start + len(stamp)] = stamp
                peer.stream.sendall(message)
                due += self.interval
            peer.receive_frame()

        return converse, ""


@frozen
class Silent:
    """Never answers a request.

    Attributes:
        answers_close: Whether it at least answers a close.
    """

    answers_close: bool

    def prepare(self) -> tuple[Callable[[Peer, int], None], str]:
        """The conversation; there is no audio."""

        def converse(peer: Peer, _: int) -> None:
            if self.answers_close:
                while peer.receive_frame()[0] != CLOSE:
                    pass
                peer.send(frame(CLOSE))
            else:
                peer.wait_for_end()

        return converse, ""


Behaviour = Replay | Paced | Silent
KINDS = {kind.__name__: kind for kind in (Replay, Paced, Silent)}


def report(**fields: object) -> None:
    """Tell the parent process, in one line of JSON."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def take_connections(
    listener: socket.socket, tls: ssl.SSLContext | None, converse: Callable[[Peer, int], None]
) -> None:
    """A thread for every client, until the process ends."""
    number = 0
    while True:
        stream, _ = listener.accept()
        threading.Thread(target=attend, args=(stream, tls, converse, number), daemon=True).start()
        number += 1


def attend(
    stream: socket.socket,
    tls: ssl.SSLContext | None,
    converse: Callable[[Peer, int], None],
    number: int,
) -> None:
    """One conversation; the client may leave at any moment."""
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        if tls is not None:
            stream = tls.wrap_socket(stream, server_side=True)
        peer = Peer(stream)
        peer.authenticate()
        converse(peer, number)
    except (OSError, EOFError):
        pass
    finally:
        stream.close()
        report(cpu=time.thread_time())


def main() -> None:
    """Serve until standard input ends."""
    options: dict[str, Any] = json.loads(sys.argv[1])
    if "plan" in options["fields"]:
        options["fields"]["plan"] = Plan(**options["fields"]["plan"])
    behaviour: Behaviour = KINDS[options["kind"]](**options["fields"])
    tls = None
    if options["certificate"] is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(options["certificate"])
    converse, checksum = behaviour.prepare()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    threading.Thread(target=take_connections, args=(listener, tls, converse), daemon=True).start()
    report(port=listener.getsockname()[1], checksum=checksum)
    sys.stdin.read()


if __name__ == "__main__":
    main()

"""One measurement of one contender, in a process of its own.

``python -m tests.benchmarks.contender JSON`` prints what it measured as JSON. Only receiving is
timed: imports and connecting come before, checksums after.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.libraries import (
    LIBRARIES,
    AsyncioWebSockets,
    DirectWebSocketClient,
    piece,
)
from tests.benchmarks.library import Library, Opening
from tests.benchmarks.wire import Plan, read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_FILES = Path("/dev/shm")
STATUS = Path("/proc/self/status")

CLOSE_PATIENCE = 2.0
"""Seconds after which a close counts as one that hangs."""


class Job:
    """What the parent process asks for.

    Args:
        options: As :class:`~tests.benchmarks.processes.Laboratory` sends them.

    Attributes:
        options: The same.
        opening: How to reach the service.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        plan = options.get("plan")
        self.opening = Opening(
            options["uri"],
            options["authority"],
            Plan(**plan) if plan else None,
            options["close_timeout"],
        )

    def open(self) -> Library:
        """The contender, authenticated."""
        return LIBRARIES[self.options["library"]](self.opening)

    def open_in(self, loop: asyncio.AbstractEventLoop) -> AsyncioWebSockets:
        """The contender with asyncio, not yet connected."""
        return AsyncioWebSockets(self.opening, loop)


def cover(job: Job) -> dict[str, object]:
    """Receive one cover: seconds, memory, and the SHA-256 of the audio."""
    library = job.open()
    with scratch_folder() as folder:
        to = folder / "cover" if job.options["to_file"] else None
        memory, cpu, start = peak_memory(), time.process_time(), time.perf_counter()
        audio = library.cover(to)
        seconds = time.perf_counter() - start
        cpu, memory = time.process_time() - cpu, peak_memory() - memory
        checksum = hashlib.sha256(audio if to is None else to.read_bytes())  # type: ignore[arg-type]  # it is None where `to` is not
        library.close()
    return {
        "size": job.options["plan"]["size"],
        "seconds": seconds,
        "cpu": cpu,
        "memory": memory,
        "checksum": checksum.hexdigest(),
    }


def stalled(job: Job) -> dict[str, object]:
    """Take one segment of a stream, wait for a word of the parent, then take the rest."""
    library = job.open()
    checksum, memory = hashlib.sha256(), peak_memory()
    is_first = True

    def take(audio: bytes) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            sys.stdin.readline()
        checksum.update(audio)

    library.receive(take)
    memory = peak_memory() - memory
    library.close()
    return {"memory": memory, "checksum": checksum.hexdigest()}


def first_audio(job: Job) -> dict[str, object]:
    """Ask for a tiny cover again and again: microseconds from the request to its audio."""
    library = job.open()
    latencies: list[float] = []

    def arrived(_: bytes) -> None:
        latencies.append((time.perf_counter() - library.asked) * 1e6)

    for _ in range(job.options["times"]):
        library.receive(arrived)
    library.close()
    return percentiles(latencies)


def lag(job: Job) -> dict[str, object]:
    """Receive stamped segments: microseconds from the service's send to the script."""
    library = job.open()
    arrivals: list[tuple[int, bytes]] = []
    library.receive(lambda audio: arrivals.append((time.monotonic_ns(), audio)))
    library.close()
    if isinstance(library, DirectWebSocketClient):
        arrivals = [(moment, piece(message)[0]) for moment, message in arrivals]
    return percentiles([(moment - read_stamp(audio)) / 1e3 for moment, audio in arrivals])


def paced(job: Job) -> dict[str, object]:
    """Receive many stamped covers at once: milliseconds of lag, and memory for all of them."""
    job.open().close()  # so that what is imported counts for no cover
    memory, lags = peak_memory(), list[float]()
    cpu, start = time.process_time(), time.monotonic()

    def arrived(audio: bytes) -> None:
        lags.append((time.monotonic_ns() - read_stamp(audio)) / 1e6)

    if LIBRARIES[job.options["library"]] is AsyncioWebSockets:
        asyncio.run(paced_in_one_loop(job, arrived))
    else:
        libraries = [job.open() for _ in range(job.options["clients"])]
        threads = [
            threading.Thread(target=library.receive, args=(arrived,)) for library in libraries
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for library in libraries:
            library.close()
    busy = (time.process_time() - cpu) / (time.monotonic() - start)
    return {
        **percentiles(lags),
        "memory": peak_memory() - memory,
        "busy": busy,
        "connections": job.options["clients"] + 1,
    }


async def paced_in_one_loop(job: Job, arrived: Any) -> None:
    """The same with asyncio: a task for each cover."""
    loop = asyncio.get_running_loop()
    libraries = [job.open_in(loop) for _ in range(job.options["clients"])]
    for library in libraries:
        await library.open()
    await asyncio.gather(*(library.receive_within(arrived) for library in libraries))
    await asyncio.gather(*(library.connection.close() for library in libraries))


def close(job: Job) -> dict[str, object]:
    """Seconds that ``close()`` takes, or after which it was given up as one that hangs.

    With the option ``while_receiving`` another thread is waiting for audio meanwhile, and counts
    until it has ended.
    """
    library = job.open()
    receiving = threading.Thread(target=receive_until_closed, args=(library,), daemon=True)
    if job.options["while_receiving"]:
        receiving.start()
        while not library.asked:
            time.sleep(0.001)
        time.sleep(0.05)  # nothing tells that a thread has begun to wait in recv
    closing = threading.Thread(target=library.close, daemon=True)
    start = time.perf_counter()
    closing.start()
    closing.join(CLOSE_PATIENCE)
    if receiving.ident is not None:
        receiving.join(max(0.0, start + CLOSE_PATIENCE - time.perf_counter()))
    hangs = closing.is_alive() or receiving.is_alive()
    return {"seconds": time.perf_counter() - start, "hangs": hangs}


def receive_until_closed(library: Library) -> None:
    """What a thread does when the connection is closed under it."""
    try:
        library.receive(lambda _: None)
    except Exception:  # noqa: BLE001 - each library has its own way to say it
        return


def percentiles(values: list[float]) -> dict[str, object]:
    """The median and what one in a hundred values exceeds (nearest rank)."""
    ordered = sorted(values)
    return {f"p{rank}": ordered[-(-len(ordered) * rank // 100) - 1] for rank in (50, 99)}


TASKS = {task.__name__: task for task in (cover, stalled, first_audio, lag, paced, close)}


def peak_memory() -> int:
    """The most memory that this process ever held, in bytes; 0 where the system does not tell."""
    if not STATUS.exists():
        return 0
    words = STATUS.read_text(encoding="ascii").split()
    return int(words[words.index("VmHWM:") + 1]) * 1024


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder in memory where the system has such, so that the disk is not what is measured."""
    parent = MEMORY_FILES if os.access(MEMORY_FILES, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=parent) as folder:
        yield Path(folder)


def block_fast_extra() -> None:
    """Make the import of pybase64 fail in this process, as where it is not installed."""
    sys.modules["pybase64"] = None  # type: ignore[assignment]  # the documented way to block it


def main() -> None:
    """Do the job and print the result; end at once, also where a thread hangs."""
    options = json.loads(sys.argv[1])
    if not options["fast"]:
        block_fast_extra()
    result = TASKS[options["task"]](Job(options))
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()

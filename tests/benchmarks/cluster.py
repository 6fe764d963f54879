"""``python -m tests.benchmarks.cluster``: covers by the engine on a Dask cluster of this machine.

For one worker process and for two: how many covers are made in an hour, and how long those wait for
their first segment who ask at the same time.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from voiceshift import Client, CoverRequest, create_local_covers
from voiceshift.batch.dask import connected_cluster
from voiceshift.local import Server, demo

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = (1, 2)

SONG_SECONDS = 20
"""Length of the song: the bundled one, over and over."""

COVERS = 4
"""Covers of a batch, and listeners who ask at the same time."""


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "song.ogg"
        write_song(song)
        for workers in WORKERS:
            with dask_executor(workers) as (client, executor):
                warm_up(executor)
                used = processor_seconds(client)
                seconds = seconds_of_batch(song, executor, workers)
                used = processor_seconds(client) - used
                waits = waits_for_first_segment(song, executor, workers)
            sys.stdout.write(
                f"{workers} workers: {COVERS / seconds * 3600:.0f} covers of {SONG_SECONDS} s an "
                f"hour, {COVERS * SONG_SECONDS / seconds:.1f} times real time "
                f"({COVERS * SONG_SECONDS / used:.1f} by processor time); first segments of "
                f"{COVERS} at once after {', '.join(f'{wait:.1f}' for wait in waits)} s\n"
            )
            sys.stdout.flush()


def write_song(path: Path) -> None:
    """Write a song of that length."""
    samples, rate = soundfile.read(demo.SONG)
    times = SONG_SECONDS * rate // len(samples) + 1
    repeated = np.concatenate([samples] * times)[: SONG_SECONDS * rate]
    with soundfile.SoundFile(path, "w", rate, samples.shape[1]) as file:
        for second in range(SONG_SECONDS):  # libsndfile does not bear it at once
            file.write(repeated[second * rate : (second + 1) * rate])


@contextmanager
def dask_executor(workers: int) -> Iterator[tuple[Any, Executor]]:
    """Worker processes with a thread each: a client of theirs, and their executor."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
        ) as local,
        Client(local, set_as_default=False) as client,
        connected_cluster(local.scheduler_address) as cluster,
    ):
        yield client, cluster.executor


def processor_seconds(client: Any) -> float:
    """Processor time that all workers have used so far."""
    return float(sum(client.run(time.process_time).values()))


def warm_up(executor: Executor) -> None:
    """Let every worker import what it needs, and the voice be learned."""
    for _ in create_local_covers([CoverRequest("demo", "tenor")] * 2, executor=executor, workers=2):
        pass


def seconds_of_batch(song: Path, executor: Executor, workers: int) -> float:
    """How long the covers take, one on each worker."""
    requests = [CoverRequest(str(song), "tenor", number % 3 - 1) for number in range(COVERS)]
    started = time.monotonic()
    for outcome in create_local_covers(requests, executor=executor, workers=workers):
        assert outcome.cover is not None, outcome.error
    return time.monotonic() - started


def waits_for_first_segment(song: Path, executor: Executor, workers: int) -> list[float]:
    """How long each of several listeners waits who ask a service of that cluster at once."""
    with (
        Server(allow_files=True, executor=executor, workers=workers, max_running=COVERS) as server,
        ThreadPoolExecutor(COVERS) as listeners,
    ):
        return sorted(listeners.map(wait_of, [server] * COVERS, [song] * COVERS))


def wait_of(server: Server, song: Path) -> float:
    """How long one listener waits for sound."""
    with Client(server.uri, server.token) as client:
        client.authenticate()
        started = time.monotonic()
        for segment in client.stream_cover(song, "tenor"):
            if segment.audio:
                break
        return time.monotonic() - started


if __name__ == "__main__":
    main()

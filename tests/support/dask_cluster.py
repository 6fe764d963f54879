"""A Dask cluster of worker processes, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

CLUSTER = """
import os, signal, sys, tempfile, time
from contextlib import suppress
import dask
from distributed import LocalCluster

# So long after a worker was lost, LocalCluster looks once whether one of its name is there, and if
# not, gives it up for good. It does not see that the worker had come back and died again: where
# two tests kill as far apart as that, all workers would be gone.
dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})


def is_running(nanny):
    return nanny.process is not None and nanny.process.status.name == "running"


# Not in the folder that all clusters of this machine share, where each clears up after the others.
with tempfile.TemporaryDirectory() as folder, LocalCluster(
    n_workers=2,
    threads_per_worker=1,
    host="127.0.0.1",
    dashboard_address="127.0.0.1:0",
    local_directory=folder,
) as cluster:
    print(cluster.scheduler_address, flush=True)
    for line in sys.stdin:
        if line.strip() != "kill":
            cluster.scale(int(line))
            print("scaled", flush=True)
            continue
        # A worker that dies while it starts, after an earlier kill, is not what is tested.
        deadline = time.monotonic() + 30
        while not all(map(is_running, cluster.workers.values())) and time.monotonic() < deadline:
            time.sleep(0.05)
        for nanny in cluster.workers.values():
            if nanny.pid:
                with suppress(ProcessLookupError):
                    os.kill(nanny.pid, signal.SIGKILL)
        print("killed", flush=True)
"""


class DaskCluster:
    """A scheduler and two workers with a thread each; as a context manager it ends itself.

    Args:
        environment: What its workers know beside the environment of the tests.

    Attributes:
        address: Of the scheduler.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", CLUSTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | environment,
        )
        self.address = self._read()
        assert self.address.startswith("tcp://")

    def kill_workers(self) -> None:
        """Kill both, as a machine that fails does; others take their places."""
        self._command("kill", "killed")

    def scale(self, workers: int) -> None:
        """Begin to stop or to start workers until there are so many."""
        self._command(str(workers), "scaled")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)
        assert self._process.returncode == 0

    def _command(self, command: str, answer: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        assert self._read() == answer

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

"""Covers on a Dask cluster of worker processes, also where these are killed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.command_line import voiceshift
from tests.support.dask_cluster import DaskCluster
from tests.support.flaky import check_all_made, make_flaky, run_until_all_are_made
from tests.support.processes import run_python
from voiceshift import Client
from voiceshift.testing import DEFAULT_AUDIO, FAULTS, ScriptedService

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),  # workers take long to start on a busy machine
    needs("distributed"),
]

BATCH = """
import json, sys
from distributed import Client
from voiceshift import CoverRequest, create_covers, create_local_covers

address, function, songs, to = json.loads(sys.argv[1])
create = {"hosted": create_covers, "local": create_local_covers}[function]
requests = [CoverRequest(song, "tenor") for song in songs]
with Client(address, set_as_default=False) as client:
    executor = client.get_executor(pure=False)
    for outcome in create(requests, to=to, executor=executor, workers=2):
        cover, error = outcome.cover, outcome.error
        facts = {
            "song": outcome.request.song,
            "size": cover and len(cover.audio),
            "error": type(error).__name__,
            "sent": getattr(error, "sent", None),
            "partial": error and error.partial and str(error.partial.path),
        }
        print(json.dumps(facts), flush=True)
"""

WATCHING = """
import logging, sys
from voiceshift.batch import dask

dask.POLL_INTERVAL = 0.05
logging.basicConfig(format="%(message)s", stream=sys.stdout)
with dask.connected_cluster(sys.argv[1]):
    print("connected", flush=True)
    sys.stdin.read()
"""

PAGE = Path(__file__).parents[2] / "docs" / "batch.md"

Facts = dict[str, object]


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    """The service that the workers of the cluster know."""
    with ScriptedService() as running:
        yield running


@pytest.fixture(scope="module")
def cluster(service: ScriptedService, home: Path) -> Iterator[DaskCluster]:
    """A cluster whose workers have a token; this process and the batch have none."""
    own = {"VC_URI": service.uri, "VC_TOKEN": service.token, "HOME": str(home)}
    with DaskCluster(own) as running:
        yield running


@pytest.fixture(autouse=True)
def disconnected(service: ScriptedService) -> Iterator[None]:
    """The workers keep their connections; to this process they would look like a leak."""
    service.requests.clear()
    service.stalled.clear()
    yield
    service.disconnect()


@contextmanager
def batch(
    cluster: DaskCluster, songs: list[str], *, local: bool = False, to: str | None = "covers"
) -> Iterator[subprocess.Popen[str]]:
    """A batch in a process of its own."""
    arguments = [cluster.address, "local" if local else "hosted", songs, to]
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", BATCH, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def outcomes(process: subprocess.Popen[str]) -> dict[str, Facts]:
    """What became of each song."""
    printed, _ = process.communicate(timeout=250)
    assert process.returncode == 0
    return {facts["song"]: facts for facts in map(json.loads, printed.splitlines())}


@pytest.mark.parametrize("to", ["covers", None])
def test_a_request_that_was_sent_is_not_sent_again(
    cluster: DaskCluster, service: ScriptedService, to: str | None
) -> None:
    """Where its worker is killed, the outcome says so; the next is made."""
    service.will_stall(at="segment")
    with batch(cluster, ["a"], to=to) as process:
        assert service.stalled.wait(60)
        cluster.kill_workers()
        facts = outcomes(process)["a"]
    assert (facts["error"], facts["sent"]) == ("WorkerLost", True)
    assert len(service.requests) == 1
    with batch(cluster, ["a"], to=to) as process:
        assert outcomes(process)["a"]["size"]
    assert len(service.requests) == 2
    assert not list(Path().rglob("*.part"))


def test_a_request_that_was_not_sent_is_sent_by_another_worker(
    cluster: DaskCluster, service: ScriptedService
) -> None:
    """As if nothing had happened."""
    service.will_stall(at="challenged")
    with batch(cluster, ["a"]) as process:
        assert service.stalled.wait(60)
        cluster.kill_workers()
        assert outcomes(process)["a"]["size"]
    assert len(service.requests) == 1


def test_a_cluster_without_workers_is_told_of() -> None:
    """And that it has some again; whatever waits for them goes on by itself."""
    with DaskCluster({}) as own:
        command = [sys.executable, "-W", "error", "-c", WATCHING, own.address]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "connected\n"
            own.scale(0)
            assert "has no workers left; covers wait" in process.stdout.readline()
            own.scale(2)
            assert "has workers again" in process.stdout.readline()
            assert not process.communicate(timeout=60)[0]
            assert process.returncode == 0


def test_the_example_of_the_documentation(cluster: DaskCluster) -> None:
    """It runs as it stands there, with the cluster and the folder of this test."""
    (program,) = re.findall(
        r"```python\n(from distributed.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    ours = {"tcp://scheduler:8786": cluster.address, "/shared/covers": str(Path.cwd() / "covers")}
    for theirs, own in ours.items():
        assert theirs in program
        program = program.replace(theirs, own)
    paths = run_python(program).splitlines()
    assert [Path(path).read_bytes() for path in paths] == [DEFAULT_AUDIO] * 2


def test_covers_of_the_engine(cluster: DaskCluster) -> None:
    """Nothing is between but the cluster."""
    with batch(cluster, ["demo", "unknown"], local=True) as process:
        facts = outcomes(process)
    assert facts["demo"]["size"]
    assert facts["unknown"]["error"] == "CoverError"


def test_a_service_whose_windows_are_worked_on_by_the_cluster(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``voiceshift serve --dask`` makes the same covers as any other service."""
    monkeypatch.setenv("VC_TOKEN", "token")
    monkeypatch.setenv("VC_SERVE_TOKEN", "token")
    with voiceshift("serve", "--dask", cluster.address, "--port", "0", "--json") as process:
        assert process.stdout is not None
        uri = json.loads(process.stdout.readline())["uri"]
        with Client(uri) as client:
            cover = client.create_cover("demo", "tenor")
        process.terminate()
        assert process.wait(60) == 0
    assert cover.size > 10_000
    assert cover.media_type == "audio/ogg"


def test_a_flaky_service_and_workers_that_are_killed(
    cluster: DaskCluster, service: ScriptedService
) -> None:
    """All covers are made, each asked for once in a run, whoever dies."""
    before = service.connections
    make_flaky(service)
    run_until_all_are_made(service, [(75, lambda _: cluster.kill_workers())], cluster.address)
    check_all_made()
    # Each worker holds one connection; a fault costs it that.
    assert service.connections - before < 3 * len(FAULTS)

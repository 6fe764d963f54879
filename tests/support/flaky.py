"""A batch of all kinds of requests over a service with every fault there is."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift import CoverRequest
from voiceshift.batch.folder import cover_name
from voiceshift.testing import DEFAULT_AUDIO, FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from voiceshift.testing import ScriptedService

FOLDER = Path("covers")

BATCH = """
import sys
from contextlib import ExitStack
from pathlib import Path
from voiceshift import Settings, create_covers
from voiceshift.batch.request_list import RequestList
from voiceshift.batch.dask import connected_cluster

uri, address = sys.argv[1:]
failures = 0
with ExitStack() as stack:
    cluster = stack.enter_context(connected_cluster(address)) if address else None
    for outcome in create_covers(
        RequestList(Path("list.csv")),
        to="covers",
        workers=4,
        executor=cluster and cluster.executor,
        settings=Settings.load(uri=uri, need_token=not cluster, idle_timeout=2),
        timeout=5,
    ):
        failures += outcome.error is not None
        print(outcome.request.song, flush=True)
sys.exit(failures > 0)
"""

REQUESTS = [
    CoverRequest(f"{song}, live", voice, pitch, user_id=user_id)
    for song, voice, pitch, user_id in product(
        ("Amazing Grace", "Greensleeves", "AC/DC", "Für Elise", "a.b"),
        ("tenor", "bass"),
        range(-2, 3),
        (None, *range(2**60, 2**60 + 4)),
    )
]
"""250, of every kind."""

MAX_WHOLE_RUNS = 10
"""Runs that are not interrupted; some of the faults refuse the token, which ends a batch."""

Asked = dict[str, object]


Interruption = tuple[int, "Callable[[subprocess.Popen[str]], object]"]
"""After how many outcomes a run is interrupted, and how."""


def make_flaky(service: ScriptedService) -> None:
    """Script every fault there is, each among four good covers; no two covers are alike."""
    faults = sorted(FAULTS)
    random.Random(7).shuffle(faults)
    for number in range(1000):
        service.will_stream(recording(number), segments=2, queued=0)
        if number % 4 == 0 and faults:
            service.will_fault(faults.pop())


def recording(number: int) -> bytes:
    """The audio of a cover."""
    return b"OggS" + random.Random(number).randbytes(500)


def write_list() -> None:
    """All requests, as CSV."""
    with Path("list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["song", "voice", "pitch", "user_id"])
        rows.writerows([r.song, r.voice, r.pitch, r.user_id] for r in REQUESTS)


def run(uri: str, address: str, interruption: Interruption | None) -> int:
    """Run the batch in a process of its own, and interrupt it after some outcomes."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", BATCH, uri, address],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for number, _ in enumerate(process.stdout, start=1):
                if interruption is not None and number == interruption[0]:
                    interruption[1](process)
            return process.wait()
        finally:
            process.kill()  # a test that runs out of time ends, too


def complete() -> dict[CoverRequest, bytes]:
    """What lies complete in the folder."""
    paths = {request: FOLDER / f"{cover_name(request)}.ogg" for request in REQUESTS}
    return {request: path.read_bytes() for request, path in paths.items() if path.exists()}


def requests_of(asked: list[Asked]) -> list[CoverRequest]:
    """What a service was asked for."""
    return [
        CoverRequest(a["song"], a["model"], a["pitch"], user_id=a.get("user_id"))  # type: ignore[arg-type]
        for a in asked
    ]


def run_until_all_are_made(
    service: ScriptedService, interruptions: list[Interruption], address: str = ""
) -> None:
    """Run the batch, with interruptions and without, until no cover is missing.

    No cover is asked for again once it is complete, and none twice in one run.

    Args:
        service: What makes the covers.
        interruptions: Of the first runs.
        address: That of the cluster on which it runs, if it does.
    """
    write_list()
    for interruption in [*interruptions, *[None] * MAX_WHOLE_RUNS]:
        done, asked_before = complete(), len(service.requests)
        code = run(service.uri, address, interruption)
        asked = requests_of(service.requests[asked_before:])
        assert len(set(asked)) == len(asked)
        assert not set(asked) & set(done)
        assert complete().items() >= done.items()
        if interruption is None and code == 0:
            return
    raise AssertionError("some covers cannot be made")


def check_all_made() -> None:
    """The folder has exactly the right files, and the record says so."""
    covers = complete()
    assert len(covers) == len(REQUESTS)
    # A cover that a fault did not spoil is the service's usual one; no other is like another.
    audio = [audio for audio in covers.values() if audio != DEFAULT_AUDIO]
    assert len(audio) > len(REQUESTS) - len(FAULTS)
    assert set(audio) <= {recording(number) for number in range(1000)}
    assert len(set(audio)) == len(audio)
    assert {path.suffix for path in FOLDER.iterdir()} == {".ogg", ".jsonl"}
    assert len(list(FOLDER.iterdir())) == len(REQUESTS) + 1
    check_titles()


def check_titles() -> None:
    """The record says of each file that the service called it what was asked for."""
    titles = {}
    for line in (FOLDER / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        facts = json.loads(line)
        if facts["state"] == "complete":
            titles[facts["name"]] = facts["title"]
    expected = {cover_name(r): f"{r.song} ({r.voice}, {r.pitch:+d})" for r in REQUESTS}
    wrong = {name: title for name, title in titles.items() if title != expected[name]}
    # A cover that was complete when the process was killed may be on record by its song alone.
    assert all(title.endswith(", live") for title in wrong.values())
    assert titles.keys() == expected.keys()
    assert len(wrong) <= 8

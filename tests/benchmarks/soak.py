"""Thousands of covers over a network that fails: ``python -m tests.benchmarks.soak``.

Several clients, each in a thread, ask a service behind a misbehaving proxy for covers of known
content, in memory, to a file and as a stream. Every cover has to end complete and byte for byte
right, or with one of our errors and an exact prefix. Memory, threads and descriptors have to stay
flat, and once the network works again so has every client. Prints a summary, and fails where any of
that does not hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict, astuple, evolve, frozen

from tests.benchmarks.processes import ROOT, clean_environment
from tests.benchmarks.soak_covers import COMPLETE, REFUSED, WAYS, attempt
from tests.benchmarks.soak_service import TOKEN
from tests.support.leaks import open_descriptors
from tests.support.misbehaving_proxy import Odds
from voiceshift import Client, SettingsOptions

if TYPE_CHECKING:
    from typing_extensions import Self

TIMEOUTS: SettingsOptions = {
    "connect_timeout": 5,
    "auth_timeout": 2,
    "idle_timeout": 2,
    "close_timeout": 0.5,
}
PINGS: SettingsOptions = {"ping_interval": 0.7, "ping_timeout": 0.7}
"""Seconds. With pings a silent network is a lost connection, without them an idle one."""

ATTEMPTS = 5
"""To get a cover once the network works again: the first may find the old connection dead."""

PATIENCE = 30.0
"""Seconds for the service to end."""

MIB = 2**20

ODDS = Odds(drop=0.01, reset=0.01, silence=0.002, delay=0.05, drip=0.05)
"""With these about one cover in five does not arrive."""


@frozen
class Plan:
    """What is to be done.

    Attributes:
        covers: How many.
        seed: Of the covers' content, and of the proxy.
        seconds: After which no further cover is begun.
        clients: How many at the same time.
        odds: How the proxy misbehaves.
    """

    covers: int = 2000
    seed: int = 1
    seconds: float = 300.0
    clients: int = 8
    odds: Odds = ODDS


@frozen
class Usage:
    """What this process holds; memory and descriptors are 0 where the system does not tell.

    Attributes:
        memory: Resident, in bytes.
        threads: How many.
        descriptors: How many.
    """

    memory: int
    threads: int
    descriptors: int

    @classmethod
    def now(cls) -> Usage:
        """At this moment."""
        statistics = Path("/proc/self/statm")
        pages = int(statistics.read_text().split()[1]) if statistics.exists() else 0
        memory = pages * os.sysconf("SC_PAGE_SIZE") if pages else 0
        return cls(memory, threading.active_count(), len(open_descriptors()))

    @classmethod
    def most(cls, samples: list[Usage]) -> Usage:
        """The most of each that was held at any of these moments."""
        return cls(*map(max, zip(*map(astuple, samples), strict=True)))


ALLOWANCE = Usage(memory=16 * MIB, threads=8, descriptors=16)
"""By how much the last tenth may exceed the first: what allocators keep, and connections that are
ending while their successors begin."""


@frozen
class Report:
    """What came of a soak.

    Attributes:
        endings: How many covers ended in which way.
        fates: How many pieces met which fate in the proxy.
        usages: What the process held before there was a client, at most in the first and in the
            last tenth of the covers, and after the clients were closed.
        violations: What should not have been.
    """

    endings: dict[str, int]
    fates: dict[str, int]
    usages: dict[str, Usage]
    violations: list[str]

    def __str__(self) -> str:
        lines = ["", "covers", *_table(self.endings), "", "pieces in the proxy"]
        lines += [*_table(self.fates), "", f"{'':16}{'MiB':>8}{'threads':>10}{'descriptors':>13}"]
        lines += [
            f"{moment:16}{usage.memory / MIB:8.1f}{usage.threads:10}{usage.descriptors:13}"
            for moment, usage in self.usages.items()
        ]
        return "\n".join([*lines, "", *(self.violations or ["nothing violated"])])


def _table(counts: dict[str, int]) -> list[str]:
    return [f"{name:16}{count:8}" for name, count in sorted(counts.items())]


class Service:
    """The service's process, with the proxy before it; as a context manager it ends it."""

    def __init__(self, plan: Plan) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.soak_service"],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._say(json.dumps({"seed": plan.seed, "odds": asdict(plan.odds)}))
        assert self._process.stdout is not None
        self.uri = f"ws://127.0.0.1:{json.loads(self._process.stdout.readline())}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()

    def heal(self) -> None:
        """Let the proxy be faithful from now on."""
        self._say("")

    def end(self) -> dict[str, int]:
        """End it; which fates the pieces met."""
        output, _ = self._process.communicate(timeout=PATIENCE)
        fates: dict[str, int] = json.loads(output)
        return fates

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


class Clients:
    """The clients at work.

    Attributes:
        endings: So far.
        violations: So far.
    """

    def __init__(self, plan: Plan, service: Service) -> None:
        self.endings: Counter[str] = Counter()
        self.violations: list[str] = []
        self._plan = plan
        self._service = service
        self._is_healed = threading.Event()
        self._lock = threading.Lock()
        self._until = time.monotonic() + plan.seconds

    def run(self) -> list[Usage]:
        """Make all covers, heal the network, and see whether all clients work.

        Returns:
            What the process held when each of the covers had ended.
        """
        samples: list[Usage] = []
        with ThreadPoolExecutor(self._plan.clients) as executor:
            uses = [executor.submit(self._use_client, n) for n in range(self._plan.clients)]
            while len(samples) < self._plan.covers and time.monotonic() < self._until:
                if any(use.done() for use in uses):  # it failed: that is raised below
                    break
                time.sleep(0.02)  # many covers end in a moment; one sample does for them
                samples += [Usage.now()] * (self.endings.total() - len(samples))
            self._service.heal()
            self._is_healed.set()
        for use in uses:
            use.result()
        return samples

    def _use_client(self, number: int) -> None:
        plan = self._plan
        pings: SettingsOptions = PINGS if number % 2 else {"ping_interval": None}
        limits: SettingsOptions = {**TIMEOUTS, **pings}
        with (
            tempfile.TemporaryDirectory() as folder,
            Client(self._service.uri, TOKEN, **limits) as client,
        ):
            for cover in range(number, plan.covers, plan.clients):
                if time.monotonic() > self._until:
                    break
                way = WAYS[cover // plan.clients % len(WAYS)]
                self._note(*attempt(client, f"{plan.seed} {cover}", way, Path(folder)))
            self._is_healed.wait()
            for _ in range(ATTEMPTS):
                ending, _ = attempt(client, f"{plan.seed} healed {number}", WAYS[0], Path(folder))
                if ending in (COMPLETE, REFUSED):
                    return
            self._note(ending, f"{client} does not work, though the network does")

    def _note(self, ending: str, violation: str | None) -> None:
        with self._lock:
            self.endings[ending] += 1
            self.violations += [violation] if violation else []


def soak(plan: Plan) -> Report:
    """Do what the plan says."""
    with Service(plan) as service:
        gc.collect()
        usages = {"before": Usage.now()}
        clients = Clients(plan, service)
        samples = clients.run()
        tenth = max(1, len(samples) // 10)
        usages["first tenth"] = Usage.most(samples[:tenth])
        usages["last tenth"] = Usage.most(samples[-tenth:])
        gc.collect()
        usages["after"] = Usage.now()
        violations = clients.violations + growth(usages)
        return Report(dict(clients.endings), service.end(), usages, violations)


def growth(usages: dict[str, Usage]) -> list[str]:
    """What was not flat."""
    grown = [
        f"{name} grew from {first} to {last}"
        for name, first, last, allowance in zip(
            asdict(ALLOWANCE),
            astuple(usages["first tenth"]),
            astuple(usages["last tenth"]),
            astuple(ALLOWANCE),
            strict=True,
        )
        if last > first + allowance
    ]
    # Of memory, an allocator keeps what it likes.
    if evolve(usages["after"], memory=0) != evolve(usages["before"], memory=0):
        grown.append(f"left behind: {usages['before']} became {usages['after']}")
    return grown


def main() -> None:
    """Read the command line, soak, print the report."""
    plan = Plan()
    parser = argparse.ArgumentParser(description="Covers over a network that fails.")
    parser.add_argument("--covers", type=int, default=plan.covers, help="how many")
    parser.add_argument("--seed", type=int, default=plan.seed, help="of covers and proxy")
    parser.add_argument("--seconds", type=float, default=plan.seconds, help="at most")
    parser.add_argument("--clients", type=int, default=plan.clients, help="at the same time")
    started = time.monotonic()
    report = soak(Plan(**vars(parser.parse_args())))
    sys.stdout.write(f"{report}\n{time.monotonic() - started:.0f} seconds\n")
    sys.exit(bool(report.violations))


if __name__ == "__main__":
    main()

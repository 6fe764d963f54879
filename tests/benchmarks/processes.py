"""The processes of a benchmark, seen from the one that runs it: services and contenders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

from tests.benchmarks.service import Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

    from tests.benchmarks.service import Paced, Replay

ROOT = Path(__file__).parents[2]

PATIENCE = 900.0
"""Seconds after which a contender counts as one that hangs; the slowest take a minute or two."""


def clean_environment() -> dict[str, str]:
    """The environment without what would lead a contender astray: proxies and settings of ours."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("VC_")
    }


@frozen
class Contender:
    """Who is measured, at what.

    Attributes:
        library: A key of :data:`tests.benchmarks.libraries.LIBRARIES`.
        behaviour: What the service does.
        fast: Whether pybase64, the extra ``fast``, may be imported.
        tls: Whether the connection is encrypted.
        close_timeout: Seconds that a close may wait for the service.
    """

    library: str
    behaviour: Replay | Paced | Silent
    fast: bool = True
    tls: bool = False
    close_timeout: float = 2.0


class Service:
    """A service's process.

    Args:
        behaviour: What it does.
        certificate: File with key and certificate for TLS; ``None`` for none.

    Attributes:
        port: Where it listens.
        checksum: SHA-256 of the audio it sends.
    """

    def __init__(self, behaviour: Replay | Paced | Silent, certificate: Path | None) -> None:
        options = {
            "kind": type(behaviour).__name__,
            "fields": asdict(behaviour),
            "certificate": None if certificate is None else str(certificate),
        }
        with ExitStack() as stack:
            self._process = stack.enter_context(_running("service", options))
            first = self.next_report()
            self._resources = stack.pop_all()
        self.port: int = first["port"]
        self.checksum: str = first["checksum"]

    def next_report(self) -> dict[str, Any]:
        """The next line it prints."""
        return _read_line(self._process)

    def stop(self) -> None:
        """End the process."""
        self._resources.close()


class Laboratory:
    """Runs contenders, each in a fresh process, against services that are started once.

    As a context manager it ends what it started.
    """

    def __init__(self) -> None:
        self._resources = ExitStack()
        self._services: dict[tuple[object, bool], Service] = {}
        self._certificates: tuple[Path, Path] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_services()
        self._resources.close()

    def stop_services(self) -> None:
        """End all services: a benchmark's covers are of no use to the next one."""
        while self._services:
            self._services.popitem()[1].stop()

    def run(self, contender: Contender, task: str, **options: object) -> dict[str, Any]:
        """Let a contender do a task of :mod:`tests.benchmarks.contender`.

        Returns:
            What it measured, and as ``service_cpu`` the seconds that the service computed. Audio
            was received whole, or this raises.

        Raises:
            RuntimeError: The contender failed, or received other audio than was sent.
        """
        service = self._service(contender)
        with _running("contender", self._job(contender, service, task, options)) as process:
            result = _read_line(process)
        _check(contender, service, result)
        result["service_cpu"] = sum(
            service.next_report()["cpu"] for _ in range(result.get("connections", 1))
        )
        return result

    def run_stalled(self, contender: Contender) -> dict[str, Any]:
        """Like :meth:`run`, with a consumer that stands still until the service's ping is answered.

        Raises:
            RuntimeError: As for :meth:`run`, or the ping was not answered.
        """
        service = self._service(contender)
        with _running("contender", self._job(contender, service, "stalled", {})) as process:
            if not service.next_report().get("answered"):
                raise RuntimeError(f"{contender.library} left while its consumer stood still")
            assert process.stdin is not None
            process.stdin.write("go on\n")
            process.stdin.flush()
            result = _read_line(process)
        _check(contender, service, result)
        service.next_report()
        return result

    def _service(self, contender: Contender) -> Service:
        key = (contender.behaviour, contender.tls)
        if key not in self._services:
            certificate = self._make_certificates()[0] if contender.tls else None
            self._services[key] = Service(contender.behaviour, certificate)
        return self._services[key]

    def _job(
        self, contender: Contender, service: Service, task: str, options: dict[str, object]
    ) -> dict[str, object]:
        scheme, host = ("wss", "localhost") if contender.tls else ("ws", "127.0.0.1")
        job = {
            "task": task,
            "library": contender.library,
            "fast": contender.fast,
            "uri": f"{scheme}://{host}:{service.port}",
            "authority": str(self._make_certificates()[1]) if contender.tls else None,
            "close_timeout": contender.close_timeout,
            **options,
        }
        if not isinstance(contender.behaviour, Silent):
            job["plan"] = asdict(contender.behaviour.plan)
        return job

    def _make_certificates(self) -> tuple[Path, Path]:
        """Files with the service's certificate and that of its authority."""
        if self._certificates is None:
            import trustme

            folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory()))
            authority = trustme.CA()
            self._certificates = folder / "service.pem", folder / "authority.pem"
            certificate = authority.issue_cert("localhost")
            certificate.private_key_and_cert_chain_pem.write_to_path(str(self._certificates[0]))
            authority.cert_pem.write_to_path(str(self._certificates[1]))
        return self._certificates


def _check(contender: Contender, service: Service, result: dict[str, Any]) -> None:
    if result.get("checksum", service.checksum) != service.checksum:
        raise RuntimeError(f"{contender.library} received other audio than was sent")


@contextmanager
def _running(module: str, options: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """A process of this package; afterwards its input ends, and it has to."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.benchmarks.{module}", json.dumps(options)],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()  # does nothing where it has ended
        process.communicate()


def _read_line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"a process of the benchmark failed: status {process.wait(PATIENCE)}")
    fields: dict[str, Any] = json.loads(line)
    return fields

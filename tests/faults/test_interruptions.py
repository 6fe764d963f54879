"""A client that is interrupted, closed or left at each step of a conversation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.faults.steps import AUDIO, Step, well, wrong
from tests.support.raw_service import RawService
from voiceshift import Client, ClientClosed

if TYPE_CHECKING:
    from collections.abc import Iterator

SONG, VOICE = "Amazing Grace", "tenor"

every_step = pytest.mark.parametrize("step", Step, ids=lambda step: step.value)


@contextmanager
def stuck(step: Step) -> Iterator[tuple[RawService, threading.Event]]:
    """A service that says nothing more from this step on, and is well at the next connection.

    The event tells that it has come so far.
    """
    reached = threading.Event()

    with RawService(wrong(step, lambda _, __: reached.set()), well()) as service:
        yield service, reached


@every_step
def test_close_from_another_thread(step: Step) -> None:
    """The waiting call ends at once with ClientClosed, and with what arrived."""
    with stuck(step) as (service, reached), ThreadPoolExecutor(1) as elsewhere:
        client = Client(service.uri, "a-token", close_timeout=0.1)
        cover = elsewhere.submit(client.create_cover, SONG, VOICE)
        assert reached.wait(30)
        started = time.monotonic()
        client.close()
        error = cover.exception(30)
        assert time.monotonic() - started < 10
        assert type(error) is ClientClosed
        assert (error.partial.audio if error.partial else b"") == step.arrived


INTERRUPTED = """
import sys
from voiceshift import Client

client = Client(sys.argv[1], "a-token")
try:
    client.create_cover("Amazing Grace", "tenor")
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(client.create_cover("Amazing Grace", "tenor").audio.hex())
client.close()
"""

LEFT = """
import sys
import threading
from contextlib import suppress
from voiceshift import Client, ClientClosed

client = Client(sys.argv[1], "a-token")

def wait():
    with suppress(ClientClosed):  # it is told in the last moment, or not any more
        client.create_cover("Amazing Grace", "tenor")

threading.Thread(target=wait, daemon=True).start()
sys.stdin.readline()
"""


def started(script: str, service: RawService) -> subprocess.Popen[str]:
    """A script in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script, service.uri],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@every_step
def test_ctrl_c(step: Step) -> None:
    """The call ends at once with KeyboardInterrupt; the client makes the next cover."""
    with stuck(step) as (service, reached), started(INTERRUPTED, service) as process:
        assert reached.wait(30)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
        assert output.split() == ["interrupted", AUDIO.hex()]


@every_step
def test_exit(step: Step) -> None:
    """A script that ends while a cover is under way ends at once, silently and with success."""
    with stuck(step) as (service, reached), started(LEFT, service) as process:
        assert reached.wait(30)
        output, errors = process.communicate("\n", timeout=30)
        assert (process.returncode, output, errors) == (0, "", "")

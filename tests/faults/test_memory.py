"""A client's memory when the service sends far more than the consumer takes."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.raw_service import Conversation, Peer, RawService
from voiceshift.testing.frames import PING, PONG, frame, json_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS = Path("/proc/self/status")

pytestmark = pytest.mark.skipif(
    not STATUS.exists(), reason="this system does not tell how much memory a process had at most"
)

MEBIBYTE = 2**20
TOTAL = 200 * MEBIBYTE
NOTICES = 200_000

PEAK = """
import sys
from pathlib import Path
from voiceshift import Client

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

def sleep():
    # Until the service has sent everything, and its ping was answered.
    print("asleep", flush=True)
    sys.stdin.readline()

client = Client(sys.argv[1], "a-token", max_buffered=int(sys.argv[2]))
client.authenticate()
"""

STREAMS = """
import hashlib
digest = hashlib.sha256()
stream = client.stream_cover("Amazing Grace", "tenor")
before = peak()
for segment in stream:
    if segment.index == 0:
        sleep()
    digest.update(segment.audio)
    del segment
print(peak() - before, digest.hexdigest())
client.close()
"""

LISTENS = """
from voiceshift import Queued

notices = 0

def listen(event):
    global notices
    if isinstance(event, Queued):
        notices += 1
        if notices == 1:
            sleep()

before = peak()
cover = client.create_cover("Amazing Grace", "tenor", on_event=listen)
print(peak() - before, cover.audio.decode(), notices)
client.close()
"""


@contextmanager
def sleeping(script: str, conversation: Conversation, max_buffered: int) -> Iterator[list[str]]:
    """A client in a process of its own that sleeps; when the block is left it wakes, and goes on.

    Its value then gets the words that the client prints in the end.
    """
    words: list[str] = []
    with (
        RawService(conversation) as service,
        subprocess.Popen(
            [sys.executable, "-c", PEAK + script, service.uri, str(max_buffered)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        yield words
        output, errors = process.communicate("\n", timeout=60)
        assert (process.returncode, errors) == (0, "")
        words += output.split()


def wait_until_read(peer: Peer) -> None:
    """Wait until the client has answered a ping behind everything that was sent."""
    peer.send(frame(PING, b"there?"))
    assert peer.receive_frame() == (PONG, b"there?")


@pytest.mark.parametrize(
    ("size", "max_buffered"),
    [pytest.param(16 * 1024, MEBIBYTE, marks=pytest.mark.slow), (4 * MEBIBYTE, 32 * MEBIBYTE)],
    ids=["small messages", "large messages"],
)
def test_sleeping_consumer(size: int, max_buffered: int) -> None:
    """Of 200 MiB nothing is lost; what exceeds ``max_buffered`` waits in a file, not in memory."""
    audio = bytes(range(256)) * (size // 256)
    message = json_frame(
        type="audio_segment",
        song_title="Title",
        audio_data=base64.b64encode(audio).decode(),
        is_final=False,
    )
    everything_is_read = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        for _ in range(TOTAL // size):
            peer.send(message)
        wait_until_read(peer)
        everything_is_read.set()
        peer.send_segment(b"", is_final=True)

    with sleeping(STREAMS, conversation, max_buffered) as words:
        assert everything_is_read.wait(60)
    growth, digest = words
    assert digest == hashlib.sha256(audio * (TOTAL // size)).hexdigest()
    assert int(growth) < max_buffered + 3 * len(message) + 8 * MEBIBYTE


@pytest.mark.slow
def test_flood_of_notices() -> None:
    """Hundreds of thousands take no memory, though the consumer sleeps, and the cover comes."""
    few = json_frame(type="job_queued") * 1000
    everything_is_read = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.receive_frame()
        for _ in range(NOTICES // 1000):
            peer.send(few)
        wait_until_read(peer)
        everything_is_read.set()
        peer.send_segment(b"sound", is_final=True)

    with sleeping(LISTENS, conversation, MEBIBYTE) as words:
        assert everything_is_read.wait(90)
    growth, audio, notices = words
    assert audio == "sound"
    assert 1 < int(notices) < NOTICES
    assert int(growth) < 8 * MEBIBYTE

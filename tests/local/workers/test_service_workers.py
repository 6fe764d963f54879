"""The service and those who work for it: processes that crash, executors of others, many covers."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.conversation import TOKEN, ask, authenticated, hear, hear_cover
from tests.support.processes import run_python
from tests.support.singing import RATE, write_song
from voiceshift.local import Server
from voiceshift.local.engine.pipeline import WorldEngine

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

PATIENCE = 60.0

FATAL = 0.75
"""The level of the song at which this separator ends its process."""


def separate_or_crash(mix: Samples, rate: int) -> Samples:
    """Find no vocals; of the fatal song, nothing is left of the process that tries it."""
    if np.allclose(mix, FATAL, atol=0.01):
        os.abort()
    return np.zeros_like(mix)


def test_a_crash_fails_its_cover_only(songs: Path) -> None:
    """The client hears of it in words, and the service makes the next cover."""
    soundfile.write(songs / "fatal.wav", np.full(RATE, FATAL), RATE)
    with (
        Server(TOKEN, songs=songs, engine=WorldEngine(separate_or_crash)) as server,
        authenticated(server) as connection,
    ):
        for _ in range(2):
            ask(connection, song="fatal")
            assert hear(connection)["type"] == "job_queued"
            words = hear(connection)["message"]
            assert "a process that worked on it ended unexpectedly" in words
            ask(connection, song="Short Song")
            hear_cover(connection)


def test_an_executor_of_ones_own_is_used(songs: Path) -> None:
    """And left as it is when the service stops."""
    threads: set[str] = set()

    def separate(mix: Samples, rate: int) -> Samples:  # no process could be given this function
        threads.add(threading.current_thread().name)
        return np.zeros_like(mix)

    with ThreadPoolExecutor(1, thread_name_prefix="my") as executor:
        with (
            Server(TOKEN, songs=songs, engine=WorldEngine(separate), executor=executor) as server,
            authenticated(server) as connection,
        ):
            ask(connection, song="Short Song")
            hear_cover(connection)
        assert executor.submit(abs, -1).result() == 1
    assert threads == {"my_0"}


@pytest.mark.slow
def test_several_covers_are_made_side_by_side(songs: Path) -> None:
    """A short song does not wait until a long one is done that was asked for first."""
    soundfile.write(songs / "long.wav", np.full(8_000 * 59, 0.1), 8_000)
    soundfile.write(songs / "short.wav", np.full(8_000, 0.5), 8_000)
    has_begun, both_are_asked_for = threading.Event(), threading.Event()
    order = []

    def separate(mix: Samples, rate: int) -> Samples:
        order.append("long" if mix.max() < 0.3 else "short")
        has_begun.set()
        assert both_are_asked_for.wait(PATIENCE)
        return np.zeros_like(mix)

    with (
        ThreadPoolExecutor(1) as executor,
        Server(
            TOKEN, songs=songs, engine=WorldEngine(separate), executor=executor, workers=1
        ) as server,
        authenticated(server) as one,
        authenticated(server) as other,
    ):
        ask(one, song="long")
        assert has_begun.wait(PATIENCE)
        ask(other, song="short")
        assert hear(other)["type"] == "job_queued"
        both_are_asked_for.set()
        hear_cover(other)
        hear_cover(one)
    assert order.count("long") == 7
    assert order.index("short") < 5


SCRIPT = """
import sys
from voiceshift import Client
from voiceshift.local import Server

with Server(songs=".") as server, Client(server.uri, server.token) as client:
    sys.stdout.write(str(client.create_cover("song", "tenor").complete))
"""


@pytest.mark.timeout(300)
def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    """The service in a user's own process makes real covers, in processes of its own."""
    (tmp_path / "script.py").write_text(SCRIPT)
    write_song(tmp_path / "song.wav")
    runner = "import runpy; runpy.run_path('script.py', run_name='__main__')"
    assert run_python(runner) == "True"

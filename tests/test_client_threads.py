"""A client among threads and processes: busy, closed, interrupted, forked, forgotten."""

from __future__ import annotations

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.raw_service import Peer, RawService
from voiceshift import Client, ClientBusy, ClientClosed, Event, Segment
from voiceshift.testing import DEFAULT_AUDIO, ScriptedService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from voiceshift import Cover

    Interrupted = Callable[[str], tuple[int, str, str]]

SONG, VOICE = "Amazing Grace", "tenor"


@pytest.fixture
def elsewhere() -> Iterator[ThreadPoolExecutor]:
    """Another thread."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


def stalled_cover(
    service: ScriptedService, client: Client, elsewhere: ThreadPoolExecutor, step: Any
) -> Future[Cover]:
    """A cover that waits in the other thread, at a step where the service says nothing more."""
    service.will_stall(at=step)
    cover = elsewhere.submit(client.create_cover, SONG, VOICE)
    assert service.stalled.wait(30)
    return cover


# ---- busy


def test_busy_with_another_threads_cover(
    voiceshift_service: ScriptedService, elsewhere: ThreadPoolExecutor
) -> None:
    """While one thread makes a cover, others are refused at once and nothing is sent."""
    client = Client()
    cover = stalled_cover(voiceshift_service, client, elsewhere, "queued")
    with pytest.raises(ClientBusy):
        client.create_cover(SONG, VOICE)
    with pytest.raises(ClientBusy):
        client.authenticate()
    client.close()
    assert isinstance(cover.exception(30), ClientClosed)
    assert len(voiceshift_service.requests) == 1


def test_busy_within_a_callback(voiceshift_service: ScriptedService) -> None:
    """A callback cannot ask for a cover in the middle of one; the one that runs goes on."""
    refused: list[ClientBusy] = []

    def ask(_: Event) -> None:
        with pytest.raises(ClientBusy) as caught:
            client.create_cover(SONG, VOICE)
        refused.append(caught.value)

    with Client() as client:
        assert client.create_cover(SONG, VOICE, on_event=ask).audio == DEFAULT_AUDIO
    assert len(refused) == 6
    assert len(voiceshift_service.requests) == 1


def test_threads_take_turns(voiceshift_service: ScriptedService) -> None:
    """Of many calls at once each makes its own cover, or is refused as busy."""

    def cover(number: int) -> bool:
        try:
            made = client.create_cover(f"song {number}", VOICE)
        except ClientBusy:
            return False
        return made.title == f"song {number} (tenor, +0)" and made.audio == DEFAULT_AUDIO

    with Client() as client, ThreadPoolExecutor(8) as executor:
        made = list(executor.map(cover, range(64)))
    assert sum(made) == len(voiceshift_service.requests) >= 1


# ---- callbacks


@pytest.mark.parametrize("kind", ["Connected", "Authenticated", "Queued", "Segment"])
def test_what_a_callback_raises_ends_the_cover(
    voiceshift_service: ScriptedService, kind: str
) -> None:
    """The user's exception comes out as it is, and the next cover gets none of this one's audio."""

    def refuse(event: Event) -> None:
        if type(event).__name__ == kind:
            raise LookupError(kind)

    with Client() as client:
        with pytest.raises(LookupError, match=kind):
            client.create_cover(SONG, VOICE, on_event=refuse)
        voiceshift_service.will_stream(b"B" * 100)
        assert client.create_cover(SONG, VOICE).audio == b"B" * 100
    assert voiceshift_service.connections == 2


@pytest.mark.part_files("song.ogg.part")
def test_callback_that_raises_keeps_the_partial_file(
    voiceshift_service: ScriptedService, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the error is the user's own, the log tells where the audio is kept."""

    def refuse(event: Event) -> None:
        if isinstance(event, Segment):
            raise LookupError

    with Client() as client, pytest.raises(LookupError):
        client.create_cover(SONG, VOICE, to=tmp_path / "song.ogg", on_event=refuse)
    part = tmp_path / "song.ogg.part"
    assert DEFAULT_AUDIO.startswith(part.read_bytes())
    assert str(part) in caplog.text


# ---- closing from another thread


@pytest.mark.parametrize(
    "step",
    ["connected", "challenged", "token", "authenticated", "request", "queued", "segment"],
)
def test_close_from_another_thread(
    voiceshift_service: ScriptedService, elsewhere: ThreadPoolExecutor, step: str
) -> None:
    """At every step a close wakes the thread that waits, with ClientClosed."""
    client = Client()
    cover = stalled_cover(voiceshift_service, client, elsewhere, step)
    started = time.monotonic()
    client.close()
    error = cover.exception(30)
    assert time.monotonic() - started < 10
    assert type(error) is ClientClosed
    assert (error.partial is not None) == (step == "segment")


def test_close_while_connecting(elsewhere: ThreadPoolExecutor) -> None:
    """Also a handshake that is never answered ends at once."""
    connected = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        connected.set()
        peer.wait_for_end()

    with RawService(conversation) as service:
        client = Client(service.uri, "a-token", connect_timeout=None)
        cover = elsewhere.submit(client.create_cover, SONG, VOICE)
        assert connected.wait(30)
        client.close()
        assert type(cover.exception(30)) is ClientClosed


class Listener(logging.Handler):
    """Tells when a message is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Called with each message."""
        self.heard.set()


def test_close_between_attempts(
    voiceshift_service: ScriptedService,
    elsewhere: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A pause before the next attempt ends with the close, and no attempt follows."""
    monkeypatch.setattr("voiceshift.client.INITIAL_BACKOFF", 100)
    caplog.set_level(logging.INFO, logger="voiceshift")
    listener = Listener()
    logging.getLogger("voiceshift").addHandler(listener)
    voiceshift_service.will_refuse(503)
    client = Client(connect_timeout=None)
    cover = elsewhere.submit(client.create_cover, SONG, VOICE)
    assert listener.heard.wait(30)
    logging.getLogger("voiceshift").removeHandler(listener)
    client.close()
    assert type(cover.exception(30)) is ClientClosed
    assert voiceshift_service.requests == []


def test_close_within_a_callback(voiceshift_service: ScriptedService) -> None:
    """A callback may close the client; the cover ends then."""
    with Client() as client, pytest.raises(ClientClosed):
        client.create_cover(SONG, VOICE, on_event=lambda _: client.close())
    assert voiceshift_service.requests == []


def test_close_from_many_threads(voiceshift_service: ScriptedService) -> None:
    """Closing at once from everywhere is as good as once."""
    client = Client().authenticate()
    with ThreadPoolExecutor(8) as executor:
        for closing in [executor.submit(client.close) for _ in range(32)]:
            closing.result(30)


# ---- the end of a client nobody closed


def test_forgotten_client_is_closed() -> None:
    """A client that nothing refers to any more ends its connection."""
    ended = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        peer.wait_for_end()
        ended.set()

    with RawService(conversation) as service:
        Client(service.uri, "a-token").authenticate()
        gc.collect()  # other Pythons than CPython forget it only now
        assert ended.wait(30)


def run_script(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script to its end in a process of its own, with the environment of this one."""
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


EXITS = """
from voiceshift import Client
client = Client()
stream = client.stream_cover("Amazing Grace", "tenor")
next(stream)
print("still open")
"""


def test_interpreter_exits_with_a_running_stream(voiceshift_service: ScriptedService) -> None:
    """A script that closes nothing ends at once, silently and with success."""
    voiceshift_service.will_stall(at="segment")
    result = run_script(EXITS)
    assert (result.returncode, result.stdout, result.stderr) == (0, "still open\n", "")


EXITS_IN_A_THREAD = """
import threading
from voiceshift import Client
waiting = threading.Event()
arguments = {"on_event": lambda _: waiting.set()}
client = Client()
threading.Thread(
    target=client.create_cover, args=("Amazing Grace", "tenor"), kwargs=arguments, daemon=True
).start()
waiting.wait(30)
print("still waiting")
"""


def test_interpreter_exits_with_a_waiting_daemon_thread(
    voiceshift_service: ScriptedService,
) -> None:
    """So does one with a cover that is being waited for in a daemon thread."""
    voiceshift_service.will_stall(at="queued")
    result = run_script(EXITS_IN_A_THREAD)
    assert (result.returncode, result.stdout) == (0, "still waiting\n")


# ---- Ctrl-C


@pytest.fixture
def interrupted(voiceshift_service: ScriptedService) -> Interrupted:
    """Runs a script and interrupts it, as Ctrl-C does, when its cover waits at the service.

    Its value is a function from the script to its status, its output and its errors.
    """
    if os.name != "posix":
        pytest.skip("sends SIGINT")
    voiceshift_service.will_stall(at="queued")

    def start(script: str) -> tuple[int, str, str]:
        with subprocess.Popen(
            [sys.executable, "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            try:
                assert process.stdout.readline() == "waiting\n"
                process.send_signal(signal.SIGINT)
                output, errors = process.communicate(timeout=30)
            finally:
                process.kill()  # where it did not end by itself
        return process.returncode, output, errors

    return start


INTERRUPTED = """
import signal
from voiceshift import Client, Queued

# Shells have what they run in the background ignore Ctrl-C, these tests perhaps.
signal.signal(signal.SIGINT, signal.default_int_handler)

def tell(event):
    if isinstance(event, Queued):
        print("waiting", flush=True)

client = Client()
"""


def test_ctrl_c_ends_a_script(interrupted: Interrupted) -> None:
    """The wait is interrupted at once, as KeyboardInterrupt."""
    script = INTERRUPTED + 'client.create_cover("Amazing Grace", "tenor", on_event=tell)'
    started = time.monotonic()
    code, _, errors = interrupted(script)
    assert time.monotonic() - started < 10
    assert code == -signal.SIGINT
    assert errors.rstrip().endswith("KeyboardInterrupt")


GOES_ON = """
try:
    client.create_cover("Amazing Grace", "tenor", on_event=tell)
except KeyboardInterrupt:
    print("interrupted", flush=True)
print(len(client.create_cover("Amazing Grace", "tenor").audio))
"""


def test_client_is_usable_after_ctrl_c(interrupted: Interrupted) -> None:
    """A notebook's next cell makes its cover."""
    code, output, errors = interrupted(INTERRUPTED + GOES_ON)
    assert (code, errors) == (0, "")
    assert output.split() == ["interrupted", str(len(DEFAULT_AUDIO))]


# ---- fork

FORKS = """
import os
import sys
import warnings
from voiceshift import Client
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork among threads
client = Client()
client.create_cover("before", "tenor")
child = os.fork()
client.create_cover("in the child" if child == 0 else "in the parent", "tenor")
if child == 0:
    client.close()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
client.create_cover("after", "tenor")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forked_child_has_a_connection_of_its_own(voiceshift_service: ScriptedService) -> None:
    """The child connects anew, and neither its use, its close nor its exit disturbs the parent."""
    result = run_script(FORKS)
    assert (result.returncode, result.stderr) == (0, "")
    assert voiceshift_service.connections == 2
    songs = [request["song"] for request in voiceshift_service.requests]
    assert (songs[0], songs[-1]) == ("before", "after")
    assert sorted(songs[1:-1]) == ["in the child", "in the parent"]


FORKS_DURING_A_COVER = """
import os
import sys
import threading
import warnings
from voiceshift import Client, Segment
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork among threads
client = Client()
covering, forked = threading.Event(), threading.Event()
def wait(event):
    if isinstance(event, Segment):
        covering.set()
        forked.wait(60)
def cover():
    client.create_cover("in the parent", "tenor", to="parent.ogg", on_event=wait)
thread = threading.Thread(target=cover)
thread.start()
assert covering.wait(60)
child = os.fork()
if child == 0:
    client.create_cover("in the child", "tenor", to="child.ogg")
    client.close()
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
forked.set()
thread.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_fork_while_another_thread_covers(
    voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """That thread is not there in the child, whose client is free; the parent's cover is whole."""
    result = run_script(FORKS_DURING_A_COVER)
    assert (result.returncode, result.stderr) == (0, "")
    for name in ("parent.ogg", "child.ogg"):
        assert (tmp_path / name).read_bytes() == DEFAULT_AUDIO


FORKS_IN_A_CALLBACK = """
import os
import sys
import warnings
from voiceshift import Client, ConnectionLost, Segment
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of any fork among threads
warnings.simplefilter("ignore", ResourceWarning)  # the child must not touch the parent's file
client = Client()
children = []
def fork(event):
    if isinstance(event, Segment) and event.is_final == (sys.argv[1] == "last") and not children:
        children.append(os.fork())
try:
    client.create_cover("song", "tenor", to="song.ogg", on_event=fork)
except ConnectionLost as error:
    assert children == [0] and "forked" in str(error)
    client.create_cover("in the child", "tenor")
    sys.exit(0)
assert os.waitpid(children[0], 0)[1] == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("segment", ["first", "last"])
def test_fork_within_a_callback(
    voiceshift_service: ScriptedService, tmp_path: Path, segment: str
) -> None:
    """The cover is the parent's; the child is told at once, and can ask for its own."""
    result = run_script(FORKS_IN_A_CALLBACK, segment)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "song.ogg").read_bytes() == DEFAULT_AUDIO
    assert [request["song"] for request in voiceshift_service.requests] == ["song", "in the child"]


def test_closed_client_stays_closed_after_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed in both."""
    client = Client(token="a-token-for-tests")
    client.close()
    monkeypatch.setattr(os, "getpid", lambda: -1)  # as in a child, but for the threads
    with pytest.raises(ClientClosed):
        client.authenticate()

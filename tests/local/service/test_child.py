"""The embedded service in a child process: what it gives away, and how it ends."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.descendants import ends, services_of
from tests.support.singing import write_song
from voiceshift import Client, ConnectError, ConnectionLost, CoverError, Queued, SettingsError
from voiceshift.local.service.child import ChildService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift import Event

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
posix_only = pytest.mark.skipif(os.name != "posix", reason="uses POSIX signals and scripts")

PATIENCE = 60.0


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A short song."""
    return write_song(tmp_path / "short song.wav")


@contextmanager
def running(script: str, *arguments: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A plain script, without a main guard, in a session of its own; killed if it does not end."""
    path = folder / "script.py"
    path.write_text(script)
    with subprocess.Popen(
        [sys.executable, "-W", "error", str(path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ending_well(process: subprocess.Popen[str], answer: str | None = None) -> str:
    """What a script printed, once it has ended well; ``answer`` is for its ``input()``."""
    output, errors = process.communicate(answer, timeout=PATIENCE)
    assert process.returncode == 0, errors
    return output


def child_of(parent: int) -> int:
    """The id of the service's process."""
    (child,) = services_of(parent)
    return child


# ---- covers


def test_a_plain_script_makes_a_cover(song: Path) -> None:
    """Without a main guard, and of a file named by a relative path."""
    script = """
from voiceshift import Client
client = Client.local()
cover = client.create_cover("short song.wav", "tenor", to="cover.ogg")
print(cover.title, cover.complete, cover.media_type)
"""
    with running(script, folder=song.parent) as process:
        assert ending_well(process) == "short song (tenor, pitch +0) True audio/ogg\n"
    assert (song.parent / "cover.ogg").read_bytes().startswith(b"OggS")


def test_songs_and_voices_come_from_folders(song: Path) -> None:
    """Relative paths of folders are good for the child's whole life."""
    voices = song.parent / "voices"
    voices.mkdir()
    (voices / "broken.npz").touch()
    with Client.local(songs=".", voices="voices") as client:
        assert client.create_cover("short song", "baritone").complete
        with pytest.raises(CoverError, match="'broken' is damaged"):
            client.create_cover("short song", "broken")


@pytest.mark.slow
def test_folders_are_those_of_the_beginning(song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is started again after a change of the working directory finds them."""
    service = ChildService(songs=".")
    service.stop()
    (song.parent / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    with Client(service.start().uri, service.token) as client:
        assert client.create_cover("short song", "tenor").complete
    service.stop()


@pytest.mark.slow
def test_a_song_is_looked_up_where_the_caller_is(
    song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a change of the working directory, which the child does not share."""
    (song.parent / "elsewhere").mkdir()
    with Client.local() as client:
        monkeypatch.chdir("elsewhere")
        write_song(Path("other song.wav"))
        assert client.create_cover("other song.wav", "tenor").complete


def test_settings_of_another_service_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and token in the environment are not the child's."""
    monkeypatch.setenv("VC_URI", "no address at all")
    monkeypatch.setenv("VC_TOKEN", "another-token")
    with Client.local() as client:
        client.authenticate()


def test_a_script_of_the_same_name_does_no_harm(tmp_path: Path) -> None:
    """A voiceshift.py in the working directory is not taken for the package."""
    (tmp_path / "scripts").mkdir()
    folder = tmp_path / "work"
    folder.mkdir()
    for name in ("voiceshift.py", "json.py"):
        (folder / name).write_text("raise SystemExit('the wrong module')")
    script = """
import os, sys
os.chdir(sys.argv[1])
from voiceshift import Client
with Client.local() as client:
    client.authenticate()
"""
    with running(script, str(folder), folder=tmp_path / "scripts") as process:
        ending_well(process)


@linux_only
def test_the_token_is_in_no_process_list() -> None:
    """Neither the child's arguments nor its environment have it."""
    service = ChildService()
    process = Path(f"/proc/{child_of(os.getpid())}")
    arguments, environment = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
    service.stop()
    assert b"serve" in arguments
    assert environment
    assert service.token.encode() not in arguments + environment


# ---- the end


@linux_only
def test_it_ends_with_the_client() -> None:
    """Closing the client stops it at once; again does no harm."""
    client = Client.local()
    child = child_of(os.getpid())
    client.close()
    assert services_of(os.getpid()) == []
    assert ends(child)
    client.close()


@linux_only
def test_it_ends_with_a_forgotten_client() -> None:
    """A client that nobody holds any more takes its service along."""
    client = Client.local()
    client.authenticate()
    forgotten = weakref.ref(client)
    child = child_of(os.getpid())
    del client
    gc.collect()
    assert forgotten() is None
    assert ends(child)


@linux_only
def test_it_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Nothing that the parent could do is needed."""
    script = """
from voiceshift import Client
client = Client.local()
client.authenticate()
print("ready", flush=True)
input()
"""
    with running(script, folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        child = child_of(process.pid)
        process.kill()
        process.wait(PATIENCE)
        assert ends(child)


@linux_only
def test_it_ends_with_a_parent_that_ends_without_closing(tmp_path: Path) -> None:
    """A script need not close its client, not even one that a global name holds."""
    script = """
from voiceshift import Client
client = Client.local()
print("ready", flush=True)
input()
"""
    with running(script, folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        child = child_of(process.pid)
        assert ending_well(process, "\n") == ""
        assert ends(child)


@posix_only
def test_an_interrupt_of_the_terminal_leaves_it_to_the_parent(tmp_path: Path) -> None:
    """Ctrl-C goes to all processes of the group; the script decides what becomes of the client."""
    script = """
from voiceshift import Client
client = Client.local()
client.authenticate()
process = client._service._process
try:
    print("ready", flush=True)
    input()
except KeyboardInterrupt:
    print(client.authenticate() is client, process is client._service._process, process.poll())
client.close()
"""
    with running(script, folder=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert ending_well(process) == "True True None\n"


@posix_only
def test_it_ends_well_when_it_is_told_to(tmp_path: Path) -> None:
    """SIGTERM ends it as it ends ``voiceshift serve``, while its parent lives."""
    script = """
from voiceshift import Client
client = Client.local()
process = client._service._process
process.terminate()
print(process.wait())
"""
    with running(script, folder=tmp_path) as process:
        assert ending_well(process) == "0\n"


@linux_only
def test_a_child_that_died_is_started_again(song: Path) -> None:
    """A crash during a cover loses that cover; the next one is made by a new child."""

    def crash(event: Event) -> None:
        if isinstance(event, Queued):
            os.kill(child_of(os.getpid()), signal.SIGKILL)

    with Client.local() as client:
        with pytest.raises(ConnectionLost):
            client.create_cover("demo", "tenor", on_event=crash)  # too long to be made before
        assert client.create_cover(song, "tenor").complete


@pytest.mark.slow
@linux_only
def test_a_child_that_died_between_covers_is_started_again(song: Path) -> None:
    """Nobody notices but the operating system."""
    with Client.local() as client:
        client.authenticate()
        child = child_of(os.getpid())
        os.kill(child, signal.SIGKILL)
        assert ends(child)
        for thread in threading.enumerate():
            if thread.name.startswith("voiceshift-reader"):
                thread.join(PATIENCE)
        assert client.create_cover(song, "tenor").complete
        assert child_of(os.getpid()) != child


# ---- a start that fails


@pytest.mark.parametrize("folder", ["songs", "voices"])
def test_a_missing_folder_is_a_wrong_setting(tmp_path: Path, folder: str) -> None:
    """The child says so in its own words, and leaves nothing behind."""
    options: dict[str, Any] = {folder: tmp_path / "missing"}
    with pytest.raises(SettingsError, match=r"missing does not exist$"):
        Client.local(**options)


@pytest.mark.parametrize("folder", ["~nosuchuser/music", "x" * 300, "a\0b"])
def test_a_folder_that_cannot_be_is_a_wrong_setting(folder: str) -> None:
    """Whatever the system says of such a path."""
    with pytest.raises(SettingsError, match=r"^songs: "):
        Client.local(songs=folder)


def test_an_option_that_is_wrong_starts_nothing() -> None:
    """Address and token are the service's own."""
    for option in ("uri", "token"):
        options: dict[str, Any] = {option: "ws://127.0.0.1"}
        with pytest.raises(SettingsError, match="leave it out"):
            Client.local(**options)
    with pytest.raises(SettingsError, match="idle_timeout"):
        Client.local(idle_timeout=-1)
    misspelt: dict[str, Any] = {"sogns": "music"}
    with pytest.raises(SettingsError, match=r"unknown option sogns.* Did you mean songs\?$"):
        Client.local(**misspelt)


@posix_only
def test_a_python_that_does_not_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken installation shows in the message."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho some words >&2\necho No module named numpy >&2\nexit 1\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(ConnectError, match=r"did not start: No module named numpy$"):
        ChildService()


def test_a_python_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for an embedded Python, which has no program of its own."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(ConnectError, match="did not start"):
        ChildService()

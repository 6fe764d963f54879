"""Connecting in a process that lacks what it takes: each lack is told, once, with what to do."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import attr
import attrs
import dotenv
import pytest

import voiceshift
from voiceshift import Client, ConnectError

CONNECT = """
from voiceshift import Client, VoiceShiftError

try:
    CLIENT.authenticate()
except VoiceShiftError as error:
    print(type(error).__name__, error, sep=": ")
"""

CLIENT = "Client('ws://localhost:9', 'a-token')"

FULL = """
import os, resource
from contextlib import suppress
from voiceshift import Client, ConnectError

with suppress(ConnectError):  # what is imported now needs no file later
    Client("ws://127.0.0.1:9", "a-token", connect_attempts=1).authenticate()
in_use = max(int(name) for name in os.listdir("/dev/fd"))
resource.setrlimit(resource.RLIMIT_NOFILE, (in_use, in_use))
with suppress(OSError):
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(in_use)]
"""

CROWDED = """
import resource, threading, voiceshift.client, voiceshift.wire.dialer

threading.stack_size(2**30)
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
"""


def said(
    folder: Path, before: str = "", *options: str, client: str = CLIENT, name: str = "script.py"
) -> str:
    """What a script says that connects, in this folder and after these lines."""
    script = folder / name
    script.write_text(before + CONNECT.replace("CLIENT", client), encoding="utf-8")
    command = [sys.executable, *options, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("websocket.py", ""),
        ("websocket.py", "class WebSocket: pass"),
        ("websocket.py", "raise RuntimeError('on import')"),
        ("websocket.py", "raise SystemExit(3)"),
        ("websocket/__init__.py", "def create_connection(): pass"),
    ],
)
def test_module_that_hides_the_library(tmp_path: Path, name: str, content: str) -> None:
    """A script's own `websocket` is named, by its file."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    words = said(tmp_path)
    assert words.startswith("SettingsError: voiceshift needs the package websocket-client")
    assert f"{path} hides it. Rename that if it is yours" in words


def test_script_that_hides_the_library(tmp_path: Path) -> None:
    """A script that is called `websocket.py` itself is named at once, and not run again."""
    words = said(tmp_path, name="websocket.py")
    assert words.startswith("SettingsError: voiceshift needs the package websocket-client")
    assert f"{tmp_path / 'websocket.py'} hides it" in words
    assert words.count("\n") == 1


def test_module_that_was_imported_before(tmp_path: Path) -> None:
    """What another part of the program has imported under that name is named, too."""
    before = "import sys, types; sys.modules['websocket'] = types.ModuleType('websocket')\n"
    assert "another module hides it" in said(tmp_path, before)


def test_library_that_is_not_there(tmp_path: Path) -> None:
    """How to install it is told."""
    packages = tmp_path / "packages"
    packages.mkdir()
    for module in (attr, attrs, dotenv, voiceshift):
        folder = Path(str(module.__file__)).parent
        (packages / folder.name).symlink_to(folder)
    words = said(tmp_path, f"import sys; sys.path.append({str(packages)!r})", "-S")
    assert words.endswith("it is not installed: pip install websocket-client\n")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limits")
@pytest.mark.parametrize(
    ("before", "words"),
    [
        (
            FULL,
            "Too many open files: this process has as many files and connections open as it may",
        ),
        (CROWDED, "none can be started"),
    ],
    ids=["files", "threads"],
)
def test_process_at_its_limits(tmp_path: Path, before: str, words: str) -> None:
    """The limit that was met is named."""
    line = said(tmp_path, before)
    assert line.startswith("ConnectError: ")
    assert words in line


def test_interpreter_that_has_no_daemon_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a sub-interpreter, where not even the object for the thread can be made."""

    class Refused(threading.Thread):
        def __init__(self, **_: object) -> None:
            raise RuntimeError("daemon threads are disabled in this (sub)interpreter")

    monkeypatch.setattr(threading, "Thread", Refused)
    with pytest.raises(ConnectError, match=r"needs a thread, and none .* daemon threads are"):
        Client("ws://127.0.0.1:9", "a-token").authenticate()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems set no such limits")
def test_embedded_service_without_files(tmp_path: Path) -> None:
    """It is not said to have failed by itself."""
    words = said(tmp_path, FULL, client="Client.local()")
    assert words.startswith("ConnectError: the embedded service did not start: Too many open files")
    assert "raise the limit (ulimit -n)" in words

"""A program that is frozen, as by PyInstaller: it is never started by itself once more.

Such a program has ``sys.frozen``, and its own path in ``sys.executable``: here that of a program
that leaves a trace when it is started.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.collecting import needs
from tests.support.processes import run_python
from tests.support.samples import sample_cover
from voiceshift import Client, CoverRequest, SettingsError, create_local_covers
from voiceshift.local import Server
from voiceshift.util import process
from voiceshift.util.process import python_executable

if TYPE_CHECKING:
    from pathlib import Path

NOT_STARTED = "has no Python of its own to start"


@pytest.fixture(params=["frozen", "compiled", "embedded"])
def program(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Exists once the program was started again."""
    program, trace = tmp_path / "program", tmp_path / "was started"
    program.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    program.chmod(0o755)
    match request.param:
        case "frozen":  # by PyInstaller, py2exe or cx_Freeze
            monkeypatch.setattr(sys, "frozen", True, raising=False)
        case "compiled":  # by Nuitka
            monkeypatch.setattr(process, "__compiled__", True, raising=False)
    executable = None if request.param == "embedded" else str(program)
    monkeypatch.setattr(sys, "executable", executable)
    return trace


def test_nothing_starts_it(program: Path) -> None:
    """The error says what works in place of it."""
    with pytest.raises(SettingsError, match=r"Server with executor=ThreadPoolExecutor"):
        python_executable()


@needs("numpy")
def test_local_client_is_refused(program: Path) -> None:
    """It would be a child process."""
    with pytest.raises(SettingsError, match=NOT_STARTED):
        Client.local()
    assert not program.exists()


@needs("numpy")
def test_server_with_workers_is_refused(program: Path) -> None:
    """Before it listens, not with the first cover."""
    with pytest.raises(SettingsError, match=NOT_STARTED):
        Server().start()
    assert not program.exists()


@needs("numpy")
def test_local_batch_with_workers_is_refused(program: Path) -> None:
    """Before it makes anything."""
    with pytest.raises(SettingsError, match=NOT_STARTED):
        list(create_local_covers([CoverRequest("demo", "tenor")]))
    assert not program.exists()


def test_card_has_no_waveform(program: Path) -> None:
    """It is measured by a process of its own; the player is there all the same."""
    html = sample_cover()._repr_mimebundle_()["text/html"]
    assert "<audio" in html
    assert not program.exists()


MAKES_A_COVER = """
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
from voiceshift import Client
from voiceshift.local import Server

sys.frozen = True
sys.executable = "/nowhere/program"
with (
    ThreadPoolExecutor(2) as executor,
    Server(executor=executor, workers=2) as server,
    Client(server.uri, server.token) as client,
):
    print(client.create_cover("demo", "baritone").complete)
"""


@pytest.mark.slow
@needs("numpy")
def test_server_with_threads_makes_a_cover() -> None:
    """What the error says works."""
    assert run_python(MAKES_A_COVER) == "True\n"

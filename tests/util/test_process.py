"""Child processes that run this Python."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from voiceshift.util import process as process_module
from voiceshift.util.process import PythonProcess, python_command

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
import json, os, sys, threading

def main():
    asked = dict(os.environ) if sys.argv[-1:] == ["environment"] else sys.argv[1:]
    print(json.dumps(asked), flush=True)
    if sys.argv[-1:] == ["deaf"]:
        threading.Event().wait(600)
    sys.stdin.read()
    return 3
"""


@pytest.fixture
def path(tmp_path: Path) -> list[str]:
    """A path with a module that is nowhere else; its folder has an odd name."""
    folder = tmp_path / 'it\'s "odd" \\ ü'
    folder.mkdir()
    (folder / "module_of_a_test.py").write_text(MODULE)
    return [str(folder), *sys.path]


def test_it_ends_with_its_input(path: list[str]) -> None:
    """Its arguments arrive, and its exit code is what ``main()`` returns."""
    process = PythonProcess("module_of_a_test", "an argument", "--option", path=path)
    assert process.stdout.readline() == b'["an argument", "--option"]\n'
    process.stop()
    process.stop()
    assert not process.is_running
    assert process.returncode == 3


def test_it_gets_no_secrets(path: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither ours nor those of other programs; what it may need, it has."""
    names = ["VC_TOKEN", "VC_URI", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "API_KEY"]
    for name in [*names, "TOKENIZERS_PARALLELISM", "A_PLUG_INS_FOLDER"]:
        monkeypatch.setenv(name, "here")
    process = PythonProcess("module_of_a_test", "environment", path=path)
    environment = json.loads(process.stdout.readline())
    process.stop()
    assert not {name.upper() for name in environment} & set(names)
    assert environment["A_PLUG_INS_FOLDER"] == environment["TOKENIZERS_PARALLELISM"] == "here"


def test_one_that_does_not_end_is_killed(path: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """After some time."""
    monkeypatch.setattr(process_module, "STOP_TIMEOUT", 0.05)
    process = PythonProcess("module_of_a_test", "deaf", path=path)
    assert process.stdout.readline() == b'["deaf"]\n'
    process.stop()
    assert process.returncode not in (0, 3)


def test_it_can_be_killed_from_another_thread(path: list[str]) -> None:
    """Which wakes the thread that reads from it."""
    process = PythonProcess("module_of_a_test", path=path)
    assert process.stdout.readline() == b"[]\n"
    killer = threading.Thread(target=process.kill)
    killer.start()
    assert process.stdout.read() == b""
    killer.join()
    process.stop()


def test_a_script_in_the_working_directory_is_not_taken_for_a_module(tmp_path: Path) -> None:
    """Neither for this package nor for one of Python's own."""
    for name in ("voiceshift.py", "json.py", "subprocess.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong module')")
    command = python_command("voiceshift.cli", "--version")
    output = subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.PIPE)
    assert output.stdout.startswith(b"voiceshift ")

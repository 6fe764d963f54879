"""The ``.env`` file: where it is found, and what stands in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.unprivileged import unprivileged
from voiceshift.util.dotenv_file import find_dotenv

NAMES = ("A_TOKEN", "A_URI")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def write_dotenv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """A ``.env`` in ``folder``, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ".env"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The running script, in a folder of its own that is not above the working directory."""
    script = tmp_path / "bot" / "source" / "bot.py"
    script.parent.mkdir(parents=True)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(script), raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return script


# ---- where it is found


@pytest.mark.parametrize("folder", ["bot/source", "bot"])
def test_found_beside_the_script_and_upward(folder: str, script: Path, tmp_path: Path) -> None:
    """Wherever it is started from."""
    path = write_dotenv(tmp_path / folder, "A_TOKEN=abc")
    found = find_dotenv(NAMES)
    assert (found.path, found.variables) == (path, {"A_TOKEN": "abc"})


def test_working_directory_comes_first(script: Path, tmp_path: Path) -> None:
    """And the two are never mixed: the token of one is not for the other's service."""
    write_dotenv(script.parent, "A_TOKEN=of the script\nA_URI=wss://of.the.script")
    path = write_dotenv(tmp_path / "elsewhere", "A_URI=wss://here")
    found = find_dotenv(NAMES)
    assert (found.path, found.variables) == (path, {"A_URI": "wss://here"})


def test_file_of_another_program_is_passed_over(script: Path, tmp_path: Path) -> None:
    """It has none of the variables; an empty one counts as not there."""
    write_dotenv(tmp_path / "elsewhere", "OTHER=1\nA_TOKEN=\nA_URI")
    path = write_dotenv(script.parent, "A_TOKEN=abc")
    assert find_dotenv(NAMES).path == path


@pytest.mark.parametrize("nearest", ["OTHER=1", "A_TOKEN=of the caf\udce9"])
def test_search_goes_on_above_what_is_of_no_use(nearest: str, tmp_path: Path) -> None:
    """Of another program, or not text in UTF-8: it hides no file in a folder above."""
    path = write_dotenv(tmp_path, "A_TOKEN=abc")
    useless = write_dotenv(tmp_path / "below", "")
    useless.write_bytes(nearest.encode(errors="surrogateescape"))
    os.chdir(tmp_path / "below")
    assert find_dotenv(NAMES).path == path


@posix_only
def test_script_behind_a_link(script: Path, tmp_path: Path) -> None:
    """Beside the script itself, as Python finds its modules."""
    path = write_dotenv(script.parent, "A_TOKEN=abc")
    link = tmp_path / "bin" / "bot"
    link.parent.mkdir()
    script.touch()
    link.symlink_to(script)
    sys.modules["__main__"].__file__ = str(link)
    assert find_dotenv(NAMES).path == path


def test_beside_a_frozen_program(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program of PyInstaller, not the folder that it unpacks its scripts to."""
    path = write_dotenv(tmp_path / "program", "A_TOKEN=abc")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "program" / "bot"))
    assert find_dotenv(NAMES).path == path


def test_places_that_were_searched_are_told(script: Path, tmp_path: Path) -> None:
    """Each once, the working directory first."""
    path = write_dotenv(script.parent, "OTHER=1")
    assert find_dotenv(NAMES).searched == (
        f"none from {tmp_path / 'elsewhere'} upward",
        f"{path} has no such variable",
    )


def test_script_that_is_started_from_elsewhere(tmp_path: Path) -> None:
    """With a real script: ``cron`` starts it in another folder."""
    write_dotenv(tmp_path / "bot", "VC_TOKEN=abc")
    script = tmp_path / "bot" / "bot.py"
    script.write_text("from voiceshift import Client; print(Client())")
    finished = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert finished.stdout.endswith(" new>\n")


# ---- what it says


@pytest.mark.parametrize("text", ["abc${HOME}", "${A_URI}", "a$b", "'a${HOME}'", '"a${HOME}"'])
def test_nothing_is_put_in_for_variables(text: str, tmp_path: Path) -> None:
    """A token may hold any sign."""
    write_dotenv(tmp_path, f"A_URI=x\nA_TOKEN={text}")
    assert find_dotenv(NAMES).variables["A_TOKEN"] == text.strip("'\"")


def test_byte_order_mark_is_not_part_of_the_name(tmp_path: Path) -> None:
    """Windows' Notepad writes one."""
    write_dotenv(tmp_path, "A_TOKEN=abc", "utf-8-sig")
    assert find_dotenv(NAMES).variables == {"A_TOKEN": "abc"}


# ---- what cannot be read


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_other_encoding_is_passed_over_with_a_warning(
    encoding: str, script: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names the file, and says nothing of what is in it."""
    unreadable = write_dotenv(tmp_path / "elsewhere", "A_TOKEN=schlüssel", encoding)
    path = write_dotenv(script.parent, "A_TOKEN=abc")
    found = find_dotenv(NAMES)
    assert found.path == path
    assert f"cannot read {unreadable}: it is not text in UTF-8" in caplog.text
    assert "schl" not in caplog.text
    assert f"{unreadable} cannot be read" in found.searched


@posix_only
def test_forbidden_file_is_passed_over_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is somebody else's."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        monkeypatch.chdir(folder)
        path = write_dotenv(Path(folder), "A_TOKEN=abc")
        assert find_dotenv(NAMES).path == path.resolve()
        path.chmod(0)
        with unprivileged():
            assert find_dotenv(NAMES).path is None
        assert f"cannot read {path.resolve()}: Permission denied" in caplog.text


@posix_only
def test_pipe_is_passed_over_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """To read it would wait for somebody who writes to it."""
    os.mkfifo(tmp_path / ".env")
    assert find_dotenv(NAMES).path is None
    assert f"cannot read {tmp_path / '.env'}: it is not a regular file" in caplog.text


def test_folder_of_that_name_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Some keep their virtual environment in it: the search goes on above it."""
    path = write_dotenv(tmp_path, "A_TOKEN=abc")
    (tmp_path / "below" / ".env").mkdir(parents=True)
    os.chdir(tmp_path / "below")
    assert find_dotenv(NAMES).path == path
    assert caplog.text == ""


@posix_only
def test_working_directory_that_is_gone(script: Path, tmp_path: Path) -> None:
    """The folder of the script is still there."""
    path = write_dotenv(script.parent, "A_TOKEN=abc")
    (tmp_path / "elsewhere").rmdir()
    assert find_dotenv(NAMES).path == path

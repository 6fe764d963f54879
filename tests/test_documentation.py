"""Every Python example of README, documentation and docstrings runs."""

from __future__ import annotations

import os
import re
import shlex
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

from tests.support.certificates import AUTHORITY
from tests.support.console import PAGES, blocks
from voiceshift.cli import command_line_parser
from voiceshift.local import Server
from voiceshift.local.demo import SONG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from _pytest.mark import ParameterSet
    from sybil import Document

ROOT = Path(__file__).parents[1]
SHORT = 3 * 44_100
"""Samples of the hosted service's song, so that its covers are made in a moment."""

MAKES_COVERS = r"create_(local_)?cover|stream_cover"

MODULES = sorted((ROOT / "voiceshift").rglob("*.py"))


@pytest.fixture
def hosted_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, thread: ThreadPoolExecutor
) -> Iterator[None]:
    """A service at VC_URI that knows the song which the examples ask the hosted one for."""
    songs = tmp_path / "songs"
    songs.mkdir()
    audio, rate = soundfile.read(SONG, frames=SHORT)
    soundfile.write(songs / "Amazing Grace.ogg", audio, rate)
    monkeypatch.chdir(tmp_path)
    with Server(songs=songs, executor=thread, workers=1) as server:
        monkeypatch.setenv("VC_URI", server.uri)
        monkeypatch.setenv("VC_TOKEN", server.token)
        yield


@pytest.fixture
def what_readers_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files and programs that the examples take for granted."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "our-authority.pem"))
    programs = tmp_path / "programs"
    programs.mkdir()
    player = programs / "mpv"  # instead of playing it counts what it hears
    player.write_text(
        f"#!{sys.executable}\nimport sys\nprint(len(sys.stdin.buffer.read()))\n", encoding="utf-8"
    )
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)


def examples(document: Document) -> int:
    """Run the examples in their order, with one namespace; how many there were."""
    count = 0
    for count, example in enumerate(document.examples(), start=1):  # noqa: B007 - it is the result
        example.evaluate()
    return count


def parameters(paths: Iterable[Path], sign: str) -> list[ParameterSet]:
    """The files that have examples, which follow a ``sign``; those that make covers are slow."""
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    return [
        pytest.param(
            path,
            marks=[pytest.mark.slow] if re.search(MAKES_COVERS, text) else [],
            id=str(path.relative_to(ROOT)),
        )
        for path, text in texts.items()
        if sign in text
    ]


@pytest.mark.usefixtures("hosted_service", "what_readers_have")
@pytest.mark.parametrize("path", parameters(PAGES, "```python\n"))
def test_page(path: Path) -> None:
    """The Python blocks of a page run one after the other."""
    if os.name == "nt" and path.name == "streaming.md":
        pytest.skip("its player is a script with a #! line")
    ran = examples(Sybil([PythonCodeBlockParser()], pattern="*.md").parse(path))
    assert ran == path.read_text(encoding="utf-8").count("```python\n")


@pytest.mark.usefixtures("hosted_service", "what_readers_have")
@pytest.mark.parametrize("path", parameters(MODULES, ">>> "))
def test_docstrings(path: Path) -> None:
    """The doctests of a module give what they say."""
    assert examples(Sybil([DocTestParser()], pattern="*.py").parse(path)) > 0


def commands() -> set[str]:
    """Every command of ours in the documentation's blocks of the console."""
    lines = {command.text for block in blocks() for command in block.commands}
    return {line for line in lines if line.startswith("voiceshift ")}


@pytest.mark.parametrize("line", sorted(commands()))
def test_command_can_be_typed(line: str) -> None:
    """The command has the options and arguments that the documentation gives it."""
    words = shlex.split(re.split(r"\s\d?[|>&]", line)[0])
    if words[1].startswith("--"):  # it prints, and ends
        with pytest.raises(SystemExit, match=r"^0$"):
            command_line_parser().parse_args(words[1:])
    else:
        assert command_line_parser().parse_args(words[1:]).run


def test_readme_commands_are_single_lines() -> None:
    """The README's two commands each begin with making a virtual environment."""
    text = textwrap.dedent((ROOT / "README.md").read_text(encoding="utf-8"))
    commands = [line for line in text.splitlines() if line.startswith("python3 -m venv")]
    assert ["voiceshift demo" in line for line in commands] == [True, False]
    assert ["pytest" in line for line in commands] == [False, True]


def test_who_installs_the_embedded_service_sets_it_up() -> None:
    """In the same block, or covers would sound worse than they need."""
    installing = [
        [command.text for command in block.commands]
        for block in blocks()
        if re.search(r"pip install .*\[local\]", str(block))
    ]
    assert installing
    for commands in installing:
        assert any(command.endswith("voiceshift setup") for command in commands)

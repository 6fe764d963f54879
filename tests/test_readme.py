"""The README as a newcomer follows it: block after block in one folder, and all of it again."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.support.console import Command, commands, run
from tests.support.kernels import Kernel
from voiceshift.local.demo import SONG, VOICES
from voiceshift.local.separators import FALLBACK_WARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.testing import ScriptedService

README = Path(__file__).parents[1] / "README.md"

BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(\w+)\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
"""Language and text of each, in their order."""

INSTALLERS = (
    "python3 -m venv",
    ".venv/bin/pip install",
    ".venv/bin/voiceshift setup",
    ".venv/bin/python -m pytest",
)
"""What makes the environment, and these tests: the environment that they run in takes its place."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """That of a notebook; it keeps sockets for as long as this process lives."""
    with Kernel(tmp_path_factory.mktemp("kernel")) as kernel:
        yield kernel


@pytest.fixture
def newcomer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """A home, an account of a service that sends songs, and the files that the README names."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.delenv("VC_TOKEN")  # it will be in the file that the README has them write
    (tmp_path / ".venv").symlink_to(sys.prefix)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=":")
    song, rate = soundfile.read(SONG, frames=2 * 44_100)
    soundfile.write("song.mp3", song, rate)
    soundfile.write("reading.wav", *soundfile.read(VOICES["tenor"]))
    for _ in range(10):
        voiceshift_service.will_stream(SONG.read_bytes())


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("newcomer")
def test_all_blocks_twice(
    voiceshift_service: ScriptedService, kernel: Kernel, tmp_path: Path
) -> None:
    """Nothing is in the way of a second time."""
    for _ in range(2):
        for language, text in BLOCKS:
            if language == "ini":
                lines = text.replace("your-token", voiceshift_service.token)
                Path(".env").write_text(lines, encoding="utf-8")
            elif language == "python":
                run_python(text, kernel)
            elif language == "console":
                run_commands(text)
    assert len(voiceshift_service.requests) == 4  # of a batch nothing is made a second time
    made = {path.name for path in tmp_path.glob("*.ogg")}
    assert made == {"cover.ogg", "demo-original.ogg", "baritone.ogg", "tenor.ogg", "hosted.ogg"}


def run_python(text: str, kernel: Kernel) -> None:
    """Run it as a script, or in a notebook where its last line is a value to be shown."""
    if isinstance(ast.parse(text).body[-1], ast.Expr):
        cell = kernel.run(f"%cd {Path.cwd()}\n{text}")
        assert cell.status == "ok"
        assert cell.warned in ("", f"voiceshift: {FALLBACK_WARNING}\n")
        (shown,) = cell.of("execute_result")
        assert "<audio" in shown["data"]["text/html"]
    else:
        Path("first.py").write_text(text, encoding="utf-8")
        run(Command(".venv/bin/python first.py"))


def run_commands(text: str) -> None:
    """Run those that install nothing."""
    for command in commands(text):
        if not command.text.startswith(INSTALLERS):
            run(command)


def test_windows_is_told_the_same() -> None:
    """In words that cmd.exe and PowerShell understand: no ``&&``, and double quotes."""
    (windows,) = (text for language, text in BLOCKS if language == "bat")
    first = next(text for language, text in BLOCKS if language == "console")
    translated = first.replace("python3 ", "py ").replace(".venv/bin/", ".venv\\Scripts\\")
    assert windows == translated.replace("'", '"').replace(" && ", "\n")


def test_every_block_is_of_a_known_kind() -> None:
    """Another would not be run."""
    assert {language for language, _ in BLOCKS} == {"bat", "console", "ini", "python"}


def test_packages_show_no_link_that_leads_nowhere() -> None:
    """What PyPI shows has all of the text, without the links to files beside it."""
    shown = str(metadata("voiceshift").json["description"])
    linked = re.compile(r"\[([^]]+)\]\(([^)]+)\)")
    assert linked.search(README.read_text(encoding="utf-8"))
    assert "all of the documentation" in shown
    assert all(url.startswith("https://") for _, url in linked.findall(shown))

"""The documentation's blocks of the console: their commands are found and run."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

from voiceshift.local.separators import FALLBACK_WARNING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

LANGUAGES = ("console", "sh", "bash", "shell")
"""What a block of commands may be called."""

PROMPT = "$ "

PATIENCE = 60.0
"""Seconds that a command may take on a busy machine."""


@frozen
class Command:
    """What is typed in one go.

    Attributes:
        text: The command, without the remark behind it.
        shown: The lines that the text shows for its output; empty where it shows none.
    """

    text: str
    shown: list[str] = field(factory=list, eq=False)


@frozen
class Block:
    """Commands that are typed one after the other.

    Attributes:
        name: Page and number of the block in it.
        commands: Those of a chain, ``a && b``, are commands of their own.
    """

    name: str
    commands: list[Command]


def blocks() -> Iterator[Block]:
    """Every block of commands in README and documentation."""
    parsers = [CodeBlockParser(language) for language in LANGUAGES]
    for path in PAGES:
        examples = Sybil(parsers, pattern="*.md").parse(path).examples()
        for number, example in enumerate(examples, start=1):
            yield Block(f"{path.name}-{number}", list(commands(str(example.parsed))))


def commands(text: str) -> Iterator[Command]:
    """The commands of a block."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    has_prompts = any(line.startswith(PROMPT) for line in lines)
    while lines:
        *chain, last = re.split(r" && ", re.sub(r"\s+# .*", "", lines.pop(0).removeprefix(PROMPT)))
        yield from map(Command, chain)
        shown = []
        while has_prompts and lines and not lines[0].startswith(PROMPT):
            shown.append(lines.pop(0))
        yield Command(last, shown)


def run(command: Command) -> None:
    """Run a command to its end."""
    finished = subprocess.run(
        command.text,
        shell=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, f"{command.text}: {finished.stderr}"
    if command.shown:
        printed = [line for line in finished.stdout.splitlines() if FALLBACK_WARNING not in line]
        assert loosened(printed) == loosened(command.shown)


def loosened(lines: list[str]) -> list[str]:
    """The lines without what differs between machines: times, sizes, and how often it is told."""
    told = [line for line in lines if not re.search(r": \d+%, \d+:\d\d left$", line)]
    return [re.sub(r"[\d.]+(?= (kB|s)\b)|\d+:\d\d", "#", line) for line in told]


def serve(command: Command) -> None:
    """Start a service, and stop it when it is ready.

    The last ``--port`` counts. The one that users know may be taken on this machine.
    """
    with subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command.text} --port 0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.read(len("VC_URI=ws"))
        if ready:
            assert "listening; Ctrl-C stops\n" in iter(process.stdout.readline, "")
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors

"""The documentation's blocks of the console: their commands, and what the text shows of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LANGUAGES", "PAGES", "Block", "Command", "blocks"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

LANGUAGES = ("console", "sh", "bash", "shell")
"""What a block of commands may be called."""

PROMPT = "$ "


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
            yield Block(f"{path.name}-{number}", list(_commands(str(example.parsed))))


def _commands(text: str) -> Iterator[Command]:
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    has_prompts = any(line.startswith(PROMPT) for line in lines)
    while lines:
        *chain, last = re.split(r" && ", re.sub(r"\s+# .*", "", lines.pop(0).removeprefix(PROMPT)))
        yield from map(Command, chain)
        shown = []
        while has_prompts and lines and not lines[0].startswith(PROMPT):
            shown.append(lines.pop(0))
        yield Command(last, shown)

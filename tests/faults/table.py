"""The documentation's table of faults; ``python -m tests.faults.table`` brings it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.catalogue import FAULTS
from tests.faults.circumstances import CIRCUMSTANCES, Circumstance
from voiceshift.testing import FAULTS as SCRIPTED

if TYPE_CHECKING:
    from tests.faults.fault import Fault

ENTRIES: list[Fault | Circumstance] = [*FAULTS, *CIRCUMSTANCES]

NAMES = {fault.description: name for name, fault in SCRIPTED.items()}
"""The names by which the scripted service has them."""

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"

HEADS = ("What happens", "Name", "While connecting", "While authenticating", "During a cover")
NOT_POSSIBLE = "\N{EN DASH}"


def table() -> list[str]:
    """Its lines, one for each fault."""
    rows = [HEADS, ("---",) * len(HEADS)]
    for entry in ENTRIES:
        outcomes = (entry.connecting, entry.authenticating, entry.covering)
        name = f"`{NAMES[entry.name]}`" if entry.name in NAMES else ""
        rows.append((entry.name, name, *(str(outcome or NOT_POSSIBLE) for outcome in outcomes)))
    return [f"| {' | '.join(row)} |" for row in rows]


def with_table(page: str) -> str:
    """``page`` with the table in the place of the one it has."""
    lines = page.splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("|")]
    return "\n".join([*lines[: places[0]], *table(), *lines[places[-1] + 1 :], ""])


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""A command beside busy loops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.busy import busy_loops

ROOT = Path(__file__).parents[1]
BUSY = [sys.executable, "-m", "tests.support.busy"]


def test_the_command_decides_how_it_ends() -> None:
    """Its exit code is that of the whole."""
    command = [*BUSY, "2", sys.executable, "-c", "raise SystemExit(7)"]
    assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == 7


def test_loops_run_until_the_block_is_left() -> None:
    """And are gone then."""
    with busy_loops(2) as loops:
        assert [loop.poll() for loop in loops] == [None, None]
    assert None not in [loop.returncode for loop in loops]

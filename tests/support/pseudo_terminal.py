"""A program on a terminal of its own, as a user has it: keys go in, what is shown comes out. POSIX.

The terminal is the program's controlling one, so that Ctrl-C is a key and the system makes a signal
of it.
"""

from __future__ import annotations

import os
import re
import select
import struct
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

CTRL_C = b"\x03"

COLUMNS = 100
"""How wide the terminal is."""

PATIENCE = 60.0
"""Seconds to wait for what has to come, on a busy machine."""

# A program's own descendant: a thread of the tests must not fork.
LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(2, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A running program; as a context manager it is killed at the end.

    Args:
        command: Program and arguments.

    Attributes:
        shown: All that it wrote so far, control characters and all.
    """

    def __init__(self, command: Sequence[str]) -> None:
        import fcntl
        import pty
        import termios

        self.shown = ""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, COLUMNS, 0, 0))
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", LAUNCHER, *command],
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
            )
        finally:
            os.close(theirs)

    def wait_for(self, pattern: str) -> None:
        """Read until something has been shown that the regular expression fits."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.shown):
            assert self._read(deadline), f"no {pattern!r} in {self.shown!r}"

    def type(self, keys: bytes) -> None:
        """Press ``keys``."""
        os.write(self._ours, keys)

    def finish(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        return self._process.wait(PATIENCE)

    def lines(self) -> list[str]:
        """What is to be seen, line by line: what was written over is gone."""
        return [_overwritten(line) for line in self.shown.replace("\r\n", "\n").split("\n")]

    def _read(self, deadline: float) -> bool:
        """Read on; ``False`` at the end."""
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"nothing more came after {self.shown!r}"
        with suppress(OSError):  # the end on Linux
            piece = os.read(self._ours, 4096)
            self.shown += piece.decode(errors="replace")
            return bool(piece)
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)


def _overwritten(line: str) -> str:
    seen = ""
    for piece in line.split("\r"):
        seen = piece + seen[len(piece) :]
    return seen.rstrip()

"""Runs a command on a machine that is busy: ``python -m tests.support.busy 12 COMMAND...``.

So many loops run beside it and end with it, whatever ends it.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 1800
"""Seconds after which a loop ends in any case."""

# It also ends when its parent does, and its input with it.
LOOP = """
import sys, threading, time

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
begin = time.monotonic()
while not ended.is_set() and time.monotonic() < begin + float(sys.argv[1]):
    pass
"""


@contextmanager
def busy_loops(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that do nothing as fast as they can."""
    with ExitStack() as stack:
        loops = []
        for _ in range(count):
            command = [sys.executable, "-c", LOOP, str(LONGEST)]
            loop = stack.enter_context(subprocess.Popen(command, stdin=subprocess.PIPE))
            stack.callback(loop.kill)
            loops.append(loop)
        yield loops


def main() -> int:
    """Run the command; its exit code."""
    count, *command = sys.argv[1:]
    with busy_loops(int(count)):
        return subprocess.call(command)


if __name__ == "__main__":
    sys.exit(main())

"""What all child processes of the service have in common."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["end_of_input", "killed_after", "own_group"]


def own_group() -> dict[str, Any]:
    """Return options for ``Popen``, so that Ctrl-C in a terminal reaches the parent only."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def end_of_input(process: subprocess.Popen[bytes], timeout: float) -> None:
    """Let a process end by the end of its input; any number of times.

    Args:
        process: One with pipes for input and output.
        timeout: Seconds that it may take; then it is killed.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(OSError):  # it is gone already
        process.stdin.close()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


@contextmanager
def killed_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill the process if what is done meanwhile takes too long.

    For reading from its pipe, which has no timeout on every system.
    """
    timer = threading.Timer(seconds, process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()

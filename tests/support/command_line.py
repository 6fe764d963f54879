"""The command in a process of its own, and what it leaves in the working directory."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def voiceshift(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own; killed if it does not end."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "voiceshift", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def files() -> list[str]:
    """Names of what is in the working directory."""
    return sorted(path.name for path in Path().iterdir())

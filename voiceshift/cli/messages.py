"""What the command tells its user: results, and what is none."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from voiceshift.display.output import STANDARD_ERROR, STANDARD_OUTPUT

CLOSED_PIPE = (errno.EPIPE, errno.EINVAL)
"""How the systems say that nobody reads any more, as after ``| head -1``; the latter is Windows."""


def result(text: str, *, end: str = "\n") -> None:
    """Print a result on standard output; where that fails, the command goes on without."""
    error = STANDARD_OUTPUT.try_to_write(f"{text}{end}")
    if error is None:
        return
    with suppress(OSError, ValueError, AttributeError), Path(os.devnull).open("wb") as null:
        # What it still holds would be written, and fail again, when Python ends.
        os.dup2(null.fileno(), sys.stdout.fileno())
    if getattr(error, "errno", None) not in CLOSED_PIPE:
        notice(f"standard output cannot be written: {getattr(error, 'strerror', None) or error}")


def notice(text: str) -> None:
    """Print something that is not a result, on standard error."""
    STANDARD_ERROR.write(f"voiceshift: {text}\n")

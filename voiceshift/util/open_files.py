"""Whether files and connections can be opened, and what to do where none can."""

from __future__ import annotations

import errno
import os

ADVICE: dict[int | None, str] = {
    errno.EMFILE: "this process has as many files and connections open as it may; close some, or "
    "raise the limit (ulimit -n)",
    errno.ENFILE: "this machine has as many files open as it can; end programs that hold many",
}
"""What to do where there is no free file descriptor."""


def lack_of_descriptors(error: BaseException | None) -> OSError | None:
    """Return the error that tells of it where ``error`` came from having no free descriptor.

    Args:
        error: What failed. Where it says nothing of files, as that of a name lookup, one is opened
            to see whether that works.
    """
    if isinstance(error, OSError) and error.errno in ADVICE:
        return error
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as lack:
        return lack if lack.errno in ADVICE else None
    return None

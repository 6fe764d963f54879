"""A lock on an open file, which the system takes back when the process ends, however that ends."""

from __future__ import annotations

import sys
from typing import BinaryIO

from voiceshift.util.forks import leave_to_parent

LOCK_OFFSET = 2**40
"""Where the locked byte is on Windows, whose locks keep others from reading: past any content."""


def lock(file: BinaryIO) -> bool:
    """Lock ``file`` until it is closed; ``False`` where another process or thread has locked it.

    A file system without locks counts as unlocked by others.
    """
    try:
        _lock(file)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # some network file systems have none
        return True
    leave_to_parent(file)
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        position = file.tell()
        file.seek(LOCK_OFFSET)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        finally:
            file.seek(position)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

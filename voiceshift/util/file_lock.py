"""A lock on an open file, which the system takes back when the process ends, however that ends."""

from __future__ import annotations

import os
import sys
import weakref
from typing import BinaryIO

__all__ = ["lock"]

LOCK_OFFSET = 2**40
"""Where the locked byte is on Windows, whose locks keep others from reading: past any content."""

locked: weakref.WeakSet[BinaryIO] = weakref.WeakSet()


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
    locked.add(file)
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

    def _release_in_child() -> None:
        """A forked child shares the lock, and would hold it past this process's end."""
        nothing = os.open(os.devnull, os.O_RDWR)
        for file in locked:
            if not file.closed:
                os.dup2(nothing, file.fileno())
        os.close(nothing)

    os.register_at_fork(after_in_child=_release_in_child)

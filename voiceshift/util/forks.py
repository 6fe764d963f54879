"""Open files that a forked child leaves to its parent."""

from __future__ import annotations

import os
import weakref
from typing import BinaryIO

kept: weakref.WeakSet[BinaryIO] = weakref.WeakSet()

of_parent: list[BinaryIO] = []
"""Never closed: a thread of the parent may have been writing just then, and still hold the lock."""


def leave_to_parent(file: BinaryIO) -> None:
    """Make a forked child's copy of ``file`` one of nothing.

    Else it would hold the parent's lock, and what is in the buffers of both would be written twice.
    """
    kept.add(file)


def _let_go() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for file in kept:
        if not file.closed:
            os.dup2(nothing, file.fileno())
            of_parent.append(file)
    os.close(nothing)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)

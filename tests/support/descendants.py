"""The processes of embedded services, as the operating system sees them. Linux only."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

PATIENCE = 30.0
"""Seconds that a process may take to end on a busy machine."""


def services_of(parent: int) -> list[int]:
    """The ids of a process's children that run the embedded service."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            arguments = (process / "cmdline").read_bytes().split(b"\0")
            if int(fields[1]) == parent and b"serve" in arguments:
                found.append(int(process.name))
    return found


def ends(process: int) -> bool:
    """Wait for the end of a process, whoever's child it is; ``False`` if it goes on too long."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)

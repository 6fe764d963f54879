"""Rights that root has and others have not, put off for a while. POSIX."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unprivileged() -> Iterator[None]:
    """In the block this process is an ordinary user: as root, the user ``nobody``.

    It may then not even see the folders that pytest makes for root, nor import what was not
    imported before.
    """
    import pwd

    user = os.geteuid()
    if user == 0:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(user)

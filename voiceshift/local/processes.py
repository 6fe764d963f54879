"""What all child processes of the service have in common."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

__all__ = ["own_group"]


def own_group() -> dict[str, Any]:
    """Return options for ``Popen``, so that Ctrl-C in a terminal reaches the parent only."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}

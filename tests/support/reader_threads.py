"""The reader threads of this process's clients."""

from __future__ import annotations

import threading


def wait_for_readers() -> None:
    """Wait until every reader thread has taken note that its connection ended."""
    for thread in threading.enumerate():
        if thread.name.startswith("voiceshift-reader"):
            thread.join(30)
            assert not thread.is_alive()

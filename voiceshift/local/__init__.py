"""The service, embedded: the same protocol, real covers, on your own machine.

:class:`~voiceshift.local.server.Server` runs it in this process. ``Client.local()`` and the command
``voiceshift serve`` run it in one of its own. Needs the extra ``local``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voiceshift.local.server import Server

__all__ = ["Server"]


def __getattr__(name: str) -> Any:
    # On demand, so that starting the service in a child process needs nothing of the extra here.
    if name != "Server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from voiceshift.local.server import Server

    return Server

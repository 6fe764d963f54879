"""The embedded service: the same protocol and real covers, on your own machine.

:class:`~voiceshift.local.service.server.Server` runs it in this process. ``Client.local()`` and the
command ``voiceshift serve`` run it in a process of its own. Needs the extra ``local``.

:class:`~voiceshift.local.engine.voices.knn.voice.Voice` is a voice to sing in, learned from
recordings.

To read it, begin with the service::

    service     clients, and the order of their jobs
    library     which songs and voices there are
    engine      audio in, audio out
    workers     processes that call the engine's functions
    install     what must be there first
    separators  what finds the vocals in a song, by name
    limits      how many clients, how long a song, how long a wait
    tls         the certificate of the service
    demo        a song and two voices that are always there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.local.engine.voices.knn.voice import Voice
    from voiceshift.local.service.server import Server

__all__ = ["Server", "Voice"]

_MODULES = {
    "Server": "voiceshift.local.service.server",
    "Voice": "voiceshift.local.engine.voices.knn.voice",
}


if not TYPE_CHECKING:  # it would make a type checker believe in any name

    def __getattr__(name: str) -> object:
        # On demand: starting the service in a child process needs nothing of the extra here.
        from importlib import import_module

        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})

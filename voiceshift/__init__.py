"""AI song covers: name a song, a voice and a pitch, get audio back.

A blocking client for the VoiceShift service and, in :mod:`voiceshift.local`, the same service
embedded, which makes covers on your own machine.

    >>> from voiceshift import Client
    >>> with Client.local() as client:
    ...     cover = client.create_cover("demo", voice="baritone")
    >>> cover.media_type
    'audio/ogg'

To read the source, begin with the modules that a script touches::

    client     what a script calls
    cover      what it gets back
    events     what it hears meanwhile
    request    what is asked for
    settings   what can be set
    errors     what can go wrong

The rooms behind them each begin with a reading order of their own: ``wire`` is the conversation
with a service, from a request down to the socket; ``local`` the service itself, and in
``local.engine`` what makes the covers. ``batch`` makes many covers, ``display`` is what people
look at, ``cli`` the command, ``testing`` a scripted service for tests, and ``util`` what any
program needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceshift.batch import Outcome, create_covers, create_local_covers
    from voiceshift.client import Client
    from voiceshift.cover import Cover
    from voiceshift.errors import (
        AuthError,
        AuthTimeout,
        ClientBusy,
        ClientClosed,
        ConnectError,
        ConnectionLost,
        ConnectTimeout,
        CoverError,
        CoverTimeout,
        DeadlineExceeded,
        IdleTimeout,
        MessageTooBig,
        ProtocolError,
        SaveError,
        ServiceFull,
        SettingsError,
        VoiceShiftError,
        WorkerLost,
    )
    from voiceshift.events import (
        Authenticated,
        Connected,
        Event,
        Progress,
        Queued,
        Segment,
        ServiceInfo,
    )
    from voiceshift.request import CoverOptions, CoverRequest, VoiceInfo
    from voiceshift.settings import Settings, SettingsOptions

    __version__: str

__all__ = [
    "AuthError",
    "AuthTimeout",
    "Authenticated",
    "Client",
    "ClientBusy",
    "ClientClosed",
    "ConnectError",
    "ConnectTimeout",
    "Connected",
    "ConnectionLost",
    "Cover",
    "CoverError",
    "CoverOptions",
    "CoverRequest",
    "CoverTimeout",
    "DeadlineExceeded",
    "Event",
    "IdleTimeout",
    "MessageTooBig",
    "Outcome",
    "Progress",
    "ProtocolError",
    "Queued",
    "SaveError",
    "Segment",
    "ServiceFull",
    "ServiceInfo",
    "Settings",
    "SettingsError",
    "SettingsOptions",
    "VoiceInfo",
    "VoiceShiftError",
    "WorkerLost",
    "__version__",
    "create_covers",
    "create_local_covers",
]

_HOMES = {
    "Outcome": "voiceshift.batch",
    "create_covers": "voiceshift.batch",
    "create_local_covers": "voiceshift.batch",
    "Client": "voiceshift.client",
    "Cover": "voiceshift.cover",
    "Authenticated": "voiceshift.events",
    "Connected": "voiceshift.events",
    "Event": "voiceshift.events",
    "Progress": "voiceshift.events",
    "Queued": "voiceshift.events",
    "Segment": "voiceshift.events",
    "ServiceInfo": "voiceshift.events",
    "CoverOptions": "voiceshift.request",
    "CoverRequest": "voiceshift.request",
    "VoiceInfo": "voiceshift.request",
    "Settings": "voiceshift.settings",
    "SettingsOptions": "voiceshift.settings",
}
"""Where a public name is defined; those that are not here are errors.

A name is looked up there when it is used first (PEP 562), so that ``import voiceshift``, which
pytest does wherever the package is installed, costs next to nothing.
"""


if not TYPE_CHECKING:  # it would make a type checker believe in any name

    def __getattr__(name: str) -> object:
        import importlib

        if name == "__version__":
            from voiceshift.util.version import package_version

            return package_version()
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES.get(name, "voiceshift.errors")), name)
        globals()[name] = value  # the next time Python finds it by itself
        return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})

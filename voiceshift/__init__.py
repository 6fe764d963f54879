"""AI song covers: name a song, a voice and a pitch, get audio back.

A blocking client for the VoiceShift service and, in :mod:`voiceshift.local`, the same service
embedded, which makes covers on your own machine.

    >>> from voiceshift import Client
    >>> with Client.local() as client:
    ...     cover = client.create_cover("demo", voice="baritone")
    >>> cover.media_type
    'audio/ogg'
"""

from __future__ import annotations

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
from voiceshift.events import Authenticated, Connected, Event, Queued, Segment
from voiceshift.messages import CoverRequest
from voiceshift.settings import Settings

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
    "CoverRequest",
    "CoverTimeout",
    "DeadlineExceeded",
    "Event",
    "IdleTimeout",
    "MessageTooBig",
    "Outcome",
    "ProtocolError",
    "Queued",
    "SaveError",
    "Segment",
    "ServiceFull",
    "Settings",
    "SettingsError",
    "VoiceShiftError",
    "WorkerLost",
    "__version__",
    "create_covers",
    "create_local_covers",
]


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("voiceshift")

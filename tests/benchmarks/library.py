"""What every contender of the benchmarks is: a library, connected, that receives covers."""

from __future__ import annotations

import json
import ssl
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.wire import Plan

TOKEN = "benchmark-token"
REQUEST = json.dumps({"type": "cover", "song": "Amazing Grace", "model": "tenor", "pitch": -1})


class Opening:
    """How to reach the service.

    Args:
        uri: Its address.
        authority: File with the certificate that signed the service's; for ``wss://``.
        plan: The cover that it sends, for the limit, which knows it beforehand.
        close_timeout: Seconds that a close may wait for the service.
    """

    def __init__(
        self, uri: str, authority: str | None, plan: Plan | None, close_timeout: float
    ) -> None:
        self.uri = uri
        self.tls = ssl.create_default_context(cafile=authority) if authority else None
        self.plan = plan
        self.close_timeout = close_timeout


class Library(ABC):
    """One contender, connected and authenticated.

    Attributes:
        asked: When the request was sent last, in seconds of ``time.perf_counter``.
    """

    asked = 0.0

    @abstractmethod
    def __init__(self, opening: Opening) -> None: ...

    @abstractmethod
    def receive(self, on_audio: Callable[[bytes], object]) -> None:
        """Ask for a cover and hand over the audio of each segment as it arrives."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def cover(self, to: Path | None) -> bytes | None:
        """Ask for a cover: its audio, or ``None`` where it was written to a file."""
        if to is None:
            parts: list[bytes] = []
            self.receive(parts.append)
            return b"".join(parts)
        with to.open("wb") as file:
            self.receive(file.write)
        return None

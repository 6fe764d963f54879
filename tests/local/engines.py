"""Engines that do what a test needs, in place of the one that makes covers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.local.engine.voice import Voice

__all__ = ["BulkyEngine", "EchoEngine", "EndlessEngine", "FailingEngine", "SteppedEngine"]

PATIENCE = 60.0
"""Seconds that an engine waits for its test, so that a failed one does not wait for ever."""


class EchoEngine:
    """Its covers say in words what was asked for."""

    def cover(self, song: Path, voice: Voice, pitch: int) -> Iterator[bytes]:
        """Name song, voice and pitch."""
        yield f"{song.stem}, {voice.name}, ".encode()
        yield str(pitch).encode()


class SteppedEngine:
    """Makes one chunk of a cover, and the other when the test lets it.

    Attributes:
        go_on: To be set by the test.
    """

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int) -> Iterator[bytes]:
        """Make two chunks."""
        yield b"first "
        assert self.go_on.wait(PATIENCE)
        yield b"second"


class EndlessEngine:
    """Makes chunk after chunk until it is stopped.

    Attributes:
        closed: Set when it was stopped.
    """

    def __init__(self) -> None:
        self.closed = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int) -> Iterator[bytes]:
        """Make a chunk every few milliseconds."""
        try:
            while not self.closed.wait(0.005):
                yield b"chunk"
        finally:
            self.closed.set()


class BulkyEngine:
    """Makes more audio than any buffer between service and client holds.

    Attributes:
        done: Set when all of it was made.
    """

    def __init__(self) -> None:
        self.done = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int) -> Iterator[bytes]:
        """Make 32 MiB."""
        for _ in range(32):
            yield bytes(2**20)
        self.done.set()


class FailingEngine:
    """Fails after the first chunk.

    Args:
        error: What it raises.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error

    def cover(self, song: Path, voice: Voice, pitch: int) -> Iterator[bytes]:
        """Make one chunk and fail."""
        yield b"first "
        raise self._error

"""Engines that do what a test needs, in place of the one that makes covers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from voiceshift.local.engine import DEFAULT_RENDITION
from voiceshift.local.engine.octaves import OctaveChoice
from voiceshift.local.engine.vocoder import Features

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine import Rendition
    from voiceshift.local.engine.octaves import Pitch
    from voiceshift.local.engine.voices import Voice

SINGING = Features(np.full(200, 220.0), np.zeros((200, 40)), np.zeros((200, 1)))
"""A second of singing at 220 Hz."""

PATIENCE = 60.0
"""Seconds that an engine waits for its test, so that a failed one does not wait for ever."""


class EchoEngine:
    """Its covers say in words what was asked for."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Name song, voice and pitch."""
        yield f"{song.stem}, {voice.name}, ".encode()
        yield str(pitch).encode()


class ChoosingEngine:
    """Sings an octave lower where it may choose, which is where its voice lies."""

    features = frozenset({"auto"})

    def cover(
        self,
        song: Path,
        voice: Voice,
        pitch: Pitch,
        executor: Executor,
        rendition: Rendition = DEFAULT_RENDITION,
    ) -> Iterator[bytes]:
        """Name the octave."""
        octave = OctaveChoice.of(pitch, SINGING, 110.0)
        yield b"intro, "
        assert rendition.report_octave is not None
        rendition.report_octave(octave)
        yield str(octave.pitch).encode()


class DamagedEngine:
    """Has songs of which something is lost."""

    features = frozenset[str]()

    def cover(
        self,
        song: Path,
        voice: Voice,
        pitch: Pitch,
        executor: Executor,
        rendition: Rendition = DEFAULT_RENDITION,
    ) -> Iterator[bytes]:
        """Tell it at the end."""
        yield b"a half"
        assert rendition.warn is not None
        rendition.warn("'song.mp3' is damaged")


class SteppedEngine:
    """Makes one chunk of a cover, and the other when the test lets it.

    Attributes:
        go_on: To be set by the test.
    """

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make two chunks."""
        yield b"first "
        assert self.go_on.wait(PATIENCE)
        yield b"second"


class LongEngine:
    """Makes chunks for ten seconds, or until it is stopped.

    Attributes:
        stopped: Set when it was stopped before its end.
    """

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make a chunk every few milliseconds."""
        try:
            for _ in range(2_000):
                yield b"chunk"
                self.stopped.wait(0.005)
        except GeneratorExit:
            self.stopped.set()
            raise


class HugeEngine:
    """Makes a single chunk, larger than all buffers between service and client."""

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make 32 MiB."""
        yield bytes(2**25)


class FailingEngine:
    """Fails after the first chunk.

    Args:
        error: What it raises.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """Make one chunk and fail."""
        yield b"first "
        raise self._error

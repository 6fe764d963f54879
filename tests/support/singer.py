"""An engine for the tests of batches, and what they ask of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from voiceshift import CoverRequest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine.voices import Voice

PATIENCE = 30.0
"""Seconds that an engine waits for its test, so that a failed one does not wait for ever."""


class Singer:
    """An engine whose covers name their song, and that counts and can be held up.

    Attributes:
        made: What it began to make.
        begun: Released once for each.
        may_sing: To be cleared by a test that holds it up, after the first chunk.
    """

    def __init__(self) -> None:
        self.made: list[str] = []
        self.begun = threading.Semaphore(0)
        self.may_sing = threading.Event()
        self.may_sing.set()

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """The song's name, in two chunks behind an Ogg signature."""
        self.made.append(f"{song.stem} {voice.name} {pitch}")
        self.begun.release()
        yield b"OggS"
        assert self.may_sing.wait(PATIENCE)
        yield song.stem.encode()


def audio_of(request: CoverRequest) -> bytes:
    """What :class:`Singer` makes of a request."""
    return b"OggS" + request.song.encode()


def requests(count: int, voice: str = "tenor") -> list[CoverRequest]:
    """Requests for the first songs."""
    return [CoverRequest(f"song {number}", voice) for number in range(count)]

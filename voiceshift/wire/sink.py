"""Where a cover's audio goes as it arrives: memory, the user's file, or a spool.

The reader thread writes, the caller's thread takes; neither waits for the other.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING

from voiceshift.util.audio_format import HEAD_SIZE
from voiceshift.util.part_file import PartFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FileSink", "MemorySink", "Sink", "Spool"]


class Sink:
    """Audio in the order it arrived, on any seekable binary file.

    Attributes:
        size: Bytes written so far.
        head: The first bytes, by which the format is recognised.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.size = 0
        self.head = b""
        self._file = file
        self._held = 0
        self._taken = 0
        self._lock = threading.Lock()

    def write(self, audio: bytes) -> None:
        """Append ``audio``.

        Raises:
            OSError: The disk is full, or its folder is gone.
        """
        with self._lock:
            self._file.write(audio)
            self._held += len(audio)
            self.size += len(audio)
            if len(self.head) < HEAD_SIZE:
                self.head += audio[: HEAD_SIZE - len(self.head)]

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes that were not taken yet; they must have been written.

        Raises:
            OSError: The disk is full: what was written last was still held back in memory.
        """
        with self._lock:
            self._file.seek(self._taken)
            audio = self._file.read(length)
            self._file.seek(0, 2)
            self._taken += length
            if self._taken == self._held:
                self._all_taken()
            return audio

    def _all_taken(self) -> None:
        """Called, under the lock, whenever the consumer has caught up."""

    def close(self) -> None:
        """Let go of the memory or file."""
        with self._lock, suppress(OSError):  # a full disk: nobody wants the rest any more
            self._file.close()


class MemorySink(Sink):
    """The whole cover in memory, without a copy at the end."""

    def __init__(self) -> None:
        self._memory = BytesIO()
        super().__init__(self._memory)

    def content(self) -> bytes:
        """All audio written so far."""
        with self._lock:
            return self._memory.getvalue()


class FileSink(Sink):
    """The user's file: memory stays flat, however long the cover."""

    def __init__(self, target: Path, *, overwrite: bool = True) -> None:
        self.part = PartFile(target, overwrite=overwrite)
        super().__init__(self.part.file)


class Spool(Sink):
    """Audio on its way to a consumer: in memory up to a limit, beyond it in a temporary file.

    Whenever the consumer has caught up, the spool begins anew: it only ever holds what the consumer
    is behind.
    """

    def __init__(self, max_buffered: int) -> None:
        self._max_buffered = max_buffered
        super().__init__(self._begin())

    def _begin(self) -> IO[bytes]:
        import tempfile

        return tempfile.SpooledTemporaryFile(self._max_buffered)

    def _all_taken(self) -> None:
        if self._held > self._max_buffered:  # it is in a file
            self._file.close()
            self._file = self._begin()
        else:
            self._file.seek(0)
            self._file.truncate()
        self._held = self._taken = 0

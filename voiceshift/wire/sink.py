"""Where a cover's audio goes as it arrives: memory, the user's file, a pipe, or a spool.

The reader thread writes, the caller's thread reads; neither waits for the other.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING

from voiceshift.errors import SaveError
from voiceshift.util.audio_format import HEAD_SIZE, MediaType, misnames, recognise
from voiceshift.util.files import writing
from voiceshift.util.logs import SafeLogger
from voiceshift.util.part_file import PartFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from io import RawIOBase
    from pathlib import Path

logger = SafeLogger("voiceshift")

PIPE_PAUSE = 0.002
"""Seconds between two attempts to write to a pipe that is full."""


class Sink:
    """Audio in the order it arrived, on any seekable binary file.

    Attributes:
        size: Bytes written so far.
        head: The first bytes, by which the format is recognised.
        needs_caller: Whether :meth:`pass_on` must be called for each segment.
        suffix: That of the file, where it says what is to be in it; else empty.
    """

    needs_caller = False
    suffix = ""

    def __init__(self, file: IO[bytes]) -> None:
        self.size = 0
        self.head = b""
        self._file = file
        self._held = 0
        self._read = 0
        self._lock = threading.Lock()

    @property
    def path(self) -> Path | None:
        """Where the user finds the audio; ``None`` where that is not a file."""
        return None

    def write(self, audio: bytes) -> None:
        """Append ``audio``.

        Raises:
            SaveError: The disk is full, or its folder is gone.
        """
        with self._lock:
            try:
                self._file.write(audio)
            except OSError as error:  # not a context manager: this runs for each segment
                raise _not_written(error) from error
            self._held += len(audio)
            self.size += len(audio)
            if len(self.head) < HEAD_SIZE:
                self.head += audio[: HEAD_SIZE - len(self.head)]

    def read(self, length: int) -> bytes:
        """The next ``length`` bytes that were not read yet; they must have been written.

        Raises:
            SaveError: The disk is full: what was written last was still held back in memory.
        """
        with self._lock:
            try:
                self._file.seek(self._read)
                audio = self._file.read(length)
                self._file.seek(0, 2)
                self._read += length
                if self._read == self._held:
                    self._caught_up()
            except OSError as error:
                raise _not_written(error) from error
            return audio

    def _caught_up(self) -> None:
        """Called, under the lock, whenever all that was written has been read."""

    def pass_on(self, length: int) -> None:
        """Send the next ``length`` bytes on their way; called by the caller's thread."""

    def content(self) -> bytes | None:
        """All audio written so far; ``None`` where it is not in memory."""
        return None

    def complete(self, title: str) -> None:
        """Nothing more comes: bring the complete cover to its place.

        Args:
            title: That of the cover.

        Raises:
            SaveError: That failed.
        """

    def keep(self) -> int:
        """Keep what arrived of a cover that failed, and tell how many bytes that is."""
        return 0

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

    def keep(self) -> int:
        """All of it."""
        return self.size


class FileSink(Sink):
    """The user's file: memory stays flat, however long the cover.

    Args:
        target: The file.
        overwrite: Whether it may be there already.
        naming: What to call it, from the title of the cover and the suffix of its content, or the
            same with a number where that is taken; ``None`` leaves it the name of ``target``.
        suffix: That of ``target``, where it says what is to be in the file. If it is something
            else, the file gets the true suffix.

    Raises:
        SaveError: It cannot be written.
    """

    def __init__(
        self,
        target: Path,
        *,
        overwrite: bool = True,
        naming: Callable[[str, str], str] | None = None,
        suffix: str = "",
    ) -> None:
        self.suffix = suffix
        self._part = PartFile(target, overwrite=overwrite)
        self._naming = naming
        super().__init__(self._part.file)

    @property
    def path(self) -> Path:
        """Where the file is now."""
        return self._part.path

    def complete(self, title: str) -> None:
        """Give the file its name."""
        media_type = recognise(self.head)
        with writing(self._part.target):
            if self._naming is not None:
                self._part.complete_as(self._naming(title, media_type.suffix))
            elif misnames(self.suffix, media_type):
                self._part.complete_as(self._part.target.stem + media_type.suffix)
                _warn(self._part.target, media_type, self.path)
            else:
                self._part.complete()

    def keep(self) -> int:
        """Leave it under its ``.part`` name, unless it is empty."""
        self._part.keep()
        # Not what was written: on a full disk the last of it may be missing.
        size = self.path.stat().st_size if self.path.exists() else 0
        if not size:
            self._part.discard()
        return size


class Spool(Sink):
    """Audio on its way to a consumer: in memory up to a limit, beyond it in a temporary file.

    Whenever the consumer has caught up, the spool starts from empty: it only ever holds what the
    consumer is behind.
    """

    def __init__(self, max_buffered: int) -> None:
        self._max_buffered = max_buffered
        super().__init__(self._open())

    def _open(self) -> IO[bytes]:
        import tempfile

        return tempfile.SpooledTemporaryFile(self._max_buffered)

    def _caught_up(self) -> None:
        if self._held > self._max_buffered:  # it is in a file
            self._file.close()
            self._file = self._open()
        else:
            self._file.seek(0)
            self._file.truncate()
        self._held = self._read = 0


class PipeSink(Spool):
    """A pipe or a device, to which the caller's thread writes each segment.

    Nothing here waits inside the system, where neither a limit nor ``close()`` would be seen.

    Args:
        path: The pipe or device; a pipe that nobody reads is waited for.
        max_buffered: Bytes that wait in memory until they are written.
        check: Called again and again while this waits; what it raises ends the wait.

    Raises:
        SaveError: It cannot be opened.
    """

    needs_caller = True

    def __init__(self, path: Path, max_buffered: int, check: Callable[[], object]) -> None:
        self._path = path.absolute()
        self._passed_on = b""
        self._check = check
        with writing(path):
            self._pipe = self._open_pipe()
        super().__init__(max_buffered)

    def _open_pipe(self) -> RawIOBase:
        flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        while True:
            try:
                return os.fdopen(os.open(self._path, flags), "wb", buffering=0)
            except OSError as error:
                if error.errno != errno.ENXIO or not self._path.is_fifo():
                    raise
            self._pause()  # nobody reads it yet

    def _pause(self) -> None:
        self._check()
        time.sleep(PIPE_PAUSE)

    @property
    def path(self) -> Path:
        """The pipe."""
        return self._path

    def pass_on(self, length: int) -> None:
        """Write the next bytes to the pipe.

        Raises:
            SaveError: Its reader has gone.
        """
        self._passed_on = super().read(length)
        rest = memoryview(self._passed_on)
        with writing(self.path):
            while rest:
                written = self._pipe.write(rest)
                if not written:  # it is full
                    self._pause()
                rest = rest[written or 0 :]

    def read(self, length: int) -> bytes:  # noqa: ARG002 - as many as were passed on
        """The bytes that were passed on last."""
        return self._passed_on

    def complete(self, title: str) -> None:  # noqa: ARG002 - a pipe has its name
        """Close the pipe."""
        with writing(self.path):
            self._pipe.close()

    def close(self) -> None:
        """Let go of everything."""
        super().close()
        with suppress(OSError):  # the reader of the pipe has gone
            self._pipe.close()


def _warn(target: Path, media_type: MediaType, path: Path) -> None:
    logger.warning(
        "the service sent %s: the cover is in %s and not in %s; Cover.save() can encode it again",
        media_type.name,
        path,
        target.name,
    )


def _not_written(error: OSError) -> SaveError:
    return SaveError(f"the audio could not be written: {error.strerror}")

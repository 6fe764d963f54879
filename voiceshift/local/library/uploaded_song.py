"""A song that a client sends in pieces, and that goes with it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from voiceshift.errors import CoverError
from voiceshift.local.library.audio_files import SUFFIXES
from voiceshift.local.library.titles import fit_title
from voiceshift.util.files import file_errors
from voiceshift.util.text import quoted, readable, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from typing import Any


class UploadedSong:
    """A song in a temporary folder that nobody but this process's user can read.

    Nothing of its name but the ending, which is one of ours, becomes part of a path.

    Args:
        name: Name of the file where it comes from.
        size: Bytes that will come.
        max_size: The most that there may be.

    Attributes:
        name: As given; the song is asked for by it.
        title: What it is called: the name without its ending.

    Raises:
        CoverError: It is too large, empty, or no audio file by its name, or the folder cannot be
            made.
    """

    def __init__(self, name: str, size: int, max_size: int) -> None:
        suffix = PurePath(name).suffix.lower()
        if suffix not in SUFFIXES:
            raise CoverError(f"{quoted(name)} is not an audio file, by its name")
        if not 0 < size <= max_size:
            raise CoverError(
                f"a song may have up to {size_text(max_size)} here, not {size_text(size)}"
            )
        self.name = name
        self.title = fit_title(readable(PurePath(name).stem))
        self._missing = size
        self._in_use = threading.Lock()
        with file_errors(CoverError, "the song cannot be kept"):
            self._folder = Path(tempfile.mkdtemp(prefix="voiceshift-"))
        self._path = self._folder / f"song{suffix}"

    @property
    def is_complete(self) -> bool:
        """Whether all of it has come."""
        return self._missing == 0

    def add(self, piece: bytes) -> None:
        """Add the next bytes.

        Raises:
            CoverError: There are more than were announced, or they cannot be kept.
        """
        if len(piece) > self._missing:
            raise CoverError("there is more of the song than was announced")
        with file_errors(CoverError, "the song cannot be kept"), self._path.open("ab") as file:
            file.write(piece)
        self._missing -= len(piece)

    @contextmanager
    def fetched(self, cancelled: Future[Any]) -> Iterator[Path]:
        """Give its file, which is not removed meanwhile.

        Args:
            cancelled: When it is done, the file may have been removed.

        Raises:
            CancelledError: ``cancelled`` is done.
        """
        with self._in_use:
            if cancelled.done():
                raise CancelledError
            yield self._path

    def remove(self) -> None:
        """Remove the file, as soon as nothing uses it."""
        with self._in_use:
            # What another program keeps open, as it can on Windows, is left to the system.
            shutil.rmtree(self._folder, ignore_errors=True)

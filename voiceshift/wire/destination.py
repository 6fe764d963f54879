"""Where a cover goes: memory, a file, a folder in which it gets a name, or a pipe.

All that can be refused is refused when a destination is opened, before anything is sent.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Union

from attrs import frozen

from voiceshift.cover import name_for, refuse_song
from voiceshift.errors import SaveError, SettingsError
from voiceshift.settings import DEFAULT_MAX_BUFFERED
from voiceshift.util.files import (
    expand_user,
    is_stream,
    make_folder,
    names_folder,
    safe_name,
    writing,
)
from voiceshift.wire.sink import FileSink, MemorySink, Spool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.request import CoverRequest

__all__ = ["Destination", "Unsuffixed", "open_destination"]


@frozen
class Unsuffixed(os.PathLike[str]):
    """A path for ``to=`` that gets the suffix of the content, and a number where that is taken.

    Attributes:
        folder: Where it lies; made where it ends in ``/``.
        name: The name without its suffix.
    """

    folder: str
    name: str

    def __fspath__(self) -> str:
        return os.path.join(self.folder, self.name)  # noqa: PTH118 - a Path has no "/" at its end


class Memory:
    """The cover stays in memory.

    Attributes:
        sink: Takes the audio as it arrives.
        path: Where the audio lies; ``None`` for memory.
        passes_on: Whether :meth:`pass_on` wants each segment.
    """

    path: Path | None = None
    passes_on = False

    def __init__(self) -> None:
        self.sink = MemorySink()

    def content(self) -> bytes | None:
        """The audio that arrived; ``None`` where it lies at ``path``."""
        return self.sink.content()

    def pass_on(self, audio: bytes) -> None:
        """Send the next segment on its way, in the caller's thread."""

    def complete(self, title: str, suffix: str) -> None:
        """Bring a complete cover to its place.

        Args:
            title: That of the cover.
            suffix: That of its content.

        Raises:
            SaveError: That failed.
        """

    def keep(self) -> int | None:
        """Keep what arrived of a cover that failed: its bytes, or ``None`` for nothing."""
        return self.sink.size

    def close(self) -> None:
        """Let go of everything."""
        self.sink.close()


class File:
    """The cover is written to a file of the user's.

    Args:
        target: The file.
        overwrite: Whether it may be there already.
        naming: What to call it, from the title and suffix of the cover, or the same with a number
            where that is taken; ``None`` leaves it the name of ``target``.
    """

    passes_on = False

    def __init__(
        self,
        target: Path,
        *,
        overwrite: bool = True,
        naming: Callable[[str, str], str] | None = None,
    ) -> None:
        self.sink = FileSink(target, overwrite=overwrite)
        self._naming = naming

    @property
    def path(self) -> Path:
        """Where the audio lies now."""
        return self.sink.part.path

    def content(self) -> None:
        """See :class:`Memory`."""

    def pass_on(self, audio: bytes) -> None:
        """See :class:`Memory`."""

    def complete(self, title: str, suffix: str) -> None:
        """See :class:`Memory`."""
        part = self.sink.part
        with writing(part.target):
            if self._naming is None:
                part.complete()
            else:
                part.complete_as(self._naming(title, suffix))

    def keep(self) -> int | None:
        """See :class:`Memory`."""
        part = self.sink.part
        part.keep()
        # Not the size of what arrived: on a full disk the last of it may be missing.
        size = part.path.stat().st_size if part.path.exists() else 0
        if not size:
            part.discard()
        return size or None

    def close(self) -> None:
        """See :class:`Memory`."""
        self.sink.close()


class Stream:
    """The cover is passed on to a pipe or a device as it arrives, by the caller's thread.

    What its reader has not taken yet waits as that of a stream does.

    Args:
        path: The pipe or device; a pipe that nobody reads is waited for.
        max_buffered: Bytes that wait in memory.

    Raises:
        SaveError: It cannot be opened.
    """

    passes_on = True

    def __init__(self, path: Path, max_buffered: int) -> None:
        self.path = path.absolute()
        with writing(path):
            self._file = path.open("wb")
        self.sink = Spool(max_buffered)

    def content(self) -> None:
        """See :class:`Memory`."""

    def pass_on(self, audio: bytes) -> None:
        """See :class:`Memory`.

        Raises:
            SaveError: Whoever read the pipe has gone.
        """
        with writing(self.path):
            self._file.write(audio)
            self._file.flush()

    def complete(self, *_: str) -> None:
        """See :class:`Memory`."""
        with writing(self.path):
            self._file.close()

    def keep(self) -> None:
        """See :class:`Memory`; it has gone where nothing can be had back."""

    def close(self) -> None:
        """See :class:`Memory`."""
        self.sink.close()
        with suppress(OSError):  # whoever read the pipe has gone
            self._file.close()


Destination = Union[Memory, File, Stream]  # noqa: UP007 - evaluated on 3.10


def open_destination(
    to: str | os.PathLike[str] | None,
    request: CoverRequest,
    *,
    song_file: Path | None,
    overwrite: bool = True,
    max_buffered: int = DEFAULT_MAX_BUFFERED,
) -> Destination:
    """Open what ``to`` names.

    Args:
        to: A file, folder, pipe or device; ``None`` is memory.
        request: What is asked for.
        song_file: The file that the song is read from, which is never written to.
        overwrite: Whether a file that is there is replaced.
        max_buffered: Bytes for a pipe or device that wait in memory.

    Raises:
        SettingsError: It cannot be written, or must not be.
    """
    if to is None:
        return Memory()
    try:
        if isinstance(to, Unsuffixed):
            name = to.name
            return File(_folder(to.folder) / name, naming=lambda _, suffix: name + suffix)
        if names_folder(to):
            name = safe_name(f"{request.song} - {request.voice}", fallback="cover")
            return File(_folder(to) / name, naming=name_for)
        path = expand_user(to)
        refuse_song(path, song_file)
        return Stream(path, max_buffered) if is_stream(path) else File(path, overwrite=overwrite)
    except SaveError as error:
        raise SettingsError(f"to: {error}") from error.__cause__
    except TypeError as error:
        raise SettingsError(f"to must be the path of a file, not {to!r}") from error


def _folder(path: str | os.PathLike[str]) -> Path:
    folder = expand_user(path)
    return make_folder(folder) if names_folder(path) else folder

"""What ``to=`` names: memory, a file, a folder in which the cover gets a name, or a pipe.

All that can be refused is refused when the sink is opened, before anything is sent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.cover import name_for, refuse_song
from voiceshift.errors import SaveError, SettingsError
from voiceshift.settings import DEFAULT_MAX_BUFFERED
from voiceshift.util.audio_format import FORMATS_BY_SUFFIX, SUFFIXES
from voiceshift.util.files import (
    check_path,
    expand_user,
    is_stream,
    make_folder,
    names_folder,
    safe_name,
)
from voiceshift.wire.sink import FileSink, MemorySink, PipeSink, Sink

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.request import CoverRequest


@frozen
class Unsuffixed(os.PathLike[str]):
    """A path for ``to=`` that gets the suffix of the content, and a number where that is taken.

    Attributes:
        folder: Where the file goes; made where it ends in ``/``.
        name: The name without its suffix.
    """

    folder: str
    name: str

    def __fspath__(self) -> str:
        return os.path.join(self.folder, self.name)  # noqa: PTH118 - a Path has no "/" at its end


@frozen
class Verbatim(os.PathLike[str]):
    """A path for ``to=`` whose suffix says nothing of a format.

    Attributes:
        path: The file.
    """

    path: Path

    def __fspath__(self) -> str:
        return str(self.path)


def open_sink(  # noqa: PLR0913 - all but two are keywords
    to: str | os.PathLike[str] | None,
    request: CoverRequest,
    *,
    song_file: Path | None,
    overwrite: bool = True,
    max_buffered: int = DEFAULT_MAX_BUFFERED,
    check: Callable[[], object] = lambda: None,
) -> Sink:
    """Open what ``to`` names.

    Args:
        to: A file, folder, pipe or device; ``None`` is memory.
        request: What is asked for.
        song_file: The file that the song is read from, which is never written to.
        overwrite: Whether a file that is there is replaced.
        max_buffered: Bytes for a pipe or device that wait in memory.
        check: Called again and again while a pipe or device is waited for; what it raises ends the
            wait.

    Raises:
        SettingsError: It cannot be written, or must not be.
    """
    if to is None:
        return MemorySink()
    check_path(to, "to")
    try:
        if isinstance(to, Unsuffixed):
            name = to.name
            return FileSink(_folder(to.folder) / name, naming=lambda _, suffix: name + suffix)
        if names_folder(to):
            name = safe_name(f"{request.song} - {request.voice}", fallback="cover")
            return FileSink(_folder(to) / name, naming=name_for)
        path = expand_user(to)
        refuse_song(path, song_file)
        if is_stream(path):
            return PipeSink(path, max_buffered, check)
        if isinstance(to, Verbatim):
            return FileSink(path)
        return FileSink(path, overwrite=overwrite, suffix=_suffix(path, request))
    except SaveError as error:
        raise SettingsError(f"to: {error}") from error.__cause__


def _suffix(path: Path, request: CoverRequest) -> str:
    """The suffix of a file that says what is in it; empty where there is none.

    Raises:
        SettingsError: Nobody knows the suffix, or the request is for another format.
    """
    suffix = path.suffix.lower()
    if not suffix or " " in suffix:  # the dot of a title begins no suffix
        return ""
    if suffix not in (*FORMATS_BY_SUFFIX, *SUFFIXES):
        known = ", ".join(FORMATS_BY_SUFFIX)
        raise SettingsError(f"to: nobody knows the format of {path.name}; use one of {known}")
    if request.format not in (None, FORMATS_BY_SUFFIX.get(suffix)):
        raise SettingsError(
            f"to: {path.name} and the format {request.format} contradict each other; leave out one"
        )
    return suffix


def _folder(path: str | os.PathLike[str]) -> Path:
    folder = expand_user(path)
    return make_folder(folder) if names_folder(path) else folder

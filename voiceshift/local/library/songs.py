"""The songs that can be covered: the demo, and those in the folders that the owner names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.errors import CoverError, SettingsError
from voiceshift.local import demo
from voiceshift.local.library.titles import close_titles, normalise
from voiceshift.util.files import expand_user, is_file, is_folder
from voiceshift.util.text import format_names, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Song", "SongLibrary"]

DEMO = "demo"
"""The name by which the demo song is always found."""

_READ_BY_LIBSNDFILE = ".aif .aifc .aiff .au .caf .flac .mp3 .oga .ogg .opus .w64 .wav"
_READ_BY_FFMPEG = ".aac .ac3 .amr .ape .dsf .m4a .m4b .mka .mkv .mov .mp4 .mpc .tta .webm .wma .wv"

SUFFIXES = frozenset(f"{_READ_BY_LIBSNDFILE} {_READ_BY_FFMPEG}".split())
"""Endings of the files that count as songs, whether or not there is an FFmpeg to read them."""


@frozen
class Song:
    """A song and where it is.

    Attributes:
        title: What it is called; the file's name without its ending.
        path: The audio file.
    """

    title: str
    path: Path


class SongLibrary:
    """Finds songs by title.

    Nothing outside the folders is ever found: a name is compared with what is there and never
    becomes a path, and links that lead out of a folder are ignored.

    Args:
        folders: Folders with songs, searched with their subfolders at every request, so new files
            are found at once. Of files with the same name, the one in the earliest folder is taken.
        allow_files: Whether a name may also be the path of any audio file: for a service that only
            its owner can reach.

    Raises:
        SettingsError: One of ``folders`` does not exist.
    """

    def __init__(self, folders: Sequence[Path] = (), *, allow_files: bool = False) -> None:
        for folder in folders:
            if not is_folder(folder):
                raise SettingsError(f"there is no folder of songs at {folder}")
        self._folders = [folder.resolve() for folder in folders]
        self._allow_files = allow_files

    def find(self, name: str) -> Song:
        """Find one song.

        Args:
            name: ``demo``, a title, the name of a file, or with ``allow_files`` a path. Case,
                accents and doubled spaces only matter where titles differ in nothing else.

        Raises:
            CoverError: No song has this name, or several have; the message says what to do.
        """
        if normalise(name) == DEMO:
            return Song(demo.SONG_TITLE, demo.SONG)
        songs = {path.name: path for path in self._files()}
        found = _matches(name, songs, lambda text: text) or _matches(name, songs, normalise)
        if not found and self._allow_files and is_file(name):
            found = [expand_user(name)]
        if not found and normalise(name) == normalise(demo.SONG_TITLE):
            return Song(demo.SONG_TITLE, demo.SONG)
        if len(found) != 1:
            raise CoverError(_several(name, found) if found else _none(name, songs.values()))
        return Song(_title(found[0]), found[0])

    def _files(self) -> Iterator[Path]:
        """Yield the songs of all folders, the first folder's last, so that they are taken."""
        for folder in reversed(self._folders):
            for path in sorted(folder.rglob("*"), reverse=True):
                is_song = path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
                if is_song and path.is_file() and path.resolve().is_relative_to(folder):
                    yield path


def _matches(name: str, songs: dict[str, Path], form: Callable[[str], str]) -> list[Path]:
    """Return the songs whose title or file name is ``name`` in the same ``form``."""
    wanted = form(name)
    return [path for path in songs.values() if wanted in (form(path.stem), form(path.name))]


def _title(path: Path) -> str:
    # A name that is no text on this system must not break the message it is sent in.
    return path.stem.encode("utf-8", "replace").decode("utf-8")


def _several(name: str, found: list[Path]) -> str:
    files = format_names(path.name for path in found)
    return f"several songs are called {quoted(name)}: {files}; ask for one by its file name"


def _none(name: str, songs: Iterable[Path]) -> str:
    if "://" in name:
        return "no song can be fetched from this URL; ask for a song by its title, or for 'demo'"
    titles = {normalise(path.stem): _title(path) for path in songs}
    close = close_titles(normalise(name), titles)
    hint = f"did you mean {format_names(titles[key] for key in close)}? " if close else ""
    return (
        f"there is no song called {quoted(name)}; {hint}there are 'demo' and the audio files in "
        "the folders that this service was started with"
    )

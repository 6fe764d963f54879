"""The songs that can be covered: the demo, and those in the folders that the owner names."""

from __future__ import annotations

import itertools
import os
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.errors import CoverError, SettingsError
from voiceshift.local import demo
from voiceshift.local.library.audio_files import SUFFIXES, audio_files, is_audio_file
from voiceshift.local.library.titles import close_titles, normalise
from voiceshift.util.files import is_file, is_folder, pasted_path
from voiceshift.util.text import format_names, quoted, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEMO = "demo"
"""The name by which the demo song is always found."""

MAX_LISTED = 5_000
"""Songs of a list that people choose from."""


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
            are found at once. Of files at the same place in several, the earliest one's is taken.
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

    def names(self) -> list[str]:
        """Return names of songs, ``demo`` first; of very many, as many as fit into a message."""
        return [DEMO, *itertools.islice(sorted(self._songs(), key=normalise), MAX_LISTED)]

    def find(self, name: str) -> Song:
        """Find one song.

        Args:
            name: ``demo``, a title, the name of a file, either of them after the folders it is in
                (``One/01 Intro``), or with ``allow_files`` a path. Case, accents and doubled
                spaces only matter where titles differ in nothing else.

        Raises:
            CoverError: No song has this name, or several have; the message says what to do.
        """
        if normalise(name) == DEMO:
            return Song(demo.SONG_TITLE, demo.SONG)
        songs = self._songs()
        found = _matches(name.replace(os.sep, "/"), songs)
        if len(found) > 1:
            files = format_names(found)
            raise CoverError(f"several songs are called {quoted(name)}; ask for one of {files}")
        if found:
            return _song(*map(Path, found.values()))
        path = _file_at(pasted_path(name)) if self._allow_files else None
        if path:
            return _song(path)
        if normalise(name) == normalise(demo.SONG_TITLE):
            return Song(demo.SONG_TITLE, demo.SONG)
        if self._allow_files and _looks_like_path(name):
            raise CoverError(_no_file(name, pasted_path(name)))
        raise CoverError(_no_song(name, songs))

    def _songs(self) -> dict[str, str]:
        """Return the paths of the songs of all folders by their place in them."""
        # The first folder's come last, so that they are taken.
        return {
            readable(place): path
            for folder in reversed(self._folders)
            for place, path in sorted(audio_files(str(folder)))
        }


def missing_file(name: str) -> str | None:
    """What to say of a name that ends as those of audio files do, where there is no such file."""
    path = pasted_path(name)
    if "://" in name or path.suffix.lower() not in SUFFIXES or _file_at(path):
        return None
    return _no_file(name, path)


def _matches(name: str, songs: dict[str, str]) -> dict[str, str]:
    """Return the songs whose place, with or without its ending, is ``name`` or ends in it."""
    if name in songs:
        return {name: songs[name]}
    for form, wanted in ((str, f"/{name}"), (_normalised, f"/{normalise(name)}")):
        found = {place: path for place, path in songs.items() if _ends_in(form(place), wanted)}
        if found:
            return found
    return {}


@lru_cache(maxsize=2**16)
def _normalised(place: str) -> str:
    """Return a song's place as it is compared; there may be many, which are asked for again."""
    return normalise(place)


def _ends_in(place: str, wanted: str) -> bool:
    return f"/{place}".endswith(wanted) or f"/{_without_suffix(place)}".endswith(wanted)


def _without_suffix(name: str) -> str:
    return name[: name.rfind(".")].rstrip()


def _title(place: str) -> str:
    return _without_suffix(place.rpartition("/")[2])


def _song(path: Path) -> Song:
    return Song(readable(path.stem), path)


def _file_at(path: Path) -> Path | None:
    """Return the file at ``path``, which may be given in its readable form."""
    if is_file(path):
        return path
    if path.name.isascii() or not is_folder(path.parent):
        return None
    siblings = (other for other in _files_in(path.parent) if readable(other.name) == path.name)
    return next(siblings, None)


def _files_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:  # it may not be read
        return []


def _looks_like_path(name: str) -> bool:
    is_long = "/" in name or os.sep in name
    return is_long or name.startswith("~") or PurePath(name).suffix.lower() in SUFFIXES


def _no_file(name: str, path: Path) -> str:
    if is_folder(path):
        return f"{quoted(name)} is a folder; ask for one of the files in it"
    if not is_folder(path.parent):
        return f"there is no file at {quoted(name)}, and no folder {quoted(str(path.parent))}"
    files = [readable(other.name) for other in _files_in(path.parent) if is_audio_file(other)]
    hint = _did_you_mean(path.name, {normalise(file): file for file in files})
    return f"there is no file at {quoted(name)}{hint}"


def _no_song(name: str, places: Iterable[str]) -> str:
    if "://" in name:
        return "no song can be fetched from this URL; ask for a song by its title, or for 'demo'"
    hint = _did_you_mean(name, {_title(_normalised(place)): _title(place) for place in places})
    return (
        f"there is no song called {quoted(name)}{hint}; there are 'demo' and the audio files in "
        "the folders that this service was started with"
    )


def _did_you_mean(name: str, similar: dict[str, str]) -> str:
    close = close_titles(normalise(name), similar)
    return f"; did you mean {format_names(similar[key] for key in close)}?" if close else ""

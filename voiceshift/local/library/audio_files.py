"""The audio files in a folder: by their names, and none that lies elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_READ_BY_LIBSNDFILE = (
    ".aif .aifc .aiff .au .avr .caf .flac .iff .mp1 .mp2 .mp3 .nist .oga .ogg .opus .paf .pvf "
    ".rf64 .sd2 .sds .sf .snd .sph .svx .voc .w64 .wav .wavex .wve .xi"
)
_READ_BY_FFMPEG = (
    ".3g2 .3gp .aac .ac3 .amr .ape .asf .avi .dsf .dts .eac3 .ec3 .flv .m2ts .m4a .m4b .m4r .m4v "
    ".mka .mkv .mov .mp4 .mpc .mpeg .mpg .mts .ogm .ogv .ogx .spx .tak .ts .tta .vob .webm .wma "
    ".wmv .wv"
)

SUFFIXES = frozenset(f"{_READ_BY_LIBSNDFILE} {_READ_BY_FFMPEG}".split())
"""Endings of the files that count as songs, whether or not there is an FFmpeg to read them."""


def is_audio_file(path: Path) -> bool:
    """Return whether a file counts as a song, by its name; hidden ones do not."""
    return _is_audio_name(path.name) and path.is_file()


def audio_files(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the place in a folder, with ``/`` in it, and the path of each audio file.

    Subfolders are searched, too; those that may not be read are passed over, and so are links that
    lead out of the folder. There may be many files, so none is looked at that is not a link.

    Args:
        folder: The folder's real path.
    """
    folders = [("", folder)]
    while folders:
        parent, path = folders.pop()
        for entry in _entries(path):
            place = parent + entry.name
            if _is_own_folder(entry):
                folders.append((f"{place}/", entry.path))
            elif _is_audio_name(entry.name) and _is_own_file(entry, folder):
                yield place, entry.path


def _entries(path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except OSError:  # it may not be read, or is gone
        return []


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    if not entry.is_dir(follow_symlinks=False):
        return False
    # Windows has links to folders that are not symbolic: junctions.
    return os.name != "nt" or os.path.realpath(entry.path) == entry.path


def _is_own_file(entry: os.DirEntry[str], folder: str) -> bool:
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    if not os.path.isfile(entry.path):  # noqa: PTH113 - Path.is_file raises for a circle
        return False
    return Path(entry.path).resolve().is_relative_to(folder)


def _is_audio_name(name: str) -> bool:
    suffix = name[name.rfind(".") :]
    return suffix.lower() in SUFFIXES and not name.startswith(".")

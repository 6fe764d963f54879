"""The files of a voice, wherever they are: a ``.pth``, or a folder or ZIP file with it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import field, frozen

from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.model import map_file
from voiceshift.local.engine.voices.rvc.torch_file import MAX_SIZE
from voiceshift.local.engine.voices.rvc.zip_members import Member, is_zip, read_members
from voiceshift.util.files import is_file, is_folder
from voiceshift.util.text import format_names

if TYPE_CHECKING:
    from collections.abc import Iterable

SUFFIXES = {".pth", ".pt", ".zip"}
"""Of files that can be voices of RVC."""


@frozen(eq=False)
class NamedFile:
    """A file, or a member of a ZIP file.

    Attributes:
        name: What to call it in messages.
        content: Its bytes.
    """

    name: str
    content: memoryview = field(repr=False)


def is_voice_file(path: Path) -> bool:
    """Return whether ``path`` is meant for a voice of RVC, and not for recordings."""
    if is_folder(path):
        return any(inner.suffix.lower() == ".pth" for inner in _contents(path))
    return path.suffix.lower() in SUFFIXES


def find_voice_files(path: Path, index: Path | None) -> tuple[NamedFile, NamedFile | None]:
    """Return the files of a voice: the one with its network, and its index if there is one.

    Args:
        path: A ``.pth``, or a ZIP file or folder in which there is one.
        index: An index that lies elsewhere.

    Raises:
        SettingsError: There is no such file, or more than one.
    """
    if is_folder(path):
        model, found = _in_folder(path)
    elif not is_file(path):
        raise SettingsError(f"there is no file or folder {path}")
    else:
        model, found = _in_file(NamedFile(str(path), map_file(path)))
    return model, NamedFile(str(index), map_file(index)) if index else found


def _in_folder(folder: Path) -> tuple[NamedFile, NamedFile | None]:
    paths = {str(path): path for path in _contents(folder)}
    model, index = _chosen(str(folder), paths)
    files = [NamedFile(name, map_file(paths[name])) for name in (model, index) if name]
    return files[0], files[1] if index else None


def _contents(folder: Path) -> list[Path]:
    return [*folder.glob("*"), *folder.glob("*/*")]


def _in_file(file: NamedFile) -> tuple[NamedFile, NamedFile | None]:
    if not is_zip(file.content):
        return file, None  # what it is then, is found out when it is read
    try:
        members = read_members(file.content)
        if any(PurePosixPath(name).name == "data.pkl" for name in members):
            return file, None
        model, index = _chosen(file.name, members)
        return _unpacked(file, members[model]), _unpacked(file, members[index]) if index else None
    except ValueError as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(f"{file.name} {error}") from error


def _unpacked(archive: NamedFile, member: Member) -> NamedFile:
    return NamedFile(f"{archive.name}/{member.name}", member.content(MAX_SIZE))


def _chosen(place: str, names: Iterable[str]) -> tuple[str, str]:
    """Return the names of the voice and of its index, or "" where there is none."""
    paths = [PurePosixPath(name.replace("\\", "/")) for name in names]
    by_path = dict(zip(paths, names, strict=True))
    seen = [path for path in paths if not path.name.startswith(("._", "G_", "D_", "trained_"))]
    models = [path for path in seen if path.suffix.lower() == ".pth"]
    indexes = [path for path in seen if path.suffix.lower() == ".index"]
    if not models:
        raise SettingsError(f"there is no voice in {place}: no file NAME.pth")
    if len(models) > 1:
        found = format_names(path.name for path in models)
        raise SettingsError(f"there are several voices in {place}: {found}; name one of them")
    if len(indexes) > 1:
        found = format_names(path.name for path in indexes)
        raise SettingsError(f"there are several indexes in {place}: {found}; name one by --index")
    return by_path[models[0]], by_path[indexes[0]] if indexes else ""

"""A file that is written whole or not at all."""

from __future__ import annotations

import itertools
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from voiceshift.errors import SaveError
from voiceshift.util.files import absolute, is_folder, is_link, reason, shown
from voiceshift.util.forks import leave_to_parent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

MAX_PART_NAME_SIZE = 255
"""Bytes that common file systems allow a name to have."""


class PartFile:
    """A file that has a ``.part`` name until it is complete, and then its own.

    The ``.part`` is created exclusively, so that two processes writing the same target do not write
    into each other's; the one that completes last wins, whole. It has the mode of the file that it
    will replace, and its owner and group where this process may set them.

    As a context manager it removes an incomplete ``.part`` on leaving, unless :meth:`keep` was
    called.

    Args:
        target: Where the complete file goes.
        overwrite: Whether it takes the place of a file that is there; where a link is there, of the
            file behind it.

    Attributes:
        file: Open for writing and reading.
        path: Where the file is now: the ``.part``, or once it is complete the target.

    Raises:
        SaveError: The target is a folder, its folder does not exist or cannot be written, or
            without ``overwrite`` it is there already.
    """

    def __init__(self, target: Path, *, overwrite: bool = True) -> None:
        # Absolute, so that a later change of the working directory does not move it.
        self.target = absolute(target)
        self._overwrite = overwrite
        self._is_settled = False
        if is_folder(self.target):
            raise SaveError(f"{target} is a folder; name a file in it")
        if not overwrite and os.path.lexists(self.target):
            raise SaveError(
                f"{target} is already there and is not to be replaced; choose another name"
            )
        self._place = _behind_link(self.target)
        self.path, self.file = self._create()
        leave_to_parent(self.file)
        self._keep_mode_and_owner()

    def _create(self) -> tuple[Path, BinaryIO]:
        try:
            with suppress(FileNotFoundError):
                self._place.lstat()  # the `.part` of a name that is too long may have a shorter one
            for path in _part_paths(self._place):
                # It exists where another process is writing, or a failed cover was kept.
                with suppress(FileExistsError):
                    return path, path.open("x+b")
        except (OSError, ValueError) as error:
            raise SaveError(_unwritable(self.target, error)) from error
        raise AssertionError("there is no last part path")

    def _keep_mode_and_owner(self) -> None:
        if sys.platform == "win32":  # a file that is read-only there could not be removed
            return
        with suppress(OSError):  # there is no such file
            replaced = self._place.stat()
            self.path.chmod(replaced.st_mode & 0o777)
            for owner in ((-1, replaced.st_gid), (replaced.st_uid, -1)):
                with suppress(PermissionError):  # few may give files away
                    os.chown(self.path, *owner)

    def complete(self) -> None:
        """Give the file its own name.

        Raises:
            OSError: What was buffered could not be written, or the name could not be given; without
                ``overwrite`` also where a file of that name has appeared meanwhile.
        """
        self.file.close()
        if self._overwrite:
            self.path.replace(self._place)
        else:
            _rename_without_replacing(self.path, self.target)
        self._settle(self.target)

    def complete_as(self, name: str) -> None:
        """Give the file the name ``name``, or where that is taken the same with a number.

        Raises:
            OSError: What was buffered could not be written, or no name could be given.
        """
        self.file.close()
        for path in _numbered(self.target.with_name(name)):
            with suppress(FileExistsError):
                _rename_without_replacing(self.path, path)
                self._settle(path)
                return

    def _settle(self, path: Path) -> None:
        self.path = path
        self._is_settled = True

    def keep(self) -> None:
        """Close the file and leave it under its ``.part`` name."""
        self._is_settled = True
        with suppress(OSError):  # a full disk: what could be written is there
            self.file.close()

    def discard(self) -> None:
        """Close the file and remove it."""
        self.keep()
        with suppress(OSError):  # its folder may be gone; then so is the file
            self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_settled:
            self.discard()


def _unwritable(target: Path, error: OSError | ValueError) -> str:
    hint = "" if is_folder(target.parent) else "; choose a folder that exists"
    return f"cannot write {shown(target)}: {reason(error)}{hint}"


def left_parts(target: Path) -> list[Path]:
    """The ``.part`` files that earlier attempts at ``target`` left, the latest last."""
    return list(itertools.takewhile(Path.exists, _part_paths(target)))


def _part_paths(target: Path) -> Iterator[Path]:
    """Where a ``.part`` of ``target`` may be: the first of these that is free."""
    for number in itertools.count():
        suffix = f".{number}.part" if number else ".part"
        yield target.with_name(_cut(target.name, MAX_PART_NAME_SIZE - len(suffix)) + suffix)


def _cut(name: str, size: int) -> str:
    """``name``, or as much of it as fits into ``size`` bytes."""
    return os.fsencode(name)[:size].decode(errors="ignore")


def _numbered(path: Path) -> Iterator[Path]:
    """``path``, and then ever further names like it."""
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem} ({number}){path.suffix}")


def _rename_without_replacing(path: Path, target: Path) -> None:
    """Rename a file in one step that fails where another process was quicker.

    Raises:
        FileExistsError: ``target`` is there already.
        OSError: Anything else is in the way.
    """
    try:
        os.link(path, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: a file of our own holds the name meanwhile
        target.touch(exist_ok=False)
        try:
            path.replace(target)
        except OSError:
            target.unlink()
            raise
    else:
        path.unlink()


def _behind_link(path: Path) -> Path:
    """Where a link leads, so that the link stays: ``/dev/stdout`` is one, too."""
    return Path(os.path.realpath(path)) if is_link(path) else path

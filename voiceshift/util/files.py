"""Files written whole or not at all, and names that are safe to give them."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from voiceshift.errors import SaveError
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

__all__ = ["PartFile", "expand_user", "is_file", "is_folder", "left_parts", "safe_name"]

LONGEST_NAME = 120
"""Bytes of a name: leaves room for suffixes in the 255 that common file systems allow."""

WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix."""


class PartFile:
    """A file that has a ``.part`` name until it is complete, and then its own.

    The ``.part`` is created exclusively, so that two processes writing the same target do not write
    into each other's; the one that completes last wins, whole.

    As a context manager it removes an incomplete ``.part`` on leaving, unless :meth:`keep` was
    called.

    Args:
        target: Where the complete file goes; an existing one is replaced.

    Attributes:
        file: Open for writing and reading.
        path: Where the file is now: the ``.part``, or after :meth:`complete` the target.

    Raises:
        SaveError: The target is a folder, or its folder does not exist or cannot be written.
    """

    def __init__(self, target: Path) -> None:
        # Absolute, so that a later change of the working directory does not move it.
        self.target = _absolute(target)
        self._is_settled = False
        if is_folder(self.target):
            raise SaveError(f"{target} is a folder; name a file in it")
        self.path, self.file = self._create()

    def _create(self) -> tuple[Path, BinaryIO]:
        for path in _part_paths(self.target):
            try:
                return path, path.open("x+b")
            except FileExistsError:  # noqa: PERF203 - each path may be taken
                continue  # another process is writing there, or a failed cover was kept
            except OSError as error:
                raise SaveError(
                    f"cannot write into {self.target.parent}: {error.strerror}; choose a folder "
                    "that exists and that you may write into"
                ) from error
            except ValueError as error:
                raise SaveError(f"no file can have the name {path.name!r}: {error}") from error
        raise AssertionError("there is no last part path")

    def complete(self) -> None:
        """Give the file its own name.

        Raises:
            OSError: What was buffered could not be written, or the name could not be given.
        """
        self.file.close()
        self.path = self.path.replace(self.target)
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


def left_parts(target: Path) -> list[Path]:
    """The ``.part`` files that earlier attempts at ``target`` left, the latest last."""
    return list(itertools.takewhile(Path.exists, _part_paths(target)))


def _part_paths(target: Path) -> Iterator[Path]:
    """Where a ``.part`` of ``target`` may be: the first of these that is free."""
    for number in itertools.count():
        extra = f".{number}" if number else ""
        yield target.with_name(f"{target.name}{extra}.part")


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise SaveError("the working directory is not there any more; use a full path") from error


def expand_user(path: str | os.PathLike[str]) -> Path:
    """``path`` with a leading ``~`` or ``~user`` made the home folder, where there is one."""
    # Path.expanduser raises where there is none.
    return Path(os.path.expanduser(path))  # noqa: PTH111


def is_folder(path: Path) -> bool:
    """Whether ``path`` is a folder; any path may be asked for."""
    # Path.is_dir raises where the name is too long.
    return os.path.isdir(path)  # noqa: PTH112


def is_file(name: str) -> bool:
    """Whether ``name`` is the path of a file; any text may be asked for."""
    # Path.is_file raises where the name is too long.
    return os.path.isfile(name)  # noqa: PTH113


def safe_name(title: str, *, fallback: str) -> str:
    """``title`` as a file name on any system: no separators, no device names, not too long.

    Args:
        title: Any text; a service's title is not to be trusted.
        fallback: The name where nothing of the title can be kept.

    Example:
        >>> safe_name("../../etc/passwd", fallback="cover")
        'etc-passwd'
    """
    text = unicodedata.normalize("NFC", title)
    text = re.sub(r'[<>:"/\\|?*]+', "-", one_line(text))
    text = text.encode()[:LONGEST_NAME].decode(errors="ignore").strip(" .-")
    if WINDOWS_DEVICES.fullmatch(text):
        text = f"_{text}"
    return text or fallback

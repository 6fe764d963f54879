"""Files written whole or not at all, and names that are safe to give them."""

from __future__ import annotations

import itertools
import os
import re
import stat
import unicodedata
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from voiceshift.errors import SaveError, SettingsError
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

__all__ = [
    "PartFile",
    "existing_file",
    "existing_folder",
    "expand_user",
    "is_file",
    "is_folder",
    "is_link",
    "is_same_file",
    "is_stream",
    "left_parts",
    "make_folder",
    "names_folder",
    "reading",
    "reason",
    "safe_name",
]

MAX_NAME_SIZE = 120
"""Bytes of a name: leaves room for suffixes in the 255 that common file systems allow."""

WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix."""

SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
"""What a path ends in that names a folder, whether or not it is there."""


class PartFile:
    """A file that has a ``.part`` name until it is complete, and then its own.

    The ``.part`` is created exclusively, so that two processes writing the same target do not write
    into each other's; the one that completes last wins, whole.

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
        self.target = _absolute(target)
        self._overwrite = overwrite
        self._is_settled = False
        if is_folder(self.target):
            raise SaveError(f"{target} is a folder; name a file in it")
        if not overwrite and os.path.lexists(self.target):
            raise SaveError(f"{target} is already there, and overwrite is off; choose another name")
        self._place = _behind_link(self.target)
        self.path, self.file = self._create()

    def _create(self) -> tuple[Path, BinaryIO]:
        for path in _part_paths(self._place):
            try:
                return path, path.open("x+b")
            except FileExistsError:  # noqa: PERF203 - each path may be taken
                continue  # another process is writing there, or a failed cover was kept
            except (OSError, ValueError) as error:
                raise SaveError(_unwritable(self.target, error)) from error
        raise AssertionError("there is no last part path")

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
    return f"cannot write {_shown(target)}: {reason(error)}{hint}"


def left_parts(target: Path) -> list[Path]:
    """The ``.part`` files that earlier attempts at ``target`` left, the latest last."""
    return list(itertools.takewhile(Path.exists, _part_paths(target)))


def _part_paths(target: Path) -> Iterator[Path]:
    """Where a ``.part`` of ``target`` may be: the first of these that is free."""
    for number in itertools.count():
        extra = f".{number}" if number else ""
        yield target.with_name(f"{target.name}{extra}.part")


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


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise SaveError("the working directory is not there any more; use a full path") from error


def expand_user(path: str | os.PathLike[str]) -> Path:
    """``path`` with a leading ``~`` or ``~user`` made the home folder, where there is one."""
    # Path.expanduser raises where there is none.
    try:
        return Path(os.path.expanduser(path))  # noqa: PTH111
    except ValueError:  # a null character in the user's name
        return Path(path)


def is_folder(path: Path) -> bool:
    """Whether ``path`` is a folder; any path may be asked for."""
    # Path.is_dir raises where the name is too long.
    return os.path.isdir(path)  # noqa: PTH112


def names_folder(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a folder, or ends as only the path of one does."""
    text = os.fspath(path)
    return text.endswith(SEPARATORS) or (text != "" and is_folder(expand_user(text)))


def make_folder(path: Path) -> Path:
    """Make the folder where it is missing, and give its path back.

    Raises:
        SaveError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise SaveError(f"cannot make the folder {_shown(path)}: {reason(error)}") from error
    return path


def is_link(path: Path) -> bool:
    """Whether ``path`` is a symbolic link, also one to nowhere; any path may be asked for."""
    # Path.is_symlink raises where the name is too long.
    return os.path.islink(path)  # noqa: PTH114


def is_stream(path: Path) -> bool:
    """Whether ``path`` is a pipe or a device, which can be written to but never replaced."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_same_file(path: Path, other: Path) -> bool:
    """Whether both are the same file, by whatever names or links."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # one of them is not there
        return False


def is_file(path: str | Path) -> bool:
    """Whether ``path`` is that of a file, also with ``~``; any text may be asked for."""
    # Path.is_file raises where the name is too long.
    return os.path.isfile(expand_user(path))  # noqa: PTH113


def existing_folder(path: str | os.PathLike[str], name: str) -> Path:
    """The folder that a user named.

    Args:
        path: What was given.
        name: What it was given for, for the message.

    Raises:
        SettingsError: It is not a folder.
    """
    folder = _expanded(path, name)
    if not is_folder(folder):
        raise _no_such(folder, name, "a folder")
    return folder


def existing_file(path: str | os.PathLike[str], name: str) -> Path:
    """The file that a user named; see :func:`existing_folder`.

    Raises:
        SettingsError: It is not a file.
    """
    file = _expanded(path, name)
    if not is_file(file):
        raise _no_such(file, name, "a file")
    return file


@contextmanager
def reading(path: Path, name: str) -> Iterator[None]:
    """Say what could not be read, and why.

    Raises:
        SettingsError: An :class:`OSError` or :class:`ValueError` came out of the block, such as
            for a null character in the name or text that is not UTF-8.
    """
    try:
        yield
    except SettingsError:
        raise
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot read the {name} {_shown(path)}: {reason(error)}") from error


def reason(error: OSError | ValueError) -> str:
    """Why something could not be done with a file."""
    return getattr(error, "strerror", None) or str(error)


def _expanded(path: str | os.PathLike[str], name: str) -> Path:
    try:
        return expand_user(path)
    except TypeError as error:
        raise SettingsError(f"{name} must be a path, not {path!r}") from error


def _no_such(path: Path, name: str, kind: str) -> SettingsError:
    wrong = f"is not {kind}" if os.path.lexists(path) else "does not exist"
    return SettingsError(f"{name}: {_shown(path)} {wrong}")


def _shown(path: Path) -> str:
    return one_line(str(path))


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
    text = text.encode()[:MAX_NAME_SIZE].decode(errors="ignore").strip(" .-")
    if WINDOWS_DEVICES.fullmatch(text):
        text = f"_{text}"
    return text or fallback

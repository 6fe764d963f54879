"""Paths that users give, what goes wrong with files, and names that any system takes."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voiceshift.errors import SaveError, SettingsError, VoiceShiftError
from voiceshift.util.open_files import ADVICE
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NAME_SIZE = 120
"""Bytes of a name: leaves room for suffixes in the 255 that common file systems allow."""

WINDOWS_DEVICES = re.compile(
    r"(con|conin\$|conout\$|prn|aux|nul|clock\$|(com|lpt)[\d¹²³]) *(\..*)?", re.IGNORECASE
)
"""Names that Windows keeps for devices, with any suffix, also after spaces."""

SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
"""What a path ends in that names a folder, whether or not it is there."""


def check_path(path: object, name: str) -> None:
    """Refuse what is not a path.

    Args:
        path: What was given.
        name: What it was given for, for the message.

    Raises:
        SettingsError: It is neither a text nor a :class:`os.PathLike` of one.
    """
    if not isinstance(path, (str, os.PathLike)) or not isinstance(os.fspath(path), str):
        raise SettingsError(f"{name} must be a path, not {path!r}")


def expand_user(path: str | os.PathLike[str]) -> Path:
    """``path`` with a leading ``~`` or ``~user`` made the home folder, where there is one."""
    # Path.expanduser raises where there is none.
    try:
        return Path(os.path.expanduser(path))  # noqa: PTH111
    except ValueError:  # a null character in the user's name
        return Path(path)


def pasted_path(text: str) -> Path:
    """The path that was pasted: as a ``file:`` URL, in quotes as shells need them, or as it is."""
    if text.lower().startswith("file:"):
        from urllib.request import url2pathname  # slow to import

        return Path(url2pathname(urlsplit(text).path))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" and not is_file(text):
        return expand_user(text[1:-1])
    return expand_user(text)


def absolute(path: Path) -> Path:
    """``path`` from the root of the file system.

    Raises:
        SaveError: It begins in the working directory, and that has been removed.
    """
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise SaveError("the working directory is not there any more; use a full path") from error


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
    with file_errors(SaveError, f"cannot make the folder {shown(path)}"):
        path.mkdir(parents=True, exist_ok=True)
    return path


def make_private_folder(path: Path) -> None:
    """Make the folder where it is missing, for its owner alone; one that is there stays as it is.

    Raises:
        OSError: It cannot be made.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def open_private(path: str, flags: int) -> int:
    """Open a file that only its owner may read; an ``opener`` of :func:`open`."""
    return os.open(path, flags, 0o600)


def sha256_of(*paths: Path) -> str:
    """The SHA-256 hash of the contents of files, one after the other.

    Raises:
        OSError: One cannot be read.
    """
    content = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(2**20):
                content.update(block)
    return content.hexdigest()


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
    # Without Path, whose is_file raises where the name is too long: a song is asked for by a name.
    try:
        return os.path.isfile(os.path.expanduser(path))  # noqa: PTH111, PTH113
    except ValueError:  # a null character in the user's name
        return False


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
def file_errors(kind: type[VoiceShiftError], message: str) -> Iterator[None]:
    """Make one of our errors of what the system says about a file.

    Args:
        kind: The class of the error.
        message: What could not be done; the reason is added.
    """
    try:
        yield
    except VoiceShiftError:  # some are an OSError or a ValueError, too
        raise
    except (OSError, ValueError) as error:  # also a null character in a name, or text not in UTF-8
        raise kind(f"{message}: {reason(error)}") from error


def writing(path: Path) -> AbstractContextManager[None]:
    """Raise :class:`~voiceshift.SaveError` where ``path`` cannot be written."""
    return file_errors(SaveError, f"cannot write {shown(path)}")


def reason(error: OSError | ValueError) -> str:
    """Why something could not be done with a file."""
    words = getattr(error, "strerror", None) or str(error)
    advice = ADVICE.get(getattr(error, "errno", None))
    return f"{words}: {advice}" if advice else words


def _expanded(path: str | os.PathLike[str], name: str) -> Path:
    check_path(path, name)
    return expand_user(path)


def _no_such(path: Path, name: str, kind: str) -> SettingsError:
    wrong = f"is not {kind}" if os.path.lexists(path) else "does not exist"
    return SettingsError(f"{name}: {shown(path)} {wrong}")


def shown(path: Path) -> str:
    """``path`` for a message."""
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

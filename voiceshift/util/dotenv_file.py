"""The ``.env`` file: where it is searched for, and which variables it has."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from voiceshift.util.files import is_file, is_folder, reason, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

logger = logging.getLogger("voiceshift")


@frozen
class DotenvFile:
    """What was found.

    Attributes:
        path: The file; ``None`` where none has any of the variables.
        variables: Those that it has.
        searched: What was found at each place that was looked at, for a message about a variable
            that was at none of them.
    """

    path: Path | None
    variables: Mapping[str, str] = field(repr=False)
    searched: tuple[str, ...]


def find_dotenv(names: Collection[str]) -> DotenvFile:
    """The first ``.env`` that has one of the variables ``names``; ``os.environ`` stays as it is.

    Looked at are those from the working directory upward, then those from the folder of the running
    script upward. One that cannot be read is passed over with a warning. Two are never mixed: the
    token of one could go to the service that the other names.
    """
    searched: dict[Path, str] = {}  # in order, and each once
    for start in _starts():
        paths = _upward(start)
        if not paths:
            searched[start] = f"none from {shown(start)} upward"
        for path in paths:
            if path in searched:
                continue
            text = _read(path)
            what = "cannot be read" if text is None else "has no such variable"
            searched[path] = f"{shown(path)} {what}"
            variables = _parse(text or "")
            if found := {name: text for name in names if (text := variables.get(name))}:
                return DotenvFile(path, found, tuple(searched.values()))
    return DotenvFile(None, {}, tuple(searched.values()))


def _starts() -> Iterator[Path]:
    """The folders from which to search upward."""
    with suppress(OSError):  # it was removed
        yield Path.cwd()
    is_frozen = getattr(sys, "frozen", False)  # by PyInstaller, for one
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if program := sys.executable if is_frozen else script:
        yield Path(os.path.realpath(program)).parent


def _upward(start: Path) -> list[Path]:
    """Every ``.env`` from a folder upward, the nearest first."""
    paths = (folder / ".env" for folder in (start, *start.parents))
    # Path.exists raises where the name is too long.
    return [path for path in paths if os.path.exists(path) and not is_folder(path)]  # noqa: PTH110


def _read(path: Path) -> str | None:
    try:
        if not is_file(path):  # a pipe may have nobody who writes to it
            raise OSError("it is not a regular file")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = "it is not text in UTF-8"
    except OSError as error:
        problem = reason(error)
    logger.warning("cannot read %s: %s; it is passed over", shown(path), problem)
    return None


def _parse(text: str) -> Mapping[str, str | None]:
    from dotenv import dotenv_values

    return dotenv_values(stream=StringIO(text), interpolate=False)

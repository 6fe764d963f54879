"""The folder of a batch: what each cover's file is called, and which are complete.

A file's name is derived from its request alone, so a changed request is another file. It has no
suffix of its own until all of it has arrived: then it is complete, whatever happens.
"""

from __future__ import annotations

import hashlib
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from voiceshift.batch.manifest import Manifest
from voiceshift.batch.outcome import Outcome
from voiceshift.cover import Cover
from voiceshift.errors import SaveError, SettingsError
from voiceshift.files import safe_name
from voiceshift.media import HEAD_SIZE, SUFFIXES, MediaType, recognise
from voiceshift.messages import cover_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.messages import CoverRequest

__all__ = ["CoverFolder", "complete_file", "cover_in", "cover_name", "finish", "make_folder"]

logger = logging.getLogger("voiceshift.batch")

UNNAMED = ".cover"
"""Suffix of a complete file whose content has not told its own suffix yet."""

MANIFEST = "manifest.jsonl"


class CoverFolder:
    """Where a batch writes its covers, and the record of them.

    Args:
        path: The folder.
        manifest: Its record.
    """

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self._path = path
        self._manifest = manifest

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[CoverFolder]:
        """The folder at ``path``, as long as no other batch can write into it.

        Raises:
            SettingsError: Another batch does just now, or nobody can.
        """
        with Manifest(path / MANIFEST) as manifest:
            yield cls(path, manifest)

    def target(self, name: str) -> Path:
        """Where a worker is to write the cover of that name."""
        return self._path / f"{name}{UNNAMED}"

    def completed(self, name: str, request: CoverRequest) -> Outcome | None:
        """The outcome of a request whose cover lies here complete; ``None`` where it does not.

        Raises:
            SaveError: It had to be named, or put on record, and could not be.
        """
        path = complete_file(self.target(name))
        if path is None:
            return None
        details = self._manifest.details(name)
        outcome = Outcome(request, cover_in(path, request, details), resumed=True)
        if not details:  # the run that completed it ended before it could
            self.record(name, outcome)
        return outcome

    def record(self, name: str, outcome: Outcome) -> None:
        """Put on record what became of a request; see :meth:`Manifest.record`."""
        self._manifest.record(name, outcome)

    def tell_what_is_left_over(self) -> None:
        """Log how many covers lie here that no request asked for, as where one was changed."""
        if count := self._manifest.not_asked_for():
            logger.info("%d covers in %s belong to none of these requests", count, self._path)


def make_folder(path: Path) -> Path:
    """Make the folder where it is missing.

    Raises:
        SettingsError: It cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make the folder {path}: {error.strerror}") from error
    return path.absolute()


def cover_name(request: CoverRequest, *, title: str | None = None, version: str = "") -> str:
    """The file's name without suffix: readable, and another one for every other request.

    Args:
        request: What the cover is asked for with.
        title: What to call the song in it; ``None`` takes the request's own words.
        version: What else makes it another cover.
    """
    identity = cover_text(request, "cover") + version
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    readable = safe_name(f"{title or request.song} - {request.voice}", fallback="cover")
    # A dot in a title begins no suffix.
    return f"{readable.replace('.', '_')} {request.pitch:+d} {digest}"


def complete_file(target: Path) -> Path | None:
    """The file that an earlier run completed, with or without its suffix.

    Raises:
        SaveError: It had none yet, and could not be given it.
    """
    if target.exists():  # that run ended between completing the file and giving it its suffix
        return finish(target)
    named = (target.with_suffix(suffix) for suffix in SUFFIXES)
    return next((path for path in named if path.exists()), None)


def finish(target: Path) -> Path:
    """Bring the complete file to the disk, and give it the suffix of its content.

    Raises:
        SaveError: That failed.
    """
    try:
        with target.open("r+b") as file:
            os.fsync(file.fileno())
        return target.replace(target.with_suffix(_media_type(target).suffix))
    except OSError as error:
        raise SaveError(f"cannot write {target}: {error.strerror}") from error


def cover_in(
    path: Path, request: CoverRequest, details: dict[str, Any], *, complete: bool = True
) -> Cover:
    """The cover that lies in a file.

    Args:
        path: The file.
        request: What it was asked for with.
        details: What is known of it beside its content.
        complete: Whether it is the whole cover.
    """
    media_type = _media_type(path)
    return Cover(
        request=request,
        title=details.get("title", request.song),
        segments=details.get("segments", 0),
        size=path.stat().st_size,
        complete=complete,
        elapsed=details.get("elapsed", 0.0),
        media_type=media_type.name,
        suffix=media_type.suffix,
        path=path,
    )


def _media_type(path: Path) -> MediaType:
    with path.open("rb") as file:
        return recognise(file.read(HEAD_SIZE))

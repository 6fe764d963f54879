"""The folder of a batch: its covers' files, and the record of them, for one batch at a time.

A file's name is derived from its request alone, so a changed request is another file. It has no
suffix of its own until all of it has arrived: then it is complete, whatever happens.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from attrs import frozen

from voiceshift.batch.manifest import Manifest
from voiceshift.batch.outcome import Outcome
from voiceshift.cover import Cover
from voiceshift.util.audio_format import HEAD_SIZE, SUFFIXES, MediaType, recognise
from voiceshift.util.files import safe_name, writing
from voiceshift.util.logs import SafeLogger
from voiceshift.util.part_file import left_parts
from voiceshift.util.text import counted, signed
from voiceshift.wire.messages import cover_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.errors import WorkerLost
    from voiceshift.request import CoverRequest

logger = SafeLogger("voiceshift.batch")

MANIFEST = "manifest.jsonl"

UNNAMED = ".cover"
"""Suffix of a complete file that has not been given the suffix of its content yet."""


@frozen
class CoverFolder:
    """Where a batch writes its covers.

    Attributes:
        path: The folder.
        manifest: The record of what became of each request.
    """

    path: Path
    manifest: Manifest

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[CoverFolder]:
        """The folder at ``path``, into which no other batch can write meanwhile.

        Raises:
            SettingsError: Another batch is writing into it, or nobody can.
        """
        with Manifest(path / MANIFEST) as manifest:
            yield cls(path, manifest)

    def target(self, name: str) -> Path:
        """Where a worker is to write the cover of that name."""
        return self.path / f"{name}{UNNAMED}"

    def completed(self, name: str, request: CoverRequest) -> Outcome | None:
        """The outcome of a request whose cover is complete here; ``None`` where it is not.

        Raises:
            SaveError: The file could not be renamed, or the cover not be recorded.
        """
        path = complete_file(self.target(name))
        if path is None:
            return None
        details = self.manifest.details(name)
        outcome = Outcome(request, load_cover(path, request, details), resumed=True)
        if not details:  # the run that completed it ended before it could record it
            self.manifest.record(name, outcome)
        return outcome

    def log_unrequested(self) -> None:
        """Log how many covers here no request asked for, as when one was changed."""
        if count := self.manifest.unrequested():
            verb = "belongs" if count == 1 else "belong"
            covers = counted(count, "cover")
            logger.info("%s in %s %s to none of these requests", covers, self.path, verb)


# ---- the file of one cover


def cover_name(request: CoverRequest, *, title: str | None = None, version: str = "") -> str:
    """The file's name without a suffix: readable, and different for every other request.

    Args:
        request: What is asked for.
        title: What to call the song in it; ``None`` takes the song of the request.
        version: Whatever else makes it another cover.
    """
    identity = cover_text(request, "cover") + version
    digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
    readable = safe_name(f"{title or request.song} - {request.voice}", fallback="cover")
    # A dot in a title begins no suffix.
    return f"{readable.replace('.', '_')} {signed(request.pitch)} {digest}"


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
    """Flush the complete file to the disk, and give it the suffix of its content.

    Raises:
        SaveError: That failed.
    """
    with writing(target):
        with target.open("r+b") as file:
            os.fsync(file.fileno())
        return target.replace(target.with_suffix(_media_type(target).suffix))


def load_cover(
    path: Path, request: CoverRequest, details: dict[str, Any], *, complete: bool = True
) -> Cover:
    """The cover in a file.

    Args:
        path: The file.
        request: What was asked for.
        details: What the record says of it.
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


def attach_partial(error: WorkerLost, target: Path, request: CoverRequest) -> None:
    """Attach to ``error`` what the lost worker had written of ``target``."""
    parts = left_parts(target)
    if parts and parts[-1].stat().st_size:
        error.partial = load_cover(parts[-1], request, {}, complete=False)
        error.args = (f"{error}; what arrived of the cover is kept in {parts[-1]}",)


def _media_type(path: Path) -> MediaType:
    with path.open("rb") as file:
        return recognise(file.read(HEAD_SIZE))

"""The file of one cover: what it is called, whether it is complete, and what is left of it if not.

A file's name is derived from its request alone, so a changed request is another file. It has no
suffix of its own until all of it has arrived: then it is complete, whatever happens.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any

from voiceshift.cover import Cover
from voiceshift.errors import SaveError
from voiceshift.util.audio_format import HEAD_SIZE, SUFFIXES, MediaType, recognise
from voiceshift.util.files import left_parts, safe_name
from voiceshift.wire.messages import cover_text

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.errors import WorkerLost
    from voiceshift.request import CoverRequest

__all__ = ["UNNAMED", "attach_partial", "complete_file", "cover_in", "cover_name", "finish"]

UNNAMED = ".cover"
"""Suffix of a complete file whose content has not told its own suffix yet."""


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


def attach_partial(error: WorkerLost, target: Path, request: CoverRequest) -> None:
    """Hand what a lost worker left of ``target`` to the error that tells of it."""
    parts = left_parts(target)
    if parts and parts[-1].stat().st_size:
        error.partial = cover_in(parts[-1], request, {}, complete=False)
        error.args = (f"{error}; what arrived of the cover is kept in {parts[-1]}",)


def _media_type(path: Path) -> MediaType:
    with path.open("rb") as file:
        return recognise(file.read(HEAD_SIZE))

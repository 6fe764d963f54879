"""What becomes of one request of a batch, and what is told of it in JSON."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from voiceshift.cover import Cover
from voiceshift.errors import VoiceShiftError
from voiceshift.request import CoverRequest
from voiceshift.util.text import one_line


@frozen(repr=False)
class Outcome:
    """What became of one request: a cover or an error.

    Attributes:
        request: What was asked for.
        cover: The cover; ``None`` where it failed.
        error: Why it failed; what had arrived is its ``partial``.
        resumed: Whether the cover lay complete in the folder, so that nothing was asked for.
    """

    request: CoverRequest
    cover: Cover | None = None
    error: VoiceShiftError | None = None
    resumed: bool = False

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """In a notebook the cover's card, or why there is none."""
        if self.cover is None:
            return {"text/plain": one_line(f"{self.request.song}: {self.error}")}
        return self.cover._repr_mimebundle_()

    def __repr__(self) -> str:
        result = repr(self.cover) if self.error is None else f"{type(self.error).__name__}"
        return f"<Outcome of {self.request!r}: {result}{', resumed' if self.resumed else ''}>"


def request_facts(request: CoverRequest) -> dict[str, Any]:
    """What is told of a request in JSON: the options only where they are not the default."""
    facts = {"song": request.song, "voice": request.voice, "pitch": request.pitch}
    return {**facts, "user_id": request.user_id, **request.options}


def cover_facts(cover: Cover) -> dict[str, Any]:
    """What is told of a cover in JSON; where it lies is up to the caller."""
    return {
        "title": cover.title,
        "media_type": cover.media_type,
        "size": cover.size,
        "segments": cover.segments,
        "elapsed": round(cover.elapsed, 3),
    }


def error_facts(error: BaseException) -> dict[str, Any]:
    """What is told of a failure in JSON; ``partial`` is the path of what arrived, or ``None``."""
    partial = error.partial if isinstance(error, VoiceShiftError) else None
    return {
        "error": type(error).__name__,
        "message": str(error),
        "partial": str(partial.path) if partial and partial.path else None,
    }

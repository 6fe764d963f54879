"""Covers to test with, where no service is needed."""

from __future__ import annotations

from typing import Any

from voiceshift.cover import Cover
from voiceshift.request import CoverRequest


def sample_cover(audio: bytes | None = b"OggS sound", **changes: Any) -> Cover:
    """A small complete cover in memory, with the given fields changed."""
    fields: dict[str, Any] = {
        "request": CoverRequest("Amazing Grace", "tenor", pitch=-1),
        "title": "Amazing Grace (tenor, -1)",
        "segments": 2,
        "size": len(audio or b""),
        "complete": True,
        "elapsed": 1.5,
        "media_type": "audio/ogg",
        "suffix": ".ogg",
        "audio": audio,
    }
    return Cover(**fields | changes)

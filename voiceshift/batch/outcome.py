"""What becomes of one request of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from voiceshift.cover import Cover
    from voiceshift.errors import VoiceShiftError
    from voiceshift.request import CoverRequest

__all__ = ["Outcome"]


@frozen
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

"""What a cover's file says of itself: in words, and in a term that machines read."""

from __future__ import annotations

from attrs import field, frozen

from voiceshift.util.text import one_line
from voiceshift.util.version import package_version

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for what was put together from captured and generated elements."""

COMMENT = f"AI-generated: the singing in this recording was made by a machine. {SOURCE_TYPE}"


@frozen
class Marks:
    """The tags of a cover's file. There is always a comment, and it always says the same.

    Attributes:
        title: Of the cover.
        artist: The voice.
    """

    title: str = field(default="", converter=one_line)
    artist: str = field(default="", converter=one_line)

    @property
    def software(self) -> str:
        """What made it."""
        return f"voiceshift {package_version()}"

    @property
    def comment(self) -> str:
        """That the singing was made by a machine."""
        return COMMENT

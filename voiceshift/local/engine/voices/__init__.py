"""Voices to sing in.

Each kind is a package of its own, behind the two protocols here::

    knn  voices learned from recordings, which sing by the nearest sounds of their own
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features
    from voiceshift.local.engine.windows import AnalysedWindow

__all__ = ["Conversion", "Voice"]


class Voice(Protocol):
    """A voice of any kind. It can be pickled."""

    @property
    def name(self) -> str:
        """What covers in this voice are titled with."""
        ...

    def learn_conversion(self, singing: Features) -> Conversion:
        """Learn, once for a song, what leads from the singer to this voice."""
        ...


class Conversion(Protocol):
    """What turns one singer's singing into the voice's. It can be pickled."""

    def sing(self, window: AnalysedWindow, pitch: int) -> Samples:
        """Return the singing of a window in the voice, ``pitch`` octaves away.

        It replaces the vocals of the window: stereo, 44.1 kHz, and as long and as loud as they are.
        """
        ...

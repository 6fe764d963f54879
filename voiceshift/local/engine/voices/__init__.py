"""Voices to sing in.

Each kind is a package of its own, behind the two protocols here::

    knn  voices learned from recordings, which sing by the nearest sounds of their own
    rvc  voices that others have trained, networks that sing what they are told
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features
    from voiceshift.local.engine.windows import AnalysedWindow


class Voice(Protocol):
    """A voice of any kind. It can be pickled."""

    @property
    def name(self) -> str:
        """What covers in this voice are titled with."""
        ...

    @property
    def kind(self) -> str:
        """The package it comes from."""
        ...

    @property
    def median_f0(self) -> float | None:
        """Median of its F0, in hertz; ``None`` where nobody knows."""
        ...

    @property
    def learning_frames(self) -> int:
        """Voiced frames from which a conversion is learned, at least."""
        ...

    @property
    def is_slow(self) -> bool:
        """Whether it sings about as slowly as it is heard, so that the first window is short."""
        ...

    def facts(self) -> dict[str, Any]:
        """Return what is known of it, by name."""
        ...

    def summary(self) -> str:
        """Return what is known of it, in words."""
        ...

    def learn_conversion(self, singing: Features) -> Conversion:
        """Learn, once for a song, what leads from the singer to this voice.

        Raises:
            CoverError: What the voice needs is not there; the message says what to do.
        """
        ...


class Conversion(Protocol):
    """What turns one singer's singing into the voice's. It can be pickled."""

    def sing(self, window: AnalysedWindow, pitch: float) -> Samples:
        """Return the singing of a window in the voice, ``pitch`` octaves away.

        It replaces the vocals of the window: stereo, 44.1 kHz, and as long and as loud as they are.
        """
        ...

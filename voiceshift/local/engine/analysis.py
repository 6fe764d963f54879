"""One window analysed: the vocals in it, and what kind of singing they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, to_mono
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Features

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.windows import Window

__all__ = ["AnalysedWindow", "analyse"]

MIN_VOICED_FRAMES = FRAMES_PER_SECOND // 5
"""Voiced frames below which a window counts as not sung: a few are found in any music."""


@frozen(eq=False)
class AnalysedWindow:
    """A window and the singing in it.

    Attributes:
        window: The song as it is.
        vocals: The vocals in it, stereo, 44.1 kHz.
        vocals_16k: The vocals below 8 kHz, mono, 16 kHz.
        features: Of ``vocals_16k``, without the aperiodicity.
    """

    window: Window
    vocals: Samples
    vocals_16k: Samples
    features: Features

    @property
    def is_sung(self) -> bool:
        """Whether there is a voice to convert."""
        return bool(self.features.voiced.sum() >= MIN_VOICED_FRAMES)


def analyse(window: Window, separate: Separator) -> AnalysedWindow:
    """Separate the vocals of a window, and analyse them."""
    vocals = separate(window.samples, SONG_RATE)
    vocals_16k = resample(to_mono(vocals), SONG_RATE, VOICE_RATE)
    features = vocoder.analyse(vocals_16k, with_aperiodicity=False)
    return AnalysedWindow(window, vocals, vocals_16k, features)

"""What is done to one window of a song, by itself.

These functions may run in another process or on another machine: they, what they are given and what
they return can be pickled, and they depend on nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.limiter import limit
from voiceshift.local.engine.loudness import level
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, to_mono
from voiceshift.local.engine.spectral_filter import filtered
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Features

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.timbre import Colour, Conversion
    from voiceshift.local.engine.windows import Window

__all__ = ["Part", "convert", "finish", "recoloured", "sing", "sung_anew", "take_apart"]

LEAST_SINGING = FRAMES_PER_SECOND // 5
"""Voiced frames below which a window counts as not sung: a few are found in any music."""

BRIGHTNESS = 0.7
"""Share of the singer's own sound above 8 kHz that is kept, where no voice model has any."""


@attrs.frozen(eq=False)
class Part:
    """A window and the singing in it.

    Attributes:
        window: The song as it is.
        vocals: The vocals in it, stereo, 44.1 kHz.
        voice_band: The vocals below 8 kHz, mono, 16 kHz.
        features: The features of ``voice_band``, without its aperiodicity.
    """

    window: Window
    vocals: Samples
    voice_band: Samples
    features: Features

    @property
    def is_sung(self) -> bool:
        """Whether there is a voice to convert."""
        return bool(self.features.voiced.sum() >= LEAST_SINGING)


def take_apart(window: Window, separate: Separator) -> Part:
    """Find the vocals in a window, and analyse them."""
    vocals = separate(window.samples, SONG_RATE)
    voice_band = resample(to_mono(vocals), SONG_RATE, VOICE_RATE)
    return Part(window, vocals, voice_band, vocoder.analyse(voice_band, breath=False))


def convert(
    window: Window | Part, separate: Separator, conversion: Conversion, pitch: int
) -> Window:
    """Put the converted voice in the place of the singer; a window without one stays as it is.

    Args:
        window: A window, or one that was taken apart before.
        separate: Finds the vocals in a window.
        conversion: From the singer to the voice.
        pitch: Octaves by which the voice moves.
    """
    part = window if isinstance(window, Part) else take_apart(window, separate)
    if not part.is_sung:
        return finish(part.window)
    sung = sing(part, conversion.apply(part.features), pitch)
    return finish(attrs.evolve(part.window, samples=part.window.samples - part.vocals + sung))


def finish(window: Window) -> Window:
    """Turn down the peaks that would clip."""
    return attrs.evolve(window, samples=limit(window.samples))


def sing(part: Part, colour: Colour, pitch: int) -> Samples:
    """Return the singing in another colour, ``pitch`` octaves away, stereo at 44.1 kHz."""
    return sung_anew(part, colour, pitch) if pitch else recoloured(part, colour)


def recoloured(part: Part, colour: Colour) -> Samples:
    """Return the singing in another colour, at its own pitch."""
    sung = filtered(part.vocals, colour.gains(part.features), BRIGHTNESS)
    return sung * _change_of_level(to_mono(part.vocals), to_mono(sung), _presence(part))


def sung_anew(part: Part, colour: Colour, pitch: int) -> Samples:
    """Return the singing in another colour, as many octaves away, made of its features."""
    frames = len(part.vocals)
    presence = _presence(part)
    low = resample(part.voice_band, VOICE_RATE, SONG_RATE, frames)
    sung = resample(colour.sing(part.features.f0 * 2.0**pitch), VOICE_RATE, SONG_RATE, frames)
    sung *= _change_of_level(low, sung, presence)
    sung += BRIGHTNESS * (to_mono(part.vocals) - low)
    # Consonants have no pitch that could move; of features they would become plain noise.
    rest = recoloured(part, colour)
    return rest + presence[:, None] * (sung[:, None] - rest)


def _presence(part: Part) -> Samples:
    """Return how much of the voice there is at each sample, 0 to 1, changing within 25 ms."""
    voiced = np.convolve(part.features.voiced, np.full(5, 0.2), mode="same")
    positions = np.arange(len(part.vocals)) * (FRAMES_PER_SECOND / SONG_RATE)
    return np.asarray(np.interp(positions, np.arange(len(voiced)), voiced), np.float32)


def _change_of_level(before: Samples, after: Samples, weights: Samples) -> np.float32:
    """Return the factor that makes what is after as loud as what was before."""
    return np.float32(level(weights * before) / max(level(weights * after), 1e-9))

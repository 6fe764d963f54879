"""A cover from beginning to end, one window of the song at a time."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.audio import SONG_RATE, VOICE_RATE, mono, read_blocks, resample
from voiceshift.local.engine.conversion import Conversion
from voiceshift.local.engine.encoding import VorbisStream
from voiceshift.local.engine.limiter import limit
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Features
from voiceshift.local.engine.windows import Window, cut, join

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from voiceshift.local.engine.audio import Samples
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voice import Voice

__all__ = ["cover"]

ENOUGH_SINGING = 5 * FRAMES_PER_SECOND
"""Voiced frames from which the singer is learned."""

LONGEST_WAIT = 3
"""Sung windows after which the singer is learned from what there is."""

LEAST_SINGING = FRAMES_PER_SECOND // 5
"""Voiced frames below which a window counts as not sung: a few are found in any music."""

BRIGHTNESS = 0.7
"""Share of the singer's own sound above 8 kHz that is kept, where the vocoder has none."""


@attrs.frozen(eq=False)
class _Part:
    """A window and the singing in it.

    Attributes:
        window: The song as it is.
        vocals: The vocals in it, stereo, 44.1 kHz.
        voice_band: The vocals below 8 kHz, mono, 16 kHz.
        features: The features of ``voice_band``.
    """

    window: Window
    vocals: Samples
    voice_band: Samples
    features: Features

    @property
    def is_sung(self) -> bool:
        return bool(self.features.voiced.sum() >= LEAST_SINGING)


def cover(
    song: Path,
    voice: Voice,
    pitch: int,
    *,
    separate: Separator,
    max_duration: float | None = None,
) -> Generator[bytes, None, None]:
    """Make one cover; see :meth:`voiceshift.local.engine.Engine.cover`."""
    stream = VorbisStream()
    blocks = read_blocks(song, SONG_RATE, max_duration)
    parts = (_take_apart(window, separate) for window in cut(blocks))
    for samples in join(_converted(parts, voice, pitch)):
        if chunk := stream.encode(samples):
            yield chunk
    yield stream.finish()


def _take_apart(window: Window, separate: Separator) -> _Part:
    vocals = separate(window.samples, SONG_RATE)
    voice_band = resample(mono(vocals), SONG_RATE, VOICE_RATE)
    return _Part(window, vocals, voice_band, vocoder.analyse(voice_band))


def _converted(parts: Iterator[_Part], voice: Voice, pitch: int) -> Iterator[Window]:
    """Convert what is sung; what is not goes on as it is, but for peaks that would clip."""
    opening: list[_Part] = []
    for part in parts:
        if not opening and not part.is_sung:
            yield _limited(part.window)  # an instrumental beginning need not wait for the singer
            continue
        opening.append(part)
        if _is_enough(opening):
            break
    if not opening:
        return
    conversion = Conversion.learn(_joined(opening), voice)
    for part in chain(opening, parts):
        window = _convert(part, conversion, pitch) if part.is_sung else part.window
        yield _limited(window)


def _limited(window: Window) -> Window:
    return attrs.evolve(window, samples=limit(window.samples))


def _is_enough(parts: Sequence[_Part]) -> bool:
    frames = sum(part.features.voiced.sum() for part in parts)
    return bool(frames >= ENOUGH_SINGING) or len(parts) >= LONGEST_WAIT


def _joined(parts: Iterable[_Part]) -> Features:
    return vocoder.concatenate([part.features for part in parts])


def _convert(part: _Part, conversion: Conversion, pitch: int) -> Window:
    """Put the converted voice in the place of the singer, wherever there is one."""
    original = part.window.samples
    frames = len(original)
    presence = _presence(part.features, frames)
    low = resample(part.voice_band, VOICE_RATE, SONG_RATE, frames)
    sung = resample(conversion.sing(part.features, pitch), VOICE_RATE, SONG_RATE, frames)
    sung *= _level(low, presence) / max(_level(sung, presence), 1e-9)
    sung += BRIGHTNESS * (mono(part.vocals) - low)
    samples = original + presence[:, None] * (sung[:, None] - part.vocals)
    return attrs.evolve(part.window, samples=samples)


def _presence(features: Features, frames: int) -> Samples:
    """Return how much of the voice there is at each sample, 0 to 1, changing within 25 ms.

    Consonants and drums are noise to the vocoder: there the song itself sounds better.
    """
    voiced = np.convolve(features.voiced, np.full(5, 0.2), mode="same")
    positions = np.arange(frames) * (FRAMES_PER_SECOND / SONG_RATE)
    return np.asarray(np.interp(positions, np.arange(len(voiced)), voiced), np.float32)


def _level(samples: Samples, weights: Samples) -> float:
    """Return the root mean square of the weighted samples."""
    return float(np.sqrt(np.mean(np.square(weights * samples, dtype=np.float64))))

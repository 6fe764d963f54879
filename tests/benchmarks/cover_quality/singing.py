"""Speech made to sing: a known melody in the place of its own, by the WORLD vocoder.

So the true pitch of every frame is known. It flatters an engine that uses the same vocoder: such a
voice has lost already what WORLD cannot carry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyworld
from attrs import frozen

from voiceshift.local.engine.f0 import LEVEL, MIN_F0, estimate_f0
from voiceshift.local.engine.samples import VOICE_RATE

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.metrics import Pitches
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.voices.knn.voice import Voice

FRAME = 0.005
"""Seconds from one pitch to the next."""

TUNE = (0, 4, 7, 4, 2, 5, 9, 7, 4, 0, -3, 2, 4, 5, 2, -1, 0)
"""Semitones above the tonic, over and over; a prime number of them, so that words meet others."""

NOTE_SECONDS = 0.45
GLIDE_SECONDS = 0.08
CONFIDENCE = 0.3  # of the pitch detector, from which on speech is sung
VIBRATO = 0.25  # semitones, at 5.5 Hz
LOUDNESS = 0.1  # root mean square


@frozen(eq=False)
class Singing:
    """A voice that sings a known melody.

    Attributes:
        samples: Mono at 16 kHz.
        pitches: The true pitch every 5 ms, in hertz, 0 where there is no voice.
        tonic: The pitch the tune is built on, in hertz: the middle of how the voice speaks.
    """

    samples: Samples
    pitches: Pitches
    tonic: float

    def octaves_to(self, voice: Voice) -> int:
        """Return the pitch at which a cover by ``voice`` is nearest to where that speaks itself."""
        spoken = voice.features.f0[voice.features.voiced]
        return round(float(np.log2(np.median(spoken) / self.tonic)))


def frame_times(samples: Samples, rate: int) -> Pitches:
    """Return the times of the frames in ``samples``, in seconds."""
    return np.arange(0, len(samples) / rate, FRAME)


def sing(speech: Samples, octaves: int = 0) -> Singing:
    """Let ``speech`` (mono, 16 kHz) sing the tune, in its own range or ``octaves`` above that."""
    signal = speech.astype(np.float64)
    times = frame_times(speech, VOICE_RATE)
    spoken = estimate_f0(speech, times, CONFIDENCE, level=LEVEL)
    size = pyworld.get_cheaptrick_fft_size(VOICE_RATE, MIN_F0)
    envelope = pyworld.cheaptrick(signal, spoken, times, VOICE_RATE, fft_size=size)
    breath = pyworld.d4c(signal, spoken, times, VOICE_RATE, fft_size=size)
    tonic = float(np.median(spoken[spoken > 0])) * 2.0**octaves
    pitches = np.where(spoken > 0, tonic * 2 ** (_tune(times) / 12), 0.0)
    sound = pyworld.synthesize(pitches, envelope, breath, VOICE_RATE, FRAME * 1000)[: len(speech)]
    loudness = LOUDNESS / np.sqrt(np.mean(np.square(sound)))
    return Singing(np.asarray(sound * loudness, np.float32), pitches, tonic)


def _tune(times: Pitches) -> Pitches:
    """Return the melody in semitones above its tonic at ``times``."""
    notes = np.array(TUNE, float)[(times / NOTE_SECONDS).astype(int) % len(TUNE)]
    glide = np.hanning(round(GLIDE_SECONDS / FRAME) | 1)
    half = len(glide) // 2
    smooth = np.convolve(np.pad(notes, half, mode="edge"), glide / glide.sum(), mode="valid")
    return np.asarray(smooth + VIBRATO * np.sin(2 * np.pi * 5.5 * times))

"""One singer's tone colour moved to another's.

Three steps. The spectrum is stretched along the frequency axis, as another vocal tract would do it;
every mel-cepstral coefficient gets the mean and the spread it has in the target voice; and what is
now near to the voice is mixed from the voice's own sounds. All of it is learned once for a song:
learned anew in every window, the singer would change at the seams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.knn import Sounds
from voiceshift.local.engine.loudness import hearing
from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.vtln import find_warp, warped

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.voice import Voice

__all__ = ["Colour", "Conversion"]

SHARE = 0.85
"""Share of the voice's own sounds in the result. The rest is the singer's, with the voice's mean
and spread, and keeps words understood where the voice has no such sound."""

SPREAD_LIMITS = (0.5, 4.0)
"""How far a spread is changed; beyond, it is noise that grows."""

EMPHASIS = 1.2
"""Spread of the result over that of the voice. Held notes change less than speech does, and with
the voice's own spread they are paler than it. More than this costs words."""

SLOPE = slice(0, 3)
"""Coefficients that stand for the loudness and the slope of the spectrum, and are not emphasised:
notes would lose their lowest harmonics, and be taken for noise."""

MOST_GAIN = 10 ** (18 / 20)
"""By how much a frequency is made louder, or less loud, at most, as a factor of amplitude: 18 dB.
What is fainter beside a singer than that is mostly a rest of the accompaniment."""

SMOOTHING = np.exp(-0.5 * np.arange(-3, 4) ** 2)
"""Weights of neighbouring frames: a Gaussian of one frame, against jumps between sounds."""


@attrs.frozen(eq=False)
class Colour:
    """How singing is to sound, frame by frame, whatever its pitch.

    Attributes:
        envelope: Power spectra ``(frames, bins)``.
        aperiodicity: As in :class:`~voiceshift.local.engine.vocoder.Features`.
    """

    envelope: Frames
    aperiodicity: Frames

    def gains(self, features: Features) -> Frames:
        """Return how loud each frequency of the singing is to be made, to give it this colour.

        Args:
            features: Of the singing.

        Returns:
            Factors of amplitude ``(frames, bins)``.
        """
        factors = np.sqrt(self.envelope / vocoder.decode(features.cepstra))
        return np.clip(factors, 1 / MOST_GAIN, MOST_GAIN)

    def sing(self, f0: Frames) -> Samples:
        """Return the sound of this colour at another pitch, mono at 16 kHz.

        Args:
            f0: Fundamental frequencies ``(frames,)`` in hertz, 0 in unvoiced frames.
        """
        return vocoder.synthesise(f0, self.envelope, self.aperiodicity)


@attrs.frozen(eq=False)
class Conversion:
    """What turns one singer's singing into the target voice's.

    It can be pickled, so that the stretches of a song can be worked on in several processes.

    Attributes:
        warp: Factor by which frequencies are stretched; above 1 formants rise.
        source_mean: Mean of the singer's mel-cepstra after the warp, ``(40,)``.
        target_mean: Mean of the target's mel-cepstra, ``(40,)``.
        spread: The target's standard deviation over the singer's, ``(40,)``.
        sounds: The target's own sounds.
        mixed_mean: Mean of what is mixed from them, ``(40,)``.
        restoration: Factor that gives what is mixed its spread, ``(40,)``: means of several sounds
            lie closer together than the sounds do.
    """

    warp: float
    source_mean: Frames
    target_mean: Frames
    spread: Frames
    sounds: Sounds
    mixed_mean: Frames = attrs.field(factory=lambda: np.zeros(vocoder.COEFFICIENTS))
    restoration: Frames = attrs.field(factory=lambda: np.ones(vocoder.COEFFICIENTS))

    @classmethod
    def learn(cls, source: Features, voice: Voice) -> Conversion:
        """Learn the way from the ``source`` singer to the ``voice``.

        Args:
            source: Features of what is sung; ten seconds of it are enough, one voiced frame is the
                least.
            voice: The voice to sing in.
        """
        singing, speaking = _clear_frames(source), _clear_frames(voice.features)
        warp = find_warp(singing, speaking)
        singing = warped(singing, warp)
        target_spread = speaking.std(axis=0)
        conversion = cls(
            warp=warp,
            source_mean=singing.mean(axis=0),
            target_mean=speaking.mean(axis=0),
            spread=_ratio(target_spread, singing.std(axis=0)),
            sounds=Sounds.of(voice.features, target_spread),
        )
        mixed = conversion._mixed(source)[0][source.voiced]
        emphasised = EMPHASIS * target_spread
        emphasised[SLOPE] = target_spread[SLOPE]
        return attrs.evolve(
            conversion,
            mixed_mean=mixed.mean(axis=0),
            restoration=_ratio(emphasised, mixed.std(axis=0)),
        )

    def apply(self, features: Features) -> Colour:
        """Return the converted colour of any stretch of the song.

        Every frame stays as loud as it was to ears.
        """
        cepstra, aperiodicity = self._mixed(features)
        restored = (cepstra - self.mixed_mean) * self.restoration + self.mixed_mean
        cepstra = np.where(features.voiced[:, None], restored, cepstra)
        # The first coefficient is the mean of the log spectrum. Keeping that alone makes a spectrum
        # with other peaks up to hundreds of times louder: loudness is the sum of what is heard.
        cepstra[:, 0] = features.cepstra[:, 0]
        envelope = vocoder.decode(cepstra)
        before, after = _loudness(vocoder.decode(features.cepstra)), _loudness(envelope)
        return Colour(envelope * (before / after)[:, None], aperiodicity)

    def _mixed(self, features: Features) -> tuple[Frames, Frames]:
        """Return mel-cepstra and aperiodicity mixed from the voice's own sounds."""
        near = warped(features.cepstra, self.warp)
        near = (near - self.source_mean) * self.spread + self.target_mean
        own, aperiodicity, found = self.sounds.nearest(near, features.voiced)
        mixed = np.where(found[:, None], SHARE * own + (1 - SHARE) * near, near)
        return _smoothed(mixed), np.where(found[:, None], aperiodicity, features.aperiodicity)


def _clear_frames(features: Features) -> Frames:
    """Return the mel-cepstra of the voiced frames that are not faint."""
    cepstra = features.cepstra[features.voiced]
    loudness = cepstra[:, 0]
    faint, loud = np.percentile(loudness, [2, 97])
    return np.asarray(cepstra[loudness >= loud - 0.6 * (loud - faint)])


def _loudness(envelope: Frames) -> Frames:
    """Return the power of each of the spectra, weighted as it is heard."""
    frequencies = np.linspace(0, VOICE_RATE / 2, envelope.shape[1])
    return np.asarray(envelope @ hearing(frequencies))


def _ratio(target: Frames, source: Frames) -> Frames:
    """Return the factor from one spread to another, within limits."""
    return np.clip(target / np.maximum(source, 1e-6), *SPREAD_LIMITS)


def _smoothed(frames: Frames) -> Frames:
    """Return ``frames`` without the jumps from one to the next."""
    reach = len(SMOOTHING) // 2
    padded = np.pad(frames, ((reach, reach), (0, 0)), mode="edge")
    parts = [weight * padded[i : i + len(frames)] for i, weight in enumerate(SMOOTHING)]
    return np.asarray(sum(parts) / SMOOTHING.sum())

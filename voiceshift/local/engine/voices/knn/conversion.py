"""One singer's timbre moved to that of a voice.

Three steps. The spectrum is stretched along the frequency axis, as another vocal tract would do it;
every mel-cepstral coefficient gets the mean and standard deviation that it has in the voice; and
the result, now near to the voice, is matched with the voice's own frames. All of it is learned once
for a song: learned again in every window, the singer would change where they meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, field, frozen

from voiceshift.local.engine import vocoder
from voiceshift.local.engine.loudness import a_weighting
from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.voices.knn.matching import MatchingSet
from voiceshift.local.engine.voices.knn.timbre import TargetTimbre, resynthesise, sing
from voiceshift.local.engine.voices.knn.vtln import apply_warp, find_warp

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.windows import AnalysedWindow

KNN_WEIGHT = 0.85
"""Weight of the voice's own frames in the result. The rest is the singer's, with the voice's mean
and standard deviation; it keeps words understood where the voice has no such sound."""

STD_RATIO_LIMITS = (0.5, 4.0)
"""How far a standard deviation is changed; beyond, it is noise that grows."""

GV_EMPHASIS = 1.2
"""Standard deviation of the result over that of the voice (its global variance, in the literature).
Held notes change less than speech does, and with the voice's own they are paler than it. More than
this costs words."""

SPECTRAL_TILT = slice(0, 3)
"""Coefficients that stand for the loudness and the slope of the spectrum, and are not emphasised:
notes would lose their lowest harmonics, and be taken for noise."""

SMOOTHING = np.exp(-0.5 * np.arange(-3, 4) ** 2)
"""Weights of neighbouring frames: a Gaussian of one frame, against jumps between sounds."""


MAX_SHIFTED_F0 = 700.0
"""Median F0 up to which singing is moved higher by its own sound, in hertz. Where only every second
of a high voice's few harmonics is left, a synthesised voice is nearer to the target: by 0.05 at
800 Hz."""


@frozen(eq=False)
class Conversion:
    """What turns one singer's singing into the voice's; see :mod:`voiceshift.local.engine.voices`.

    Attributes:
        warp: Factor by which frequencies are stretched; above 1 formants rise.
        source_f0: Median F0 of the singer, in hertz.
        source_mean: Mean of the singer's mel-cepstra after the warp, ``(40,)``.
        target_mean: Mean of the voice's mel-cepstra, ``(40,)``.
        std_ratio: The voice's standard deviation over the singer's, ``(40,)``.
        matching_set: The voice's own frames.
        matched_mean: Mean of the matched mel-cepstra, ``(40,)``.
        variance_compensation: Factor that gives matched mel-cepstra their standard deviation,
            ``(40,)``: means of several frames lie closer together than the frames do.
    """

    warp: float
    source_f0: float
    source_mean: Frames
    target_mean: Frames
    std_ratio: Frames
    matching_set: MatchingSet
    matched_mean: Frames = field(factory=lambda: np.zeros(vocoder.COEFFICIENTS))
    variance_compensation: Frames = field(factory=lambda: np.ones(vocoder.COEFFICIENTS))

    @classmethod
    def learn(cls, source: Features, target: Features) -> Conversion:
        """Learn the way from a singer to a voice.

        Args:
            source: Features of what is sung; ten seconds are enough, one voiced frame is needed.
            target: Features of the voice.
        """
        singing, speaking = _clear_frames(source), _clear_frames(target)
        warp = find_warp(singing, speaking)
        singing = apply_warp(singing, warp)
        target_std = speaking.std(axis=0)
        conversion = cls(
            warp=warp,
            source_f0=float(np.median(source.f0[source.voiced])),
            source_mean=singing.mean(axis=0),
            target_mean=speaking.mean(axis=0),
            std_ratio=_limited_ratio(target_std, singing.std(axis=0)),
            matching_set=MatchingSet.of(target, target_std),
        )
        matched = conversion._matched(source)[0][source.voiced]
        emphasised = GV_EMPHASIS * target_std
        emphasised[SPECTRAL_TILT] = target_std[SPECTRAL_TILT]
        return evolve(
            conversion,
            matched_mean=matched.mean(axis=0),
            variance_compensation=_limited_ratio(emphasised, matched.std(axis=0)),
        )

    def sing(self, window: AnalysedWindow, pitch: float) -> Samples:
        """See :meth:`voiceshift.local.engine.voices.Conversion.sing`."""
        timbre = self.apply(window.features)
        if pitch > 0 and self.source_f0 * 2.0**pitch > MAX_SHIFTED_F0:
            return resynthesise(window, timbre, pitch)
        return sing(window, timbre, pitch)

    def apply(self, features: Features) -> TargetTimbre:
        """Return the timbre of any part of the song; every frame sounds as loud as before."""
        cepstra, aperiodicity = self._matched(features)
        compensated = (cepstra - self.matched_mean) * self.variance_compensation + self.matched_mean
        cepstra = np.where(features.voiced[:, None], compensated, cepstra)
        # The first coefficient is the mean of the log spectrum. Keeping that alone makes a spectrum
        # with other peaks up to hundreds of times louder: loudness is the sum of what is heard.
        cepstra[:, 0] = features.cepstra[:, 0]
        envelope = vocoder.to_envelope(cepstra)
        before = _a_weighted_power(vocoder.to_envelope(features.cepstra))
        gain = before / _a_weighted_power(envelope)
        return TargetTimbre(envelope * gain[:, None], aperiodicity)

    def _matched(self, features: Features) -> tuple[Frames, Frames]:
        """Return mel-cepstra and aperiodicity matched with the voice's own frames."""
        near = apply_warp(features.cepstra, self.warp)
        near = (near - self.source_mean) * self.std_ratio + self.target_mean
        own, aperiodicity, has_match = self.matching_set.match(near, features.voiced)
        has_match = has_match[:, None]
        mixed = np.where(has_match, KNN_WEIGHT * own + (1 - KNN_WEIGHT) * near, near)
        return _smoothed(mixed), np.where(has_match, aperiodicity, features.aperiodicity)


def _clear_frames(features: Features) -> Frames:
    """Return the mel-cepstra of the voiced frames that are not faint."""
    cepstra = features.cepstra[features.voiced]
    loudness = cepstra[:, 0]
    faint, loud = np.percentile(loudness, [2, 97])
    return np.asarray(cepstra[loudness >= loud - 0.6 * (loud - faint)])


def _a_weighted_power(envelope: Frames) -> Frames:
    frequencies = np.linspace(0, VOICE_RATE / 2, envelope.shape[1])
    return np.asarray(envelope @ a_weighting(frequencies))


def _limited_ratio(target_std: Frames, source_std: Frames) -> Frames:
    return np.clip(target_std / np.maximum(source_std, 1e-6), *STD_RATIO_LIMITS)


def _smoothed(frames: Frames) -> Frames:
    """Return ``frames`` without the jumps from one to the next."""
    reach = len(SMOOTHING) // 2
    padded = np.pad(frames, ((reach, reach), (0, 0)), mode="edge")
    parts = [weight * padded[i : i + len(frames)] for i, weight in enumerate(SMOOTHING)]
    return np.asarray(sum(parts) / SMOOTHING.sum())

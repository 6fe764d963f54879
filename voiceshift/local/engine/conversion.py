"""One singer's tone colour moved to another's.

Two steps. The spectrum is stretched along the frequency axis, as a longer or shorter vocal tract
would do it; then every mel-cepstral coefficient gets the mean and the spread it has in the target
voice. Both are learned once for a song and hold for all of it: learned anew in every window, the
singer would change at the seams.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from voiceshift.local.engine import vocoder

if TYPE_CHECKING:
    from voiceshift.local.engine.audio import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.voice import Voice

__all__ = ["Conversion"]

WARPS = np.arange(0.82, 1.23, 0.04)
"""Vocal tract ratios that are tried: from a child's to a bass's, and the other way round."""

SOURCE_FRAMES, TARGET_FRAMES = 400, 2000
"""Frames that are compared in search of the warp; time grows by the product of both."""

COMPARED = slice(1, 20)
"""Coefficients that are compared: neither the loudness nor the fine detail."""

SPREAD_LIMITS = (0.7, 1.25)
"""How far the spread of a coefficient may be changed. Speech changes its sounds faster than singing
holds them; its spread, given to held vowels in full, carries them beyond any sound of the voice."""


@attrs.frozen(eq=False)
class Conversion:
    """What turns one singer's singing into the target voice's.

    It can be pickled, so that the stretches of a song can be worked on in several processes.

    Attributes:
        warp: Factor by which frequencies are stretched; above 1 formants rise.
        source_mean: Mean of the singer's mel-cepstra after the warp, ``(40,)``.
        target_mean: Mean of the target's mel-cepstra, ``(40,)``.
        spread: The target's standard deviation over the singer's, ``(40,)``.
    """

    warp: float
    source_mean: Frames
    target_mean: Frames
    spread: Frames

    @classmethod
    def learn(cls, source: Features, voice: Voice) -> Conversion:
        """Learn the way from the ``source`` singer to the ``voice``.

        Args:
            source: Features of what is sung; ten seconds of it are enough, one voiced frame is the
                least.
            voice: The voice to sing in.
        """
        singing, speaking = _clear_frames(source), _clear_frames(voice.features)
        warp = _find_warp(singing, speaking)
        singing = _warped(singing, warp)
        spread = speaking.std(axis=0) / np.maximum(singing.std(axis=0), 1e-6)
        return cls(
            warp=warp,
            source_mean=singing.mean(axis=0),
            target_mean=speaking.mean(axis=0),
            spread=np.clip(spread, *SPREAD_LIMITS),
        )

    def sing(self, features: Features, pitch: int) -> Samples:
        """Return the sound of ``features`` in the voice's tone colour, mono at 16 kHz.

        Args:
            features: Some of the singer's singing, any stretch of the song.
            pitch: Octaves by which the melody moves.
        """
        envelope = self.apply(features.cepstra)
        return vocoder.synthesise(features.f0 * 2.0**pitch, envelope, features.aperiodicity)

    def apply(self, cepstra: Frames) -> Frames:
        """Return the converted power spectra ``(frames, bins)``, each as loud as it was."""
        converted = _warped(cepstra, self.warp)
        converted = (converted - self.source_mean) * self.spread + self.target_mean
        # The first coefficient is the mean of the log spectrum. Keeping that alone makes a spectrum
        # with other peaks up to hundreds of times louder: loudness is the mean of the power.
        converted[:, 0] = cepstra[:, 0]
        envelope = vocoder.decode(converted)
        before, after = vocoder.decode(cepstra).mean(axis=1), envelope.mean(axis=1)
        return np.asarray(envelope * (before / after)[:, None])


def _clear_frames(features: Features) -> Frames:
    """Return the mel-cepstra of the voiced frames that are not faint."""
    cepstra = features.cepstra[features.voiced]
    loudness = cepstra[:, 0]
    faint, loud = np.percentile(loudness, [2, 97])
    return np.asarray(cepstra[loudness >= loud - 0.6 * (loud - faint)])


def _find_warp(source: Frames, target: Frames) -> float:
    """Return the warp after which frames of the source lie closest to some frame of the target."""
    source, target = _thinned(source, SOURCE_FRAMES), _thinned(target, TARGET_FRAMES)
    distances = [_mean_nearest_distance(_warped(source, warp), target) for warp in WARPS]
    return float(WARPS[np.argmin(distances)])


def _thinned(frames: Frames, count: int) -> Frames:
    """Return at most ``count`` frames, evenly spread."""
    if len(frames) <= count:
        return frames
    return np.asarray(frames[np.linspace(0, len(frames) - 1, count).astype(int)])


def _mean_nearest_distance(source: Frames, target: Frames) -> float:
    a, b = source[:, COMPARED], target[:, COMPARED]
    # |a - b|² = |a|² - 2ab + |b|²: one matrix product in place of a large table of differences.
    squared = (a**2).sum(axis=1)[:, None] - 2 * a @ b.T + (b**2).sum(axis=1)
    return float(np.sqrt(np.maximum(squared.min(axis=1), 0)).mean())


def _warped(cepstra: Frames, warp: float) -> Frames:
    """Return mel-cepstra of the envelopes stretched along the linear frequency axis."""
    log_envelope = np.log(vocoder.decode(cepstra))
    bins = log_envelope.shape[1]
    position = np.minimum(np.arange(bins) / warp, bins - 1)
    below = np.minimum(position.astype(int), bins - 2)
    share = position - below
    stretched = (1 - share) * log_envelope[:, below] + share * log_envelope[:, below + 1]
    return vocoder.encode(np.exp(stretched))

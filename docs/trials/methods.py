"""Steps of the conversion done in another way than the engine does them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from attrs import AttrsInstance, asdict, evolve, field, frozen

from tests.benchmarks.cover_quality.covers import written
from voiceshift.local.engine import stft, vocoder
from voiceshift.local.engine.downmix import downmix
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, rms
from voiceshift.local.engine.voices.knn.conversion import Conversion
from voiceshift.local.engine.voices.knn.timbre import TargetTimbre, filter_vocals, resynthesise
from voiceshift.local.engine.voices.knn.voice import Voice
from voiceshift.local.engine.voices.knn.vtln import apply_warp
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    import numpy.typing as npt

    from tests.benchmarks.cover_quality.material import Speaker
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.windows import AnalysedWindow

Anything = TypeVar("Anything")


def as_it_is(thing: Anything) -> Anything:
    """Leave out a step."""
    return thing


# ---- what is done to the vocals before they are converted

LATE = 4
"""Spectra, of 23 ms, after which an echo counts as late."""

FADING = 10 ** (-6 * LATE * stft.HOP / SONG_RATE / 0.6)
"""Share of the power that is left of an echo then, in a room where it falls by 60 dB in 0.6 s."""

KEPT = 0.1
"""Share of the amplitude that is kept of whatever is taken away."""


def analysed_again(window: AnalysedWindow) -> AnalysedWindow:
    """Analyse the vocals, by an engine that may be another than the one that did it before."""
    level = rms(window.window.samples)
    return evolve(window, features=vocoder.analyse(window.vocals_16k, level=level))


def drier(window: AnalysedWindow) -> AnalysedWindow:
    """Leave the late echoes of the vocals in the accompaniment (Lebart and others 2001)."""
    spectra = stft.analyse(window.vocals)
    power = np.square(np.abs(spectra))
    late = FADING * np.pad(power, ((0, 0), (LATE, 0), (0, 0)))[:, :-LATE]
    gain = np.maximum(1 - np.sqrt(late / np.maximum(power, 1e-12)), KEPT)
    return _with_vocals(window, stft.synthesise(spectra * gain, len(window.vocals)))


def gated(window: AnalysedWindow) -> AnalysedWindow:
    """Leave in the accompaniment what is 40 dB below the loudest of its moment."""
    spectra = stft.analyse(window.vocals)
    loudness = np.abs(spectra)
    faint = loudness < 0.01 * loudness.max(axis=(0, 2), keepdims=True)
    return _with_vocals(
        window, stft.synthesise(np.where(faint, KEPT * spectra, spectra), len(window.vocals))
    )


def without_echoes(window: AnalysedWindow) -> AnalysedWindow:
    """Take the late echoes of the vocals out of the song."""
    return _without(window, window.vocals - (dry := drier(window)).vocals, dry)


def without_residue(window: AnalysedWindow) -> AnalysedWindow:
    """Take out of the accompaniment what a second separation finds of the singer in it."""
    music = window.window.samples - window.vocals
    return _without(window, load_separator()(music, SONG_RATE), window)


def separated_twice(window: AnalysedWindow) -> AnalysedWindow:
    """Add to the vocals what a second separation finds of the singer in the accompaniment."""
    music = window.window.samples - window.vocals
    return _with_vocals(window, window.vocals + load_separator()(music, SONG_RATE))


def _with_vocals(window: AnalysedWindow, vocals: Samples) -> AnalysedWindow:
    vocals_16k = resample(downmix(vocals), SONG_RATE, VOICE_RATE)
    return analysed_again(evolve(window, vocals=vocals, vocals_16k=vocals_16k))


def _without(window: AnalysedWindow, sound: Samples, rest: AnalysedWindow) -> AnalysedWindow:
    song = evolve(window.window, samples=window.window.samples - sound)
    return evolve(rest, window=song)


# ---- what is voiced


def pitches_in_runs(
    samples: Samples,
    times: npt.NDArray[np.float64],
    level: float | None,
    *,
    least: float,
    surest: float,
) -> npt.NDArray[np.float64]:
    """Estimate the F0; voiced are runs of frames some of which are surer than the others."""
    likely, sure = (estimate_f0(samples, times, each, level) for each in (least, surest))
    edges = np.flatnonzero(np.diff(likely > 0, prepend=False, append=False))
    for start, end in edges.reshape(-1, 2):
        if not sure[start:end].any():
            likely[start:end] = 0
    return likely


# ---- how a voice is learned


@cache
def learned_from(speaker: Speaker, seconds: float) -> Voice:
    """Learn the voice from more or less of its speaker than a minute."""
    with written(speaker.speech(0, seconds), VOICE_RATE) as path:
        return Voice.from_recordings(speaker.name, [path])


def learned_anew(speaker: Speaker) -> Voice:
    """Learn the voice by an engine that analyses in another way."""
    with written(speaker.speech(0, 60.0), VOICE_RATE) as path:
        return Voice.from_recordings(speaker.name, [path])


def learn_at_pitch(source: Features, target: Features) -> Conversion:
    """Use the half of the voice's sounds whose pitch is nearest to that of the singing."""
    sung = np.median(np.log(source.f0[source.voiced]))
    apart = np.abs(np.log(np.maximum(target.f0, 1.0)) - sung)
    return _learn_without(source, target, apart > np.median(apart[target.voiced]))


def learn_clear(source: Features, target: Features) -> Conversion:
    """Use the half of the voice's voiced sounds that has the least breath in it."""
    breath = target.aperiodicity[:, 0]
    return _learn_without(source, target, breath > np.median(breath[target.voiced]))


def _learn_without(
    source: Features, target: Features, dropped: npt.NDArray[np.bool_]
) -> Conversion:
    kept = ~(dropped & target.voiced)
    fields = _fields(target)
    features = vocoder.Features(**{name: values[kept] for name, values in fields.items()})
    return Conversion.learn(source, features)


def _fields(thing: AttrsInstance) -> dict[str, Any]:
    return asdict(thing, recurse=False)


# ---- how the warp is found


def no_warp(source: Frames, target: Frames) -> float:
    """Leave the vocal tract as long as it is."""
    return 1.0


# ---- how sounds are found

CANDIDATES = 8
JOINING = 0.5
"""What it costs to go on with another sound than the voice did, to what the sound itself costs."""


def best_path(sung: Frames, own: Frames, values: Frames) -> Frames:
    """Take one sound for each frame: those that are near, and follow each other in the voice."""
    squared = (own**2).sum(axis=1) - 2 * (sung @ own.T) + (sung**2).sum(axis=1)[:, None]
    index = np.argpartition(squared, CANDIDATES - 1, axis=1)[:, :CANDIDATES]
    cost = np.take_along_axis(squared, index, axis=1)
    came_from = np.zeros_like(index)
    total = cost[:1][0]
    for frame in range(1, len(sung)):
        went_on = own[np.minimum(index[frame - 1] + 1, len(own) - 1)]
        step = np.square(went_on[:, None] - own[index[frame]]).sum(axis=2)
        through = total[:, None] + JOINING * step
        came_from[frame] = through.argmin(axis=0)
        total = through.min(axis=0) + cost[frame]
    path = [int(total.argmin())]
    for frame in range(len(sung) - 1, 0, -1):
        path.append(int(came_from[frame, path[-1]]))
    return values[index[np.arange(len(sung)), path[::-1]]]


# ---- what is done to the converted spectra


@frozen(eq=False)
class Unchanged(Conversion):
    """The singer's own timbre, through the vocoder."""

    def apply(self, features: Features) -> TargetTimbre:
        """Return what the singer has."""
        return TargetTimbre(vocoder.to_envelope(features.cepstra), features.aperiodicity)


@frozen(eq=False)
class Simple(Conversion):
    """Mean and standard deviation of the voice, and none of its own sounds."""

    def _matched(self, features: Features) -> tuple[Frames, Frames]:
        near = apply_warp(features.cepstra, self.warp)
        return (near - self.source_mean) * self.std_ratio + self.target_mean, features.aperiodicity


@frozen(eq=False)
class Breathing(Conversion):
    """The singer's own share of breath."""

    def apply(self, features: Features) -> TargetTimbre:
        """Convert, but for the aperiodicity."""
        return TargetTimbre(Conversion.apply(self, features).envelope, features.aperiodicity)


CLEAREST = -12.0  # decibels


@frozen(eq=False)
class Clearer(Conversion):
    """Little breath in whatever is voiced."""

    def apply(self, features: Features) -> TargetTimbre:
        """Convert, and bound the aperiodicity."""
        timbre = Conversion.apply(self, features)
        clear = np.minimum(timbre.aperiodicity, CLEAREST)
        breath = np.where(features.voiced[:, None], clear, timbre.aperiodicity)
        return evolve(timbre, aperiodicity=breath)


@frozen(eq=False)
class Evened(Conversion):
    """The long-term spectrum of the voice."""

    correction: Frames = field(factory=lambda: np.ones(1))

    @classmethod
    def learn(cls, source: Features, target: Features) -> Evened:
        """Learn the conversion, and what its long-term spectrum lacks."""
        learned = cls(**_fields(Conversion.learn(source, target)))
        sung = learned.apply(source).envelope[source.voiced]
        own = vocoder.to_envelope(target.cepstra[target.voiced])
        correction = np.exp(np.log(own).mean(axis=0) - np.log(sung).mean(axis=0))
        return evolve(learned, correction=correction)

    def apply(self, features: Features) -> TargetTimbre:
        """Convert and correct; loudness is kept."""
        timbre = Conversion.apply(self, features)
        corrected = timbre.envelope * self.correction
        corrected *= (timbre.envelope.mean(1) / corrected.mean(1))[:, None]
        return evolve(timbre, envelope=corrected)


@frozen(eq=False)
class Twice(Conversion):
    """What was converted, converted again."""

    again: Conversion | None = None

    @classmethod
    def learn(cls, source: Features, target: Features) -> Twice:
        """Learn the conversion, and one from its result."""
        learned = cls(**_fields(Conversion.learn(source, target)))
        between = _converted(learned, source)
        return evolve(learned, again=Conversion.learn(between, target))

    def apply(self, features: Features) -> TargetTimbre:
        """Convert twice."""
        if self.again is None:
            return Conversion.apply(self, features)
        return self.again.apply(_converted(evolve(self, again=None), features))


def _converted(conversion: Conversion, features: Features) -> Features:
    timbre = conversion.apply(features)
    return vocoder.Features(features.f0, vocoder.to_cepstra(timbre.envelope), timbre.aperiodicity)


# ---- how the converted voice is made to sound


def synthesised(window: AnalysedWindow, timbre: TargetTimbre, pitch: int) -> Samples:
    """Synthesise the voice at its own pitch, too."""
    return resynthesise(window, timbre, pitch)


def only_voiced(window: AnalysedWindow, timbre: TargetTimbre, pitch: int) -> Samples:
    """Leave consonants in the timbre they have."""
    times = np.arange(len(window.vocals)) * (vocoder.FRAMES_PER_SECOND / SONG_RATE)
    voiced = np.interp(times, np.arange(len(window.features.voiced)), window.features.voiced)
    sung = resynthesise(window, timbre, pitch) if pitch else filter_vocals(window, timbre)
    change = sung - window.vocals
    return np.asarray(window.vocals + voiced[:, None] * change, np.float32)


def all_alike(frequencies: Frames) -> Frames:
    """Weigh all frequencies alike, as power does and ears do not."""
    return np.ones(len(frequencies))


def louder(window: AnalysedWindow, timbre: TargetTimbre, pitch: int) -> Samples:
    """Make the voice 2 dB louder than the singer was."""
    sung = resynthesise(window, timbre, pitch) if pitch else filter_vocals(window, timbre)
    return np.float32(10 ** (2 / 20)) * sung

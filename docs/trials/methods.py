"""Steps of the conversion done in another way than the engine does them."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import numpy as np

from tests.benchmarks.cover_quality.covers import written
from voiceshift.local.engine import stft, vocoder, window_tasks
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.loudness import level
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, to_mono
from voiceshift.local.engine.timbre import Colour, Conversion
from voiceshift.local.engine.voice import Voice
from voiceshift.local.engine.vtln import warped
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from tests.benchmarks.cover_quality.material import Speaker
    from voiceshift.local.engine.samples import Samples
    from voiceshift.local.engine.vocoder import Features, Frames
    from voiceshift.local.engine.window_tasks import Part

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


def analysed_again(part: Part) -> Part:
    """Analyse the vocals, by an engine that may be another than the one that did it before."""
    return attrs.evolve(part, features=vocoder.analyse(part.voice_band))


def drier(part: Part) -> Part:
    """Leave the late echoes of the vocals in the accompaniment (Lebart and others 2001)."""
    spectra = stft.analyse(part.vocals)
    power = np.square(np.abs(spectra))
    late = FADING * np.pad(power, ((0, 0), (LATE, 0), (0, 0)))[:, :-LATE]
    gain = np.maximum(1 - np.sqrt(late / np.maximum(power, 1e-12)), KEPT)
    return _with_vocals(part, stft.synthesise(spectra * gain, len(part.vocals)))


def gated(part: Part) -> Part:
    """Leave in the accompaniment what is 40 dB below the loudest of its moment."""
    spectra = stft.analyse(part.vocals)
    loudness = np.abs(spectra)
    faint = loudness < 0.01 * loudness.max(axis=(0, 2), keepdims=True)
    return _with_vocals(
        part, stft.synthesise(np.where(faint, KEPT * spectra, spectra), len(part.vocals))
    )


def without_echoes(part: Part) -> Part:
    """Take the late echoes of the vocals out of the song."""
    return _without(part, part.vocals - (dry := drier(part)).vocals, dry)


def without_residue(part: Part) -> Part:
    """Take out of the accompaniment what a second separation finds of the singer in it."""
    music = part.window.samples - part.vocals
    return _without(part, load_separator()(music, SONG_RATE), part)


def separated_twice(part: Part) -> Part:
    """Add to the vocals what a second separation finds of the singer in the accompaniment."""
    music = part.window.samples - part.vocals
    return _with_vocals(part, part.vocals + load_separator()(music, SONG_RATE))


def _with_vocals(part: Part, vocals: Samples) -> Part:
    voice_band = resample(to_mono(vocals), SONG_RATE, VOICE_RATE)
    return window_tasks.Part(part.window, vocals, voice_band, vocoder.analyse(voice_band))


def _without(part: Part, sound: Samples, rest: Part) -> Part:
    window = attrs.evolve(part.window, samples=part.window.samples - sound)
    return attrs.evolve(rest, window=window)


# ---- what is voiced


def pitches_in_runs(
    samples: Samples, times: npt.NDArray[np.float64], least: float, surest: float
) -> npt.NDArray[np.float64]:
    """Estimate the F0; voiced are runs of frames some of which are surer than the others."""
    likely, sure = (estimate_f0(samples, times, confidence) for confidence in (least, surest))
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


def learn_at_pitch(source: Features, voice: Voice) -> Conversion:
    """Use the half of the voice's sounds whose pitch is nearest to that of the singing."""
    sung = np.median(np.log(source.f0[source.voiced]))
    apart = np.abs(np.log(np.maximum(voice.features.f0, 1.0)) - sung)
    return _learn_without(source, voice, apart > np.median(apart[voice.features.voiced]))


def learn_clear(source: Features, voice: Voice) -> Conversion:
    """Use the half of the voice's voiced sounds that has the least breath in it."""
    breath = voice.features.aperiodicity[:, 0]
    return _learn_without(source, voice, breath > np.median(breath[voice.features.voiced]))


def _learn_without(source: Features, voice: Voice, dropped: npt.NDArray[np.bool_]) -> Conversion:
    kept = ~(dropped & voice.features.voiced)
    fields = _fields(voice.features)
    features = vocoder.Features(**{name: values[kept] for name, values in fields.items()})
    return Conversion.learn(source, attrs.evolve(voice, features=features))


def _fields(thing: attrs.AttrsInstance) -> dict[str, Any]:
    return attrs.asdict(thing, recurse=False)


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


@attrs.frozen(eq=False)
class Unchanged(Conversion):
    """The singer's own tone colour, through the vocoder."""

    def apply(self, features: Features) -> Colour:
        """Return what the singer has."""
        return Colour(vocoder.decode(features.cepstra), features.aperiodicity)


@attrs.frozen(eq=False)
class Simple(Conversion):
    """Mean and spread of the voice, and none of its own sounds."""

    def _mixed(self, features: Features) -> tuple[Frames, Frames]:
        near = warped(features.cepstra, self.warp)
        return (near - self.source_mean) * self.spread + self.target_mean, features.aperiodicity


@attrs.frozen(eq=False)
class Breathing(Conversion):
    """The singer's own share of breath."""

    def apply(self, features: Features) -> Colour:
        """Convert, but for the aperiodicity."""
        return Colour(Conversion.apply(self, features).envelope, features.aperiodicity)


CLEAREST = -12.0  # decibels


@attrs.frozen(eq=False)
class Clearer(Conversion):
    """Little breath in whatever is voiced."""

    def apply(self, features: Features) -> Colour:
        """Convert, and bound the aperiodicity."""
        colour = Conversion.apply(self, features)
        clear = np.minimum(colour.aperiodicity, CLEAREST)
        breath = np.where(features.voiced[:, None], clear, colour.aperiodicity)
        return attrs.evolve(colour, aperiodicity=breath)


@attrs.frozen(eq=False)
class Evened(Conversion):
    """The long-term spectrum of the voice."""

    correction: Frames = attrs.field(factory=lambda: np.ones(1))

    @classmethod
    def learn(cls, source: Features, voice: Voice) -> Evened:
        """Learn the conversion, and what its long-term spectrum lacks."""
        learned = cls(**_fields(Conversion.learn(source, voice)))
        sung = learned.apply(source).envelope[source.voiced]
        own = vocoder.decode(voice.features.cepstra[voice.features.voiced])
        correction = np.exp(np.log(own).mean(axis=0) - np.log(sung).mean(axis=0))
        return attrs.evolve(learned, correction=correction)

    def apply(self, features: Features) -> Colour:
        """Convert and correct; loudness is kept."""
        colour = Conversion.apply(self, features)
        corrected = colour.envelope * self.correction
        corrected *= (colour.envelope.mean(1) / corrected.mean(1))[:, None]
        return attrs.evolve(colour, envelope=corrected)


@attrs.frozen(eq=False)
class Twice(Conversion):
    """What was converted, converted again."""

    again: Conversion | None = None

    @classmethod
    def learn(cls, source: Features, voice: Voice) -> Twice:
        """Learn the conversion, and one from its result."""
        learned = cls(**_fields(Conversion.learn(source, voice)))
        between = _converted(learned, source)
        return attrs.evolve(learned, again=Conversion.learn(between, voice))

    def apply(self, features: Features) -> Colour:
        """Convert twice."""
        if self.again is None:
            return Conversion.apply(self, features)
        return self.again.apply(_converted(attrs.evolve(self, again=None), features))


def _converted(conversion: Conversion, features: Features) -> Features:
    colour = conversion.apply(features)
    return vocoder.Features(features.f0, vocoder.encode(colour.envelope), colour.aperiodicity)


# ---- how the converted voice is made to sound


def synthesised(part: Part, colour: Colour, pitch: int) -> Samples:
    """Make the voice anew of its features at its own pitch, too."""
    return window_tasks.sung_anew(part, colour, pitch)


def only_voiced(part: Part, colour: Colour, pitch: int) -> Samples:
    """Leave consonants in the colour they have."""
    times = np.arange(len(part.vocals)) * (vocoder.FRAMES_PER_SECOND / SONG_RATE)
    voiced = np.interp(times, np.arange(len(part.features.voiced)), part.features.voiced)
    sung = (
        window_tasks.sung_anew(part, colour, pitch)
        if pitch
        else window_tasks.recoloured(part, colour)
    )
    change = sung - part.vocals
    return np.asarray(part.vocals + voiced[:, None] * change, np.float32)


def all_alike(frequencies: Frames) -> Frames:
    """Weigh all frequencies alike, as power does and ears do not."""
    return np.ones(len(frequencies))


def louder(decibels: float) -> Callable[[Samples], float]:
    """Return what measures levels so that the voice becomes louder than the singer was.

    The engine asks for the singer's level and then for the voice's, in turn.
    """
    gains = cycle((10 ** (decibels / 20), 1.0))
    return lambda samples: next(gains) * level(samples)

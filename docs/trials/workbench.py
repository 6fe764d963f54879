"""Songs and words that are analysed once, converted by each try, and judged.

A cover here is made as the engine makes it, in the same windows, but for the encoding.
"""

from __future__ import annotations

import time
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from tests.benchmarks.cover_quality.conversion import SPEECH_SECONDS, SPEECH_START
from tests.benchmarks.cover_quality.covers import everything, vocals_in
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.listeners import WordListener, as_voice, embedding, pitches_of
from tests.benchmarks.cover_quality.metrics import shares_in_key
from tests.benchmarks.cover_quality.mixes import as_song
from tests.benchmarks.cover_quality.readers import VOCABULARY
from tests.benchmarks.cover_quality.singing import sing
from tests.benchmarks.cover_quality.songs import Score, beginning, melody, stretch
from tests.benchmarks.cover_quality.words import TARGETS, joined, understood
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.mix import AS_IN_SONG
from voiceshift.local.engine.pipeline import FIRST_WINDOWS, MAX_LEARNING_WINDOWS
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.voices.knn.voice import LEARNING_FRAMES
from voiceshift.local.engine.window_tasks import analyse, convert
from voiceshift.local.engine.windows import AnalysedWindow, overlap_join, split
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from docs.trials.tries import Try
    from tests.benchmarks.cover_quality.material import Collection, Speaker
    from tests.benchmarks.cover_quality.readers import Reader
    from tests.benchmarks.cover_quality.scale import Scale
    from tests.benchmarks.cover_quality.ultrastar import AnnotatedSong
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices.knn.voice import Voice

__all__ = ["OnSong", "OnWords", "SongBench", "WordBench"]

NOBODY_SINGS = "nobody sings in what is used of the song; use more of it, with --seconds"


@frozen(eq=False)
class AnalysedSong:
    """A song whose windows are analysed.

    Attributes:
        windows: The windows and the singing in them.
    """

    windows: list[AnalysedWindow]

    @classmethod
    def of(cls, song: Samples, separate: Separator) -> AnalysedSong:
        """Analyse a stereo song at 44.1 kHz."""
        return cls([analyse(window, separate) for window in split([song])])

    def prepared(self, attempt: Try) -> AnalysedSong:
        """Return the windows as the try wants them."""
        return AnalysedSong([attempt.prepare(window) for window in self.windows])

    def covered(self, attempt: Try, voice: Voice, pitch: int = 0) -> tuple[Samples, Samples]:
        """Return the converted vocals by themselves, and the cover.

        Raises:
            Unavailable: Nobody sings.
        """
        conversion = attempt.learn(self._opening(), voice.features)
        vocals, covers = [], []
        for analysed in self.windows:
            alone = evolve(analysed.window, samples=analysed.vocals)
            sung = convert(evolve(analysed, window=alone), everything, conversion, pitch)
            music = analysed.window.samples - analysed.vocals
            vocals.append(sung)
            covers.append(AS_IN_SONG.unsung(evolve(analysed.window, samples=sung.samples + music)))
        return _joined(vocals), _joined(covers)

    def _opening(self) -> vocoder.Features:
        """Return what the engine learns the singer from: of a short song, what there is."""
        sung = [number for number, each in enumerate(self.windows) if each.is_sung]
        if not sung:
            raise Unavailable(NOBODY_SINGS)
        features = [each.features for each in self.windows[sung[0] :][:MAX_LEARNING_WINDOWS]]
        end = FIRST_WINDOWS
        while end < len(features) and _voiced(features[:end]) < LEARNING_FRAMES:
            end += FIRST_WINDOWS
        return vocoder.concatenate(features[:end])


def _voiced(features: list[vocoder.Features]) -> int:
    return sum(int(each.voiced.sum()) for each in features)


def _joined(windows: list[Any]) -> Samples:
    return np.concatenate(list(overlap_join(windows)))


@frozen
class OnSong:
    """What a try came to on one song, in one voice.

    Attributes:
        gain: Cosine to the target speaking that the cover has over the song, both separated.
        gain_alone: The same of the converted voice before it is mixed and separated again.
        melody_lost: Points of annotated frames in key that the cover loses.
        voiced_lost: Points of annotated frames that are voiced and are not in the cover.
        seconds: Of processor time, that converting a minute of the song takes.
    """

    gain: float
    gain_alone: float
    melody_lost: float
    voiced_lost: float
    seconds: float


@frozen(eq=False)
class SongBench:
    """A real song, and what it is before it is covered."""

    title: str
    analysed: AnalysedSong
    score: Score
    embedding: Any
    melody: tuple[float, float, float]

    @classmethod
    def of(cls, song: AnnotatedSong, scale: Scale) -> SongBench:
        """Analyse a song, and look at the singer.

        Raises:
            Unavailable: No note of the song is in what is used of it.
        """
        mix = beginning(song, scale.song_seconds)
        score = Score.of(song.notes, len(mix) / SONG_RATE)
        if not score.sung.any():
            raise Unavailable(f"{song.title}: {NOBODY_SINGS}")
        analysed = AnalysedSong.of(mix, load_separator())
        vocals = _joined([evolve(each.window, samples=each.vocals) for each in analysed.windows])
        return cls(song.title, analysed, score, _known_by(vocals, score), melody(vocals, score))

    def judge(self, attempt: Try, targets: tuple[Speaker, ...]) -> dict[str, OnSong]:
        """Cover the song with each target's voice."""
        with attempt.in_the_engine():
            prepared = self.analysed.prepared(attempt)
            return {
                f"{self.title} to {target.name}": self._judge(attempt, prepared, target)
                for target in targets
            }

    def _judge(self, attempt: Try, song: AnalysedSong, target: Speaker) -> OnSong:
        voice = attempt.voice(target)
        begin = time.process_time()
        alone, covered = song.covered(attempt, voice)
        seconds = time.process_time() - begin
        separated = vocals_in(covered)
        heard = melody(separated, self.score)
        before = self.embedding @ _reference(target)
        return OnSong(
            gain=_known_by(separated, self.score) @ _reference(target) - before,
            gain_alone=_known_by(alone, self.score) @ _reference(target) - before,
            melody_lost=self.melody[0] - heard[0],
            voiced_lost=self.melody[1] - heard[1],
            seconds=60 * seconds / (len(covered) / SONG_RATE),
        )


def _known_by(vocals: Samples, score: Score) -> Any:
    return embedding(stretch(as_voice(vocals), score.sung))


@cache
def _reference(target: Speaker) -> Any:
    return embedding(target.speech(SPEECH_START, SPEECH_SECONDS))


@frozen
class OnWords:
    """What a try came to on sung words, in one voice.

    Attributes:
        kept: Per cent of the words that are recognised.
        in_key: Per cent of the frames voiced before and after that are within 50 cents.
        voiced: Per cent of the voiced frames that are voiced in the cover.
    """

    kept: float
    in_key: float
    voiced: float


@frozen(eq=False)
class WordBench:
    """Words sung by one reader, without accompaniment, and who is to sing them."""

    reader: str
    spoken: dict[str, Samples]
    singing: Any
    analysed: AnalysedSong
    targets: tuple[Speaker, ...]
    listener: WordListener
    before: float

    @classmethod
    def of(cls, reader: Reader, material: Collection, scale: Scale) -> WordBench:
        """Let the reader sing."""
        spoken = {word: reader.say(word) for word in islice(VOCABULARY, scale.words)}
        singing = sing(joined(spoken))
        analysed = AnalysedSong.of(as_song(singing.samples), everything)
        listener = WordListener(list(VOCABULARY))
        return cls(
            reader.name,
            spoken,
            singing,
            analysed,
            targets=material.speakers[-TARGETS:],
            listener=listener,
            before=100 * understood(listener, singing.samples, spoken),
        )

    def judge(self, attempt: Try) -> dict[str, OnWords]:
        """Cover the words with each target's voice."""
        with attempt.in_the_engine():
            prepared = self.analysed.prepared(attempt)
            return {
                f"{self.reader} to {target.name}": self._judge(attempt, prepared, target)
                for target in self.targets
            }

    def _judge(self, attempt: Try, song: AnalysedSong, target: Speaker) -> OnWords:
        voice = attempt.voice(target)
        octaves = self.singing.octaves_to(voice)
        covered = as_voice(song.covered(attempt, voice, octaves)[1])
        pitches = pitches_of(covered)[: len(self.singing.pitches)]
        in_key, voiced = shares_in_key(pitches, self.singing.pitches * 2.0**octaves)
        kept = understood(self.listener, covered, self.spoken)
        return OnWords(100 * kept, 100 * in_key, 100 * voiced)

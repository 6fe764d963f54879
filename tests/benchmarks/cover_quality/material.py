"""Recorded and synthetic speakers, and backings, from freely installable Debian packages.

Two collections. The parameters of the engine were chosen with the first; the second is for
checking, and no parameter may be chosen with it. Nothing of either is ever kept: files are read
where the packages put them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from attrs import frozen

from tests.benchmarks.cover_quality.installed import Unavailable, files, read_g722
from tests.benchmarks.cover_quality.readers import FliteReader, Reader, RecordedReader
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample
from voiceshift.local.engine.voices.knn.recordings import drop_silence

if TYPE_CHECKING:
    from pathlib import Path

LEAST_SECONDS = 1.5  # shorter files are beeps and single words
MOST_SECONDS = 300  # more of a speaker is not needed


@frozen
class Speaker:
    """Somebody of whom there are recordings.

    Attributes:
        name: Language, and register where there are two.
        package: The Debian package with the recordings.
        pattern: Where they are, under ``/usr/share``.
    """

    name: str
    package: str
    pattern: str

    def speech(self, start: float, seconds: float) -> Samples:
        """Return ``seconds`` of speech from ``start`` on, mono at 16 kHz, without long pauses.

        Raises:
            Unavailable: The package is not installed, or is too small for that.
        """
        first, last = round(start * VOICE_RATE), round((start + seconds) * VOICE_RATE)
        speech = _speech(self)
        if len(speech) < last:
            raise Unavailable(f"{self.package} has only {len(speech) / VOICE_RATE:.0f} s of speech")
        return speech[first:last]


@frozen
class Backing:
    """Music without a singer.

    Attributes:
        name: What it is called.
        package: The Debian package with it.
        pattern: Where its instruments are, under ``/usr/share``.
    """

    name: str
    package: str
    pattern: str

    def music(self, start: float, seconds: float) -> Samples:
        """Return ``seconds`` of music from ``start`` on, stereo at 44.1 kHz.

        Raises:
            Unavailable: The package is not installed.
        """
        first, frames = round(start * SONG_RATE), round(seconds * SONG_RATE)
        stems = [_read(path, first, frames) for path in files(self.pattern, self.package)]
        return np.asarray(np.sum(stems, axis=0), np.float32)


@frozen
class Collection:
    """Material that belongs together.

    Attributes:
        name: How its figures are headed.
        speakers: Of whom each sings.
        backings: What it is sung over, one for each speaker.
        pairs: Who is to sound like whom, as places in ``speakers``.
        readers: Who says single English words.
    """

    name: str
    speakers: tuple[Speaker, ...]
    backings: tuple[Backing, ...]
    pairs: tuple[tuple[int, int], ...]
    readers: tuple[Reader, ...]

    @property
    def couples(self) -> list[tuple[Speaker, Speaker]]:
        """Singers, each with the one to sound like."""
        return [(self.speakers[singer], self.speakers[target]) for singer, target in self.pairs]

    @property
    def targets(self) -> tuple[Speaker, ...]:
        """Whom each of ``speakers`` is to sound like over a backing: the one after."""
        return self.speakers[1:] + self.speakers[:1]

    @property
    def duets(self) -> list[tuple[Speaker, Backing]]:
        """Singers, each with a backing."""
        return list(zip(self.speakers, self.backings, strict=True))


@cache
def _speech(speaker: Speaker) -> Samples:
    paths = files(speaker.pattern, speaker.package)
    if paths[0].suffix == ".g722":
        return drop_silence(read_g722(paths, LEAST_SECONDS, MOST_SECONDS))
    return drop_silence(_read_ogg(paths))


def _read_ogg(paths: list[Path]) -> Samples:
    parts: list[Samples] = []
    for path in paths:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if len(samples) >= LEAST_SECONDS * rate:
            parts.append(resample(samples.mean(axis=1), rate, VOICE_RATE))
        if sum(map(len, parts)) >= MOST_SECONDS * VOICE_RATE:
            break
    return np.concatenate(parts)


def _read(path: Path, first: int, frames: int) -> Samples:
    samples, rate = soundfile.read(path, frames, first, dtype="float32", always_2d=True)
    assert (rate, samples.shape) == (SONG_RATE, (frames, 2)), path
    return np.asarray(samples)


def _prompts(name: str, language: str, folder: str) -> Speaker:
    package = f"asterisk-core-sounds-{language}-g722"
    return Speaker(name, package, f"asterisk/sounds/{folder}_*/*.g722")


def _prompt_reader(name: str, language: str, folder: str) -> RecordedReader:
    package = f"asterisk-core-sounds-{language}-g722"
    return RecordedReader(name, package, f"asterisk/sounds/{folder}_*")


def _fish(name: str, language: str, letter: str) -> Speaker:
    pattern = f"games/fillets-ng/sound/*/{language}/*-{letter}-*.ogg"
    return Speaker(name, f"fillets-ng-data-{language}", pattern)


def _stems(name: str) -> Backing:
    pattern = f"games/fretsonfire/data/songs/sectoid/{name}/*.ogg"
    return Backing(name, "fretsonfire-songs-sectoid", pattern)


def _game_music(name: str) -> Backing:
    return Backing(name, "extremetuxracer-data", f"games/etr/music/{name}.ogg")


TUNED = Collection(
    "tuned on",
    (
        _prompts("English", "en", "en_US"),
        _prompts("French", "fr", "fr_CA"),
        _prompts("Italian", "it", "it_IT"),
        _prompts("Russian", "ru", "ru_RU"),
    ),
    (
        _stems("Metal madness"),
        _stems("Escape from chaosland"),
        _stems("Feelings"),
        _stems("War of freedom"),
    ),
    ((0, 2), (2, 1), (1, 3), (3, 0)),
    (_prompt_reader("English", "en", "en_US"),),
)
"""What the parameters of the engine were chosen with."""

HELD_OUT = Collection(
    "held out",
    (
        _fish("Czech, high", "cs", "m"),
        _fish("Dutch, low", "nl", "v"),
        _fish("Dutch, high", "nl", "m"),
        _fish("Czech, low", "cs", "v"),
    ),
    (
        _game_music("credits1-cp"),
        _game_music("freezingpoint"),
        _game_music("spunkyrace-ks"),
        _game_music("start1-jt"),
    ),
    ((0, 1), (1, 2), (2, 0), (3, 1)),
    (FliteReader("slt"), FliteReader("rms")),
)
"""What the parameters of the engine were not chosen with."""

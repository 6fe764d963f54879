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
from voiceshift.local.engine.audio import SONG_RATE, VOICE_RATE, Samples, resample
from voiceshift.local.engine.pauses import drop_pauses

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["HELD_OUT", "TUNED", "Backing", "Collection", "Speaker", "octaves_between"]

LEAST_SECONDS = 1.5  # shorter files are beeps and single words
MOST_SECONDS = 300  # more of a speaker is not needed


@frozen
class Speaker:
    """Somebody of whom there are recordings.

    Attributes:
        name: Language and register.
        package: The Debian package with the recordings.
        pattern: Where they are, under ``/usr/share``.
        is_high: Whether the voice is about an octave above the low ones.
    """

    name: str
    package: str
    pattern: str
    is_high: bool

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


def octaves_between(singer: Speaker | Reader, target: Speaker) -> int:
    """Return the pitch at which ``target`` covers ``singer`` in a range of its own."""
    return int(target.is_high) - int(singer.is_high)


@cache
def _speech(speaker: Speaker) -> Samples:
    paths = files(speaker.pattern, speaker.package)
    if paths[0].suffix == ".g722":
        return drop_pauses(read_g722(paths, LEAST_SECONDS, MOST_SECONDS))
    return drop_pauses(_read_ogg(paths))


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


def _prompts(name: str, language: str, folder: str, *, is_high: bool) -> Speaker:
    package = f"asterisk-core-sounds-{language}-g722"
    return Speaker(name, package, f"asterisk/sounds/{folder}_*/*.g722", is_high)


def _prompt_reader(name: str, language: str, folder: str, *, is_high: bool) -> RecordedReader:
    package = f"asterisk-core-sounds-{language}-g722"
    return RecordedReader(name, package, f"asterisk/sounds/{folder}_*", is_high)


def _fish(name: str, language: str, *, is_high: bool) -> Speaker:
    pattern = f"games/fillets-ng/sound/*/{language}/*-{'m' if is_high else 'v'}-*.ogg"
    return Speaker(name, f"fillets-ng-data-{language}", pattern, is_high)


def _stems(name: str) -> Backing:
    pattern = f"games/fretsonfire/data/songs/sectoid/{name}/*.ogg"
    return Backing(name, "fretsonfire-songs-sectoid", pattern)


def _game_music(name: str) -> Backing:
    return Backing(name, "extremetuxracer-data", f"games/etr/music/{name}.ogg")


TUNED = Collection(
    "tuned on",
    (
        _prompts("English, high", "en", "en_US", is_high=True),
        _prompts("French, high", "fr", "fr_CA", is_high=True),
        _prompts("Italian, low", "it", "it_IT", is_high=False),
        _prompts("Russian, high", "ru", "ru_RU", is_high=True),
    ),
    (
        _stems("Metal madness"),
        _stems("Escape from chaosland"),
        _stems("Feelings"),
        _stems("War of freedom"),
    ),
    ((0, 2), (2, 1), (1, 3), (3, 0), (1, 2), (2, 3)),
    (_prompt_reader("English, high", "en", "en_US", is_high=True),),
)
"""What the parameters of the engine were chosen with."""

HELD_OUT = Collection(
    "held out",
    (
        _fish("Czech, high", "cs", is_high=True),
        _fish("Dutch, low", "nl", is_high=False),
        _fish("Dutch, high", "nl", is_high=True),
        _fish("Czech, low", "cs", is_high=False),
    ),
    (
        _game_music("credits1-cp"),
        _game_music("freezingpoint"),
        _game_music("spunkyrace-ks"),
        _game_music("start1-jt"),
    ),
    ((0, 1), (1, 2), (2, 0), (3, 1), (2, 3), (1, 3)),
    (FliteReader("slt", is_high=True), FliteReader("rms", is_high=False)),
)
"""What the parameters of the engine were not chosen with."""

"""Covers an octave lower and higher than the song.

The singers sing an octave away from the voice, so that the cover is where the voice lies itself.
Their melodies are WORLD's, which flatters an engine that sings with WORLD; those of real songs are
not.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.conversion import SPEECH_SECONDS, SPEECH_START
from tests.benchmarks.cover_quality.covers import cover, everything, vocals_in, voice_of
from tests.benchmarks.cover_quality.goals import (
    GAIN_MOVED,
    GAIN_MOVED_MIXED,
    IN_KEY_MOVED,
    IN_KEY_MOVED_MIXED,
    MELODY_LOST_MOVED,
    SONG_GAIN_MOVED,
    STRICT_OCTAVE,
    VOICED_MOVED_MIXED,
    WORDS_LOST_MOVED,
    Measure,
)
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.listeners import (
    WordListener,
    as_voice,
    pitches_of,
    similarity,
)
from tests.benchmarks.cover_quality.metrics import shares_in_key
from tests.benchmarks.cover_quality.mixes import MUSIC_START, as_song, mix, sung_by
from tests.benchmarks.cover_quality.readers import VOCABULARY
from tests.benchmarks.cover_quality.singing import sing
from tests.benchmarks.cover_quality.songs import Score, beginning, melody, songs_in, stretch
from tests.benchmarks.cover_quality.words import TARGETS, joined, understood
from tests.benchmarks.rounds import progress
from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Backing, Collection, Speaker
    from tests.benchmarks.cover_quality.readers import Reader
    from tests.benchmarks.cover_quality.scale import Scale
    from voiceshift.local.engine.samples import Samples

DIRECTIONS = {"an octave lower": -1, "an octave higher": 1}


def measure_moved(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover singing, alone and over music, and words, an octave lower and an octave higher."""
    listener = WordListener(list(VOCABULARY))
    duets = list(zip(material.duets, material.targets, strict=True))[: scale.mixes]
    for direction, octaves in DIRECTIONS.items():
        case = f"{material.name}, {direction}"
        sung, words = {}, {}
        for (singer, backing), target in duets:
            progress(f"moved: {singer.name} to {target.name}, {direction}")
            row = _measure_singing(singer, backing, target, octaves, scale.mix_seconds)
            sung[f"{singer.name}, {backing.name}, to {target.name}"] = row
        for reader in material.readers:
            for target in material.speakers[-TARGETS:]:
                progress(f"moved words: {reader.name} to {target.name}, {direction}")
                lost = _words_lost(listener, reader, target, octaves, scale.words)
                words[f"{reader.name} to {target.name}"] = {WORDS_LOST_MOVED: lost}
        findings.keep("moved", case, sung)
        findings.keep("moved", case, words)


def _measure_singing(
    singer: Speaker, backing: Backing, target: Speaker, octaves: int, seconds: float
) -> dict[Measure, float]:
    voice = voice_of(target)
    end = sung_by(singer, seconds).octaves_to(voice)
    singing = sung_by(singer, seconds, end - octaves)
    song = as_song(singing.samples)
    alone = as_voice(cover(song, voice, octaves, everything))
    vocals, music = mix(song, backing.music(MUSIC_START, seconds))
    heard = as_voice(vocals_in(cover(vocals + music, voice, octaves)))
    true = singing.pitches * 2.0**octaves
    in_key, _ = shares_in_key(pitches_of(alone), true)
    in_key_mixed, voiced_mixed = shares_in_key(pitches_of(heard), true)
    reference = sung_by(target, seconds).samples
    before = similarity(sung_by(singer, seconds, end).samples, reference)
    return {
        IN_KEY_MOVED: 100 * in_key,
        GAIN_MOVED: similarity(alone, reference) - before,
        IN_KEY_MOVED_MIXED: 100 * in_key_mixed,
        VOICED_MOVED_MIXED: 100 * voiced_mixed,
        GAIN_MOVED_MIXED: similarity(heard, reference) - before,
    }


def _words_lost(
    listener: WordListener, reader: Reader, target: Speaker, octaves: int, count: int
) -> float:
    voice = voice_of(target)
    spoken = {word: reader.say(word) for word in islice(VOCABULARY, count)}
    words = joined(spoken)
    end = sing(words).octaves_to(voice)
    before = understood(listener, sing(words, end).samples, spoken)
    song = as_song(sing(words, end - octaves).samples)
    after = understood(listener, as_voice(cover(song, voice, octaves, everything)), spoken)
    return 100 * (before - after)


def measure_moved_songs(
    folder: Path | None, targets: Sequence[Speaker], scale: Scale, findings: Findings
) -> None:
    """Cover the beginning of each song below ``folder`` an octave lower and an octave higher.

    Raises:
        Unavailable: There is no folder, or no song in it; or a speaker is not installed.
    """
    if folder is None:
        raise Unavailable("no songs were named with --songs")
    rows: dict[str, dict[str, dict[Measure, float]]] = {case: {} for case in DIRECTIONS}
    for song in songs_in(folder):
        song_mix = beginning(song, scale.song_seconds)
        score = Score.of(song.notes, len(song_mix) / SONG_RATE)
        before = vocals_in(song_mix)
        for target in targets:
            for direction, octaves in DIRECTIONS.items():
                progress(f"moved songs: {song.title} to {target.name}, {direction}")
                after = vocals_in(cover(song_mix, voice_of(target), octaves))
                row = _compare(before, after, score, target, octaves)
                rows[direction][f"{song.title} to {target.name}"] = row
    for direction, found in rows.items():
        findings.keep("moved songs", direction, found)


def _compare(
    before: Samples, after: Samples, score: Score, target: Speaker, octaves: int
) -> dict[Measure, float]:
    reference = target.speech(SPEECH_START, SPEECH_SECONDS)
    own, heard = (pitches_of(as_voice(each)) for each in (before, after))
    sung = np.resize(score.sung, len(own))
    strict, _ = shares_in_key(heard[sung], own[sung] * 2.0**octaves)
    cosines = [
        similarity(stretch(as_voice(each), score.sung), reference) for each in (before, after)
    ]
    return {
        MELODY_LOST_MOVED: melody(before, score)[0] - melody(after, score)[0],
        STRICT_OCTAVE: 100 * strict,
        SONG_GAIN_MOVED: cosines[1] - cosines[0],
    }

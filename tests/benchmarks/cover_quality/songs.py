"""Real songs with the notes that are sung in them: is the melody kept, who sings, what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from tests.benchmarks.cover_quality.conversion import SPEECH_SECONDS, SPEECH_START
from tests.benchmarks.cover_quality.covers import cover, vocals_in, voice_of
from tests.benchmarks.cover_quality.goals import (
    MELODY_AFTER,
    MELODY_BEFORE,
    MELODY_LOST,
    OUTSIDE_AFTER,
    OUTSIDE_BEFORE,
    SONG_COSINE_BEFORE,
    SONG_GAIN,
    SONG_LEAKAGE,
    VOICED_AFTER,
    VOICED_BEFORE,
    Measure,
)
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.listeners import as_voice, pitches_of, similarity
from tests.benchmarks.cover_quality.metrics import Flags, decibels, near_in_any_octave
from tests.benchmarks.cover_quality.singing import FRAME
from tests.benchmarks.cover_quality.ultrastar import AnnotatedSong, Note, read_folder
from tests.benchmarks.rounds import progress
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, to_mono

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Speaker
    from tests.benchmarks.cover_quality.metrics import Pitches
    from tests.benchmarks.cover_quality.scale import Scale

MARGIN = 1.0
"""Seconds around each note in which somebody may still sing, or sing already: singers hold notes
for longer than annotators do, and rooms for longer than singers."""


@frozen(eq=False)
class Score:
    """What is sung, frame by frame of 5 ms.

    Attributes:
        semitones: The note, counted from C4; NaN where none is.
        silent: Where nobody sings, some time away from every note.
    """

    semitones: Pitches
    silent: Flags

    @classmethod
    def of(cls, notes: list[Note], seconds: float) -> Score:
        """Lay ``notes`` out over the first ``seconds`` of a song."""
        frames = round(seconds / FRAME)
        semitones, silent = np.full(frames, np.nan), np.ones(frames, bool)
        for note in notes:
            start, end = (round(time / FRAME) for time in (note.start, note.end))
            margin = round(MARGIN / FRAME)
            silent[max(0, start - margin) : end + margin] = False
            if note.semitones is not None:
                semitones[start:end] = note.semitones
        return cls(semitones, silent)

    @property
    def sung(self) -> Flags:
        """Where a note is sung."""
        return ~np.isnan(self.semitones)


def measure_songs(
    folder: Path | None, targets: Sequence[Speaker], scale: Scale, findings: Findings
) -> None:
    """Cover the beginning of each song below ``folder`` with each target's voice.

    Raises:
        Unavailable: There is no folder, or no song in it; or a speaker is not installed.
    """
    if folder is None:
        raise Unavailable("no songs were named with --songs")
    rows = {}
    for song in songs_in(folder):
        mix = beginning(song, scale.song_seconds)
        score = Score.of(song.notes, len(mix) / SONG_RATE)
        before = vocals_in(mix)
        for target in targets:
            progress(f"songs: {song.title} to {target.name}")
            rows[f"{song.title} to {target.name}"] = _measure(mix, before, score, target)
    findings.keep("songs", "with sung notes", rows)


def songs_in(folder: Path) -> list[AnnotatedSong]:
    """Return the songs with sung notes below ``folder``.

    Raises:
        Unavailable: There are none.
    """
    if songs := read_folder(folder):
        return songs
    raise Unavailable(f"there is no song with sung notes (song.txt) in {folder}")


def _measure(mix: Samples, before: Samples, score: Score, target: Speaker) -> dict[Measure, float]:
    after = vocals_in(cover(mix, voice_of(target)))
    reference = target.speech(SPEECH_START, SPEECH_SECONDS)
    original, covered = (melody(each, score) for each in (before, after))
    cosine_before, cosine_after = (
        similarity(stretch(as_voice(each), score.sung), reference) for each in (before, after)
    )
    return {
        MELODY_LOST: original[0] - covered[0],
        MELODY_BEFORE: original[0],
        MELODY_AFTER: covered[0],
        VOICED_BEFORE: original[1],
        VOICED_AFTER: covered[1],
        OUTSIDE_BEFORE: original[2],
        OUTSIDE_AFTER: covered[2],
        SONG_GAIN: cosine_after - cosine_before,
        SONG_COSINE_BEFORE: cosine_before,
        SONG_LEAKAGE: _leakage(before, mix, score),
    }


def beginning(song: AnnotatedSong, seconds: float) -> Samples:
    """Return the first ``seconds`` of a song, stereo at 44.1 kHz."""
    blocks, frames = [], 0
    for block in read_blocks(song.audio, SONG_RATE):
        blocks.append(block)
        frames += len(block)
        if frames >= seconds * SONG_RATE:
            break
    return np.concatenate(blocks)[: round(seconds * SONG_RATE)]


def melody(vocals: Samples, score: Score) -> tuple[float, float, float]:
    """Compare stereo vocals at 44.1 kHz with the notes.

    Returns:
        The per cent of annotated frames in key and voiced, and of the silent ones voiced.
    """
    pitches = pitches_of(as_voice(vocals))[: len(score.semitones)]
    sung, silent = score.sung[: len(pitches)], score.silent[: len(pitches)]
    near = near_in_any_octave(pitches[sung], score.semitones[: len(pitches)][sung])
    voiced = pitches > 0
    return _per_cent(near), _per_cent(voiced[sung]), _per_cent(voiced[silent])


def _per_cent(flags: Flags) -> float:
    return 100 * float(flags.mean())


def _leakage(vocals: Samples, mix: Samples, score: Score) -> float:
    return decibels(*(stretch(to_mono(each), score.silent, SONG_RATE) for each in (vocals, mix)))


def stretch(samples: Samples, frames: Flags, rate: int = VOICE_RATE) -> Samples:
    """Return the samples of those frames, one after the other."""
    places = (np.arange(len(samples)) / (rate * FRAME)).astype(int)
    kept: Samples = samples[frames[np.minimum(places, len(frames) - 1)]]
    return kept

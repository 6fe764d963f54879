"""How near a singer comes to a voice, and whether in key.

The singers are alone: no accompaniment, no separation. Their melodies are WORLD's, which flatters
an engine that sings with WORLD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.cover_quality.covers import cover, everything, voice_of
from tests.benchmarks.cover_quality.goals import (
    COSINE_TO_SINGER,
    COSINE_TO_SUNG,
    GAIN_TO_SPOKEN,
    GAIN_TO_SUNG,
    IN_KEY_BEFORE,
    IN_KEY_CLEAN,
    VOICED_CLEAN,
    Measure,
)
from tests.benchmarks.cover_quality.listeners import as_voice, pitches_of, similarity
from tests.benchmarks.cover_quality.metrics import shares_in_key
from tests.benchmarks.cover_quality.mixes import as_song, sung_by
from tests.benchmarks.rounds import progress

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Collection, Speaker
    from tests.benchmarks.cover_quality.scale import Scale
    from voiceshift.local.engine.samples import Samples

SPEECH_START, SPEECH_SECONDS = 150.0, 30.0
"""The part of a speaker's recordings that is the reference for how somebody speaks."""


def measure_conversion(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover singing without accompaniment, for each pair of singer and voice."""
    rows = {}
    for singer, target in material.couples[: scale.pairs]:
        name = f"{singer.name} to {target.name}"
        progress(f"conversion: {name}")
        rows[name] = _measure(singer, target, scale.singing_seconds)
    findings.keep("conversion", material.name, rows)


def _measure(singer: Speaker, target: Speaker, seconds: float) -> dict[Measure, float]:
    singing, target_voice = sung_by(singer, seconds), voice_of(target)
    octaves = singing.octaves_to(target_voice)
    covered = cover(as_song(singing.samples), target_voice, octaves, everything)
    voice = as_voice(covered)
    # The octave alone brings a singer nearer. Only what comes on top of it is gained.
    before = sung_by(singer, seconds, octaves).samples
    in_key, voiced = shares_in_key(pitches_of(voice), singing.pitches * 2.0**octaves)
    in_key_before, _ = shares_in_key(pitches_of(singing.samples), singing.pitches)
    return {
        **_cosines(before, voice, target, seconds),
        COSINE_TO_SINGER: similarity(voice, singing.samples),
        IN_KEY_CLEAN: 100 * in_key,
        IN_KEY_BEFORE: 100 * in_key_before,
        VOICED_CLEAN: 100 * voiced,
    }


def _cosines(
    before: Samples, after: Samples, target: Speaker, seconds: float
) -> dict[Measure, float]:
    sung = sung_by(target, seconds).samples
    spoken = target.speech(SPEECH_START, SPEECH_SECONDS)
    return {
        GAIN_TO_SUNG: similarity(after, sung) - similarity(before, sung),
        GAIN_TO_SPOKEN: similarity(after, spoken) - similarity(before, spoken),
        COSINE_TO_SUNG: similarity(after, sung),
    }

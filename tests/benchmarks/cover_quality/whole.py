"""Whole covers of mixes, as somebody hears them: separated, converted, mixed, and separated again.

The melodies are WORLD's, which flatters an engine that sings with WORLD.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.cover_quality.covers import cover, vocals_in, voice_of
from tests.benchmarks.cover_quality.goals import (
    GAIN_MIXED,
    IN_KEY_MIXED,
    IN_KEY_OWN_PITCH,
    IN_KEY_SEPARATED,
    VOICED_MIXED,
    Measure,
)
from tests.benchmarks.cover_quality.listeners import as_voice, pitches_of, similarity
from tests.benchmarks.cover_quality.metrics import shares_in_key
from tests.benchmarks.cover_quality.mixes import mix_of, sung_by
from tests.benchmarks.rounds import progress

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Backing, Collection, Speaker
    from tests.benchmarks.cover_quality.scale import Scale


def measure_whole(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover each mix with another voice of its collection."""
    rows = {}
    for (singer, backing), target in list(zip(material.duets, material.targets, strict=True))[
        : scale.mixes
    ]:
        name = f"{singer.name}, {backing.name}, to {target.name}"
        progress(f"whole: {name}")
        rows[name] = _measure(singer, backing, target, scale.mix_seconds)
    findings.keep("whole", material.name, rows)


def _measure(
    singer: Speaker, backing: Backing, target: Speaker, seconds: float
) -> dict[Measure, float]:
    mix, target_voice = mix_of(singer, backing, seconds), voice_of(target)
    octaves = sung_by(singer, seconds).octaves_to(target_voice)
    heard = {
        pitch: as_voice(vocals_in(cover(mix.song, target_voice, pitch))) for pitch in {0, octaves}
    }
    voice = heard[octaves]
    in_key, voiced = shares_in_key(pitches_of(voice), mix.pitches * 2.0**octaves)
    at_own_pitch, _ = shares_in_key(pitches_of(heard[0]), mix.pitches)
    separated, _ = shares_in_key(pitches_of(as_voice(vocals_in(mix.song))), mix.pitches)
    # Compared is with the true singing in that octave: neither separation nor octave is a gain.
    before = sung_by(singer, seconds, octaves).samples
    reference = sung_by(target, seconds).samples
    return {
        IN_KEY_MIXED: 100 * in_key,
        IN_KEY_OWN_PITCH: 100 * at_own_pitch,
        IN_KEY_SEPARATED: 100 * separated,
        VOICED_MIXED: 100 * voiced,
        GAIN_MIXED: similarity(voice, reference) - similarity(before, reference),
    }

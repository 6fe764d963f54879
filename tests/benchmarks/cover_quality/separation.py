"""How well the vocals are taken out of a mix, and what is taken for vocals where nobody sings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.cover_quality.covers import vocals_in
from tests.benchmarks.cover_quality.goals import LEAKAGE, MUSIC_SDR, VOCAL_SDR, Measure
from tests.benchmarks.cover_quality.metrics import decibels, signal_to_distortion
from tests.benchmarks.cover_quality.mixes import MUSIC_START, mix_of
from tests.benchmarks.rounds import progress

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Backing, Collection, Speaker
    from tests.benchmarks.cover_quality.scale import Scale

__all__ = ["measure_separation"]


def measure_separation(material: Collection, scale: Scale, findings: Findings) -> None:
    """Separate mixes and bare backings."""
    rows = {}
    for speaker, backing in material.duets[: scale.mixes]:
        name = f"{speaker.name}, {backing.name}"
        progress(f"separation: {name}")
        rows[name] = _measure(speaker, backing, scale.mix_seconds)
    findings.keep("separation", material.name, rows)


def _measure(speaker: Speaker, backing: Backing, seconds: float) -> dict[Measure, float]:
    mix = mix_of(speaker, backing, seconds)
    vocals = vocals_in(mix.song)
    music = backing.music(MUSIC_START, seconds)
    return {
        VOCAL_SDR: signal_to_distortion(mix.vocals, vocals),
        MUSIC_SDR: signal_to_distortion(mix.backing, mix.song - vocals),
        LEAKAGE: decibels(vocals_in(music), music),
    }

"""How well the vocals are taken out of a mix, and what is taken for vocals where nobody sings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from tests.benchmarks.cover_quality.covers import vocals_in
from tests.benchmarks.cover_quality.goals import LEAKAGE, MUSIC_SDR, VOCAL_SDR, Measure
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.metrics import decibels, signal_to_distortion
from tests.benchmarks.cover_quality.mixes import MUSIC_START, mix_of
from tests.benchmarks.rounds import progress
from voiceshift.local.separators import uses_fallback

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Backing, Collection, Speaker
    from tests.benchmarks.cover_quality.scale import Scale


def measure_separation(material: Collection, scale: Scale, findings: Findings) -> None:
    """Separate mixes and bare backings with the network, and with the filter that stands in."""
    with findings.leaving_out(f"separation, {material.name}, with the network"):
        if uses_fallback(None):
            raise Unavailable("the network is not here: voiceshift setup")
        findings.keep("separation", material.name, _rows(material, scale, "spleeter"))
    rows = _rows(material, scale, "dsp")
    findings.keep(
        "separation, dsp",
        material.name,
        {name: {evolve(each, goal=None): row[each] for each in row} for name, row in rows.items()},
    )


def _rows(material: Collection, scale: Scale, separator: str) -> dict[str, dict[Measure, float]]:
    rows = {}
    for speaker, backing in material.duets[: scale.mixes]:
        name = f"{speaker.name}, {backing.name}"
        progress(f"separation, {separator}: {name}")
        rows[name] = _measure(speaker, backing, scale.mix_seconds, separator)
    return rows


def _measure(
    speaker: Speaker, backing: Backing, seconds: float, separator: str
) -> dict[Measure, float]:
    mix = mix_of(speaker, backing, seconds)
    vocals = vocals_in(mix.song, separator)
    music = backing.music(MUSIC_START, seconds)
    return {
        VOCAL_SDR: signal_to_distortion(mix.vocals, vocals),
        MUSIC_SDR: signal_to_distortion(mix.backing, mix.song - vocals),
        LEAKAGE: decibels(vocals_in(music, separator), music),
    }

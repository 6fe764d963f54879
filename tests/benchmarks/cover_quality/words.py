"""Whether the words are still understood: English words, sung, recognised before and after."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.covers import cover, everything, voice_of
from tests.benchmarks.cover_quality.goals import WORDS_AFTER, WORDS_BEFORE, WORDS_LOST
from tests.benchmarks.cover_quality.listeners import WordListener, as_voice
from tests.benchmarks.cover_quality.mixes import as_song
from tests.benchmarks.cover_quality.readers import VOCABULARY
from tests.benchmarks.cover_quality.singing import sing
from tests.benchmarks.rounds import progress
from voiceshift.local.engine.samples import VOICE_RATE, Samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Collection
    from tests.benchmarks.cover_quality.scale import Scale

PAUSE = VOICE_RATE * 3 // 10
"""Frames of silence after each word."""

TARGETS = 2
"""Voices of each collection that the words are converted to."""


def measure_words(material: Collection, scale: Scale, findings: Findings) -> None:
    """Let each reader sing the words one by one, and cover them with other voices."""
    listener = WordListener(list(VOCABULARY))
    rows = {}
    for reader in material.readers:
        spoken = {word: reader.say(word) for word in islice(VOCABULARY, scale.words)}
        words = joined(spoken)
        singing = sing(words)
        for target in material.speakers[-TARGETS:]:
            progress(f"words: {reader.name} to {target.name}")
            voice = voice_of(target)
            octaves = singing.octaves_to(voice)
            # In another octave words are harder to recognise, whoever sings them.
            before = understood(listener, sing(words, octaves).samples, spoken)
            covered = cover(as_song(singing.samples), voice, octaves, everything)
            after = understood(listener, as_voice(covered), spoken)
            rows[f"{reader.name} to {target.name}"] = {
                WORDS_LOST: 100 * (before - after),
                WORDS_BEFORE: 100 * before,
                WORDS_AFTER: 100 * after,
            }
    findings.keep("words", material.name, rows)


def joined(words: Mapping[str, Samples]) -> Samples:
    """Return the words one after the other, with pauses."""
    return np.concatenate([np.pad(samples, (0, PAUSE)) for samples in words.values()])


def understood(listener: WordListener, voice: Samples, spoken: Mapping[str, Samples]) -> float:
    """Return the share of words that are heard where they were put."""
    correct, start = 0, 0
    for word, samples in spoken.items():
        correct += listener.hear(voice[start : start + len(samples)]) == word
        start += len(samples) + PAUSE
    return correct / len(spoken)

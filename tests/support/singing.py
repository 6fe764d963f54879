"""Short songs to cover, made of nothing but sines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soundfile

from voiceshift.local import demo

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RATE = 44_100


def few_seconds_are_a_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let voices be learned from a second; from as much as is good, it takes one of a processor."""
    monkeypatch.setattr("voiceshift.local.engine.voices.knn.voice.MIN_SECONDS", 1)


def write_recording(path: Path, *, seconds: float = 3) -> Path:
    """Write the beginning of what a demo voice says to ``path``."""
    rate = soundfile.info(demo.VOICES["tenor"]).samplerate
    speech, _ = soundfile.read(demo.VOICES["tenor"], frames=round(seconds * rate))
    soundfile.write(path, speech, rate)
    return path


def write_song(path: Path, *, seconds: float = 1.5) -> Path:
    """Write a steady voice with vibrato to ``path``: all harmonics of 220 Hz, the higher softer."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * 220 * time + 0.8 * np.sin(2 * np.pi * 5 * time)
    voice = sum(np.sin(number * phase) / number for number in range(1, 30))
    soundfile.write(path, 0.2 * voice, RATE)
    return path

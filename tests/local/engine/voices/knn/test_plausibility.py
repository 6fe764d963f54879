"""What is no voice is told by how its pitch and level move; what may be beside one, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voiceshift.errors import CoverError
from voiceshift.local import demo
from voiceshift.local.engine.samples import VOICE_RATE, Samples
from voiceshift.local.engine.vocoder import Features
from voiceshift.local.engine.voices.knn import plausibility
from voiceshift.local.engine.voices.knn.recordings import mains_hum
from voiceshift.local.engine.voices.knn.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path

TIME = np.arange(21 * VOICE_RATE) / VOICE_RATE


def features_of_pitches(*pitches: float) -> Features:
    """Return the features of phrases of a second, each at its pitch and as lively as speech."""
    lively = 1 + 0.1 * np.sin(np.arange(200) / 6)
    f0 = np.concatenate([pitch * lively for pitch in pitches])
    return Features(f0, np.zeros((len(f0), 40)), np.zeros((len(f0), 1)))


def plucked() -> Samples:
    """Return a chord that is plucked twice a second."""
    notes = [np.sin(2 * np.pi * f * h * TIME) / h for f in (131, 165, 196) for h in range(1, 9)]
    return np.asarray(0.1 * np.sum(notes, axis=0) * np.exp(-3 * (TIME % 0.5)), np.float32)


def tone() -> Samples:
    """Return a tone that never changes."""
    return np.asarray(0.3 * np.sin(2 * np.pi * 220 * TIME), np.float32)


@pytest.mark.parametrize("make", [plucked, pytest.param(tone, marks=pytest.mark.slow)])
def test_what_is_no_voice_is_refused(tmp_path: Path, make: object) -> None:
    """However much of it has a pitch."""
    assert callable(make)
    path = tmp_path / "music.wav"
    soundfile.write(path, make(), VOICE_RATE)
    with pytest.raises(CoverError, match="sound like an instrument, not like a voice"):
        Voice.from_recordings("anna", [path])


def test_voices_are_not_steady(baritone: Voice) -> None:
    """They raise no doubts."""
    assert plausibility.steady_share(baritone.features) < plausibility.MAX_SPEECH
    assert plausibility.doubts(baritone.features) == []


def test_steady_tones_among_others_are_doubted() -> None:
    """As music behind a voice has them."""
    features = features_of_pitches(*[120.0] * 10)
    features.f0[:600] = 220.0
    assert "music" in plausibility.doubts(features)[0]


def test_two_speakers_are_doubted() -> None:
    """Where their voices are far apart; one whose voice moves is one."""
    man, woman = [110.0] * 5, [220.0] * 5
    assert "two people" in plausibility.doubts(features_of_pitches(*man, *woman))[0]
    assert plausibility.doubts(features_of_pitches(*np.linspace(110, 150, 10))) == []


@pytest.mark.parametrize("mains", [50, 60])
def test_hum_is_found(mains: int) -> None:
    """Below the voice, by the lines that are always there."""
    speech, _ = soundfile.read(demo.VOICES["tenor"], frames=10 * VOICE_RATE)
    time = TIME[: len(speech)]
    hum = sum(np.sin(2 * np.pi * mains * k * time) / k for k in range(1, 9))
    assert mains_hum(speech) == 0
    assert mains_hum(speech + 0.1 * np.std(speech) * hum) == mains

"""Covers in a voice of RVC: the whole song, whatever the voice is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voiceshift.local import demo
from voiceshift.local.engine.ordered_map import SequentialExecutor
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE, Samples
from voiceshift.local.engine.windows import FIRST_HOP, GUARD, OVERLAP

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.voices.rvc.voice import Voice


def everything(mix: Samples, rate: int) -> Samples:
    """Take all of it for the vocals."""
    return mix


def decoded(chunks: list[bytes]) -> Samples:
    """Return the sound of joined chunks."""
    return np.asarray(soundfile.read(io.BytesIO(b"".join(chunks)), dtype="float32")[0])


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """The demo song, with a second of silence before it."""
    samples = soundfile.read(demo.SONG, dtype="float32")[0]
    silence = np.zeros((SONG_RATE, 2), np.float32)
    path = tmp_path / "song.wav"
    soundfile.write(path, np.concatenate([silence, samples]), SONG_RATE, subtype="FLOAT")
    return path


@pytest.mark.slow
def test_a_cover(song: Path, voice: Voice) -> None:
    """It is as long as the song, changed, no louder at the seam, and silent where the song is."""
    chunks = list(WorldEngine(everything).cover(song, voice, 0, SequentialExecutor()))
    cover, original = decoded(chunks), np.asarray(soundfile.read(song, dtype="float32")[0])
    assert cover.shape == original.shape
    assert np.abs(cover[: SONG_RATE // 2]).max() < 1e-3
    assert np.std(cover - original) > 0.3 * np.std(original)
    assert 0.5 < np.std(cover) / np.std(original) < 1.5
    seam = slice(FIRST_HOP + GUARD, FIRST_HOP + OVERLAP - GUARD)
    assert np.abs(np.diff(cover[seam], axis=0)).max() <= np.abs(np.diff(cover, axis=0)).max()


def test_the_first_sound_does_not_wait_for_a_whole_window(song: Path, voice: Voice) -> None:
    """The first window is short, for such a voice is slow."""
    first = next(iter(WorldEngine(everything).cover(song, voice, 0)))
    length = len(decoded([first]))
    assert 0 < length <= FIRST_HOP + OVERLAP

"""The waveform of audio, measured in a process of its own."""

from __future__ import annotations

import io
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voiceshift.display import waveform
from voiceshift.display.waveform import COLUMNS, measure, measure_file
from voiceshift.local.demo import SONG

AUDIO = Path(SONG).read_bytes()
RATE = 8000


def sound(samples: np.ndarray, subtype: str = "PCM_16", kind: str = "WAV") -> bytes:
    """An audio file with ``samples``."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format=kind, subtype=subtype)
    return file.getvalue()


RISING = np.repeat(np.linspace(0, 1, COLUMNS), 20)
"""Each piece louder than the one before it."""


@pytest.mark.parametrize("source", [AUDIO, Path(SONG)], ids=["content", "file"])
def test_a_song_is_measured(source: bytes | Path) -> None:
    """In a process of its own, from memory or from a file."""
    measured = measure(source)
    assert measured is not None
    assert measured.seconds == pytest.approx(soundfile.info(SONG).duration)
    assert len(measured.peaks) == COLUMNS
    assert max(measured.peaks) > 0.5


@pytest.mark.parametrize(
    "source", [b"OggS nonsense", b"", Path("missing.ogg")], ids=["nonsense", "empty", "no file"]
)
def test_what_cannot_be_decoded_has_no_waveform(source: bytes | Path) -> None:
    """The picture is left out, and nothing is raised."""
    assert measure(source) is None


def test_half_a_song_has_the_length_of_what_is_there() -> None:
    """A cover that broke off is shown as far as it goes."""
    measured = measure(AUDIO[: len(AUDIO) // 2])
    assert measured is not None
    assert measured.seconds == pytest.approx(soundfile.info(SONG).duration / 2, rel=0.1)


@pytest.mark.parametrize("soundfile_is_installed", [True, False])
@pytest.mark.parametrize("channels", [33, 1000])
def test_a_file_of_a_thousand_channels_is_refused(
    channels: int, soundfile_is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file could fill all memory."""
    file = io.BytesIO(sound(np.zeros((10, channels))))
    if not soundfile_is_installed:
        monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(ValueError, match="is no recording"):
        measure_file(file)


def test_many_channels_are_decoded_in_smaller_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decoded at once has a limit, however many frames and channels there are."""
    monkeypatch.setattr(waveform, "MAX_BLOCK_SIZE", 96)
    measured = measure_file(io.BytesIO(sound(np.full((3 * COLUMNS * 2, 32), 0.5))))
    assert len(measured.peaks) == 2 * COLUMNS


LIMITED = """
import resource
from voiceshift.display import waveform

def greedy(file):
    try:
        bytearray(waveform.MAX_MEMORY)
    except MemoryError:
        return waveform.Waveform(1.0, (1.0,))

waveform.measure_file = greedy
waveform.main()
"""


def test_the_decoder_gets_no_more_memory_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the file makes of it."""
    pytest.importorskip("resource")
    monkeypatch.setattr(waveform, "python_command", lambda _: [sys.executable, "-c", LIMITED])
    assert measure(AUDIO) == waveform.Waveform(1.0, (1.0,))


ENVIRONMENT = """
import json, os
print(json.dumps({"seconds": len([name for name in os.environ if "VC_" in name]), "peaks": []}))
"""


def test_the_decoder_gets_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor anything else that it does not need."""
    monkeypatch.setenv("VC_TOKEN", "an-obviously-fake-token")
    monkeypatch.setenv("A_VC_VARIABLE", "of another program")
    monkeypatch.setattr(waveform, "python_command", lambda _: [sys.executable, "-c", ENVIRONMENT])
    assert measure(AUDIO) == waveform.Waveform(0, ())


def test_a_file_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is up."""
    monkeypatch.setattr(waveform, "TIME_LIMIT", 0.001)
    assert measure(AUDIO) is None


def test_a_decoder_that_crashes_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes its own process down only."""
    crash = [sys.executable, "-c", "import os; os.abort()"]
    monkeypatch.setattr(waveform, "python_command", lambda _: crash)
    assert measure(AUDIO) is None


# ---- what is measured, in this process


@pytest.mark.parametrize("soundfile_is_installed", [True, False])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_peaks_of_wav(
    subtype: str, soundfile_is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every width of sample gives the same picture, with the extra ``local`` and without."""
    if not soundfile_is_installed:
        monkeypatch.setitem(sys.modules, "soundfile", None)
    measured = measure_file(io.BytesIO(sound(RISING, subtype)))
    assert measured.seconds == len(RISING) / RATE
    assert measured.peaks == pytest.approx(RISING[::20], abs=1 / 64)


@pytest.mark.parametrize("soundfile_is_installed", [True, False])
def test_the_louder_channel_counts(
    soundfile_is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it swings below zero."""
    if not soundfile_is_installed:
        monkeypatch.setitem(sys.modules, "soundfile", None)
    stereo = np.stack([np.full(4000, 0.25), np.full(4000, -0.5)], axis=1)
    measured = measure_file(io.BytesIO(sound(stereo)))
    assert measured.seconds == 0.5
    assert measured.peaks == pytest.approx([0.5] * COLUMNS, abs=1 / 64)


@pytest.mark.parametrize("value", [np.nan, np.inf, -7.0])
def test_samples_out_of_range_are_bounded(value: float) -> None:
    """A float file may hold anything; the picture has an edge."""
    samples = np.zeros(COLUMNS)
    samples[3] = value
    measured = measure_file(io.BytesIO(sound(samples, "FLOAT")))
    assert 0 <= min(measured.peaks) <= max(measured.peaks) <= 1


def test_a_short_sound_has_fewer_peaks() -> None:
    """No more than it has frames."""
    assert measure_file(io.BytesIO(sound(np.full(3, 0.5)))).peaks == pytest.approx([0.5] * 3)


def test_without_the_extra_other_formats_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard library reads WAV only."""
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(wave.Error):
        measure_file(io.BytesIO(AUDIO))

"""Covers: as long as the song, changed where somebody sings, made while they are sent."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr  # type: ignore[import-untyped]

from tests.support.collecting import needs
from voiceshift.errors import CoverError
from voiceshift.local import demo
from voiceshift.local.engine import Rendition
from voiceshift.local.engine.f0 import estimate_f0
from voiceshift.local.engine.octaves import octaves_between
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, Samples, resample, to_mono
from voiceshift.local.engine.separation.harmonic_mask import separate_harmonics
from voiceshift.local.engine.windows import GUARD, HOP, OVERLAP

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from voiceshift.local.engine.octaves import OctaveChoice
    from voiceshift.local.engine.voices.knn.voice import Voice


def decoded(chunks: Iterable[bytes]) -> Samples:
    """Return the sound of joined chunks."""
    samples, rate = soundfile.read(io.BytesIO(b"".join(chunks)), dtype="float32", always_2d=True)
    assert rate == SONG_RATE
    assert samples.shape[1] == 2
    return np.asarray(samples)


def covered(song: Path, voice: Voice, pitch: int = 0) -> Samples:
    """Make a cover and decode it."""
    return decoded(WorldEngine(separate_harmonics).cover(song, voice, pitch))


def written(path: Path, samples: Samples, rate: int = SONG_RATE) -> Path:
    """Write ``samples`` so that peaks and small values are kept."""
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return path


def level(samples: Samples) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(samples, dtype=float))))


@pytest.fixture(scope="module")
def song() -> Samples:
    """The demo song."""
    return np.asarray(soundfile.read(demo.SONG, dtype="float32")[0])


@pytest.fixture(scope="module")
def chunks(baritone: Voice) -> list[bytes]:
    """The demo song in the demo voice, as it is sent."""
    return list(WorldEngine(separate_harmonics).cover(demo.SONG, baritone, 0))


@pytest.fixture(scope="module")
def cover(chunks: list[bytes]) -> Samples:
    """The same, as it sounds."""
    return decoded(chunks)


def test_the_cover_is_as_long_as_the_song(song: Samples, cover: Samples) -> None:
    """Not one sample is lost at the seams."""
    assert cover.shape == song.shape


def test_the_cover_is_changed_but_as_loud(song: Samples, cover: Samples) -> None:
    """It differs from the song by much more than the encoding does, at the same level."""
    assert level(cover - song) > 0.3 * level(song)
    assert 0.8 < level(cover) / level(song) < 1.25
    assert np.abs(cover).max() <= 1


def test_the_accompaniment_stays(song: Samples, cover: Samples) -> None:
    """What is only on the sides is the song's own."""
    sides = song[:, 0] - song[:, 1]
    assert level((cover[:, 0] - cover[:, 1]) - sides) < 0.25 * level(sides)  # what Vorbis loses


def test_the_seam_is_no_louder_than_the_singing(song: Samples, cover: Samples) -> None:
    """Where two windows meet, the level steps no further than in the seconds amid a window."""
    step = round(0.02 * SONG_RATE)
    gains = levels(to_mono(cover), step) - levels(to_mono(song), step)
    steps = np.abs(np.diff(gains))
    seam = slice((HOP + GUARD) // step, (HOP + OVERLAP - GUARD) // step)
    seconds_amid = steps[: seam.start // 50 * 50].reshape(-1, 50)
    assert steps[seam].max() <= np.median(seconds_amid.max(axis=1))


def levels(samples: Samples, step: int) -> npt.NDArray[np.float64]:
    """Return the level of each ``step`` of mono samples, in decibels."""
    steps = samples[: len(samples) // step * step].reshape(-1, step)
    return np.asarray(10 * np.log10(np.square(steps, dtype=np.float64).mean(axis=1) + 1e-6))


@pytest.mark.slow
@pytest.mark.parametrize("pitch", [-1, 0, 1])
def test_the_melody_is_kept_by_octaves(
    tmp_path: Path, song: Samples, baritone: Voice, pitch: int
) -> None:
    """Most of the notes that are sung in the cover are the song's, moved by ``pitch`` octaves."""
    line = song[: 6 * SONG_RATE]
    times = np.arange(1, 6, 0.01)
    before = melody(line, times)
    after = melody(covered(written(tmp_path / "line.wav", line), baritone, pitch), times)
    both = (before > 0) & (after > 0)
    assert both.sum() > 0.7 * (before > 0).sum()
    cents = 1200 * np.log2(after[both] / (before[both] * 2.0**pitch))
    assert (np.abs(cents) < 50).mean() > 0.85  # in the rest the guitar is taken for the voice


@pytest.mark.slow
def test_auto_sings_in_the_octave_of_the_voice(
    tmp_path: Path, song: Samples, baritone: Voice
) -> None:
    """It is told which, the cover is the one of that pitch, and its title may say so."""
    path = written(tmp_path / "line.wav", song[SONG_RATE : 4 * SONG_RATE])
    choices: list[OctaveChoice] = []
    engine = WorldEngine(separate_harmonics)
    rendition = Rendition(title=lambda: f"by {choices[0].pitch}", report_octave=choices.append)
    cover = b"".join(engine.cover(path, baritone, "auto", None, rendition))
    samples = decoded([cover])
    (choice,) = choices
    assert choice.pitch == octaves_between(choice.song_f0, baritone.median_f0) < 0
    assert np.array_equal(samples, covered(path, baritone, choice.pitch))
    with soundfile.SoundFile(io.BytesIO(cover)) as file:
        assert file.title == f"by {choice.pitch}"


def melody(samples: Samples, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the fundamental frequency of the vocals in a mix at ``times``."""
    vocals = separate_harmonics(samples, SONG_RATE)
    return estimate_f0(resample(to_mono(vocals), SONG_RATE, VOICE_RATE), times)


@pytest.mark.slow
def test_the_same_cover_is_made_again(tmp_path: Path, song: Samples, baritone: Voice) -> None:
    """The same song and voice give the same samples."""
    path = written(tmp_path / "line.wav", song[SONG_RATE : 3 * SONG_RATE])
    assert np.array_equal(covered(path, baritone), covered(path, baritone))


def test_sound_comes_before_the_song_is_done(chunks: list[bytes]) -> None:
    """The first window is a part of the cover, and sound by itself."""
    whole = soundfile.info(io.BytesIO(b"".join(chunks))).duration
    assert 8 < seconds(chunks[0]) < whole - 1


def seconds(chunk: bytes) -> float:
    """Return how much sound the first chunk of a cover holds."""
    with soundfile.SoundFile(io.BytesIO(chunk)) as file:
        return len(file.read()) / SONG_RATE


@pytest.mark.parametrize("frames", [1, 300, 20_000])
def test_short_songs_are_covered(
    tmp_path: Path, song: Samples, baritone: Voice, frames: int
) -> None:
    """Down to a single sample."""
    path = written(tmp_path / "short.wav", song[SONG_RATE : SONG_RATE + frames])
    assert len(covered(path, baritone)) == frames


@pytest.mark.parametrize("rate", [8_000, pytest.param(96_000, marks=pytest.mark.slow)])
def test_other_rates_are_covered(tmp_path: Path, song: Samples, baritone: Voice, rate: int) -> None:
    """The cover is at 44.1 kHz and lasts as long as the song."""
    samples = soxr.resample(song[: 2 * SONG_RATE], SONG_RATE, rate)
    path = written(tmp_path / "song.wav", samples, rate)
    assert abs(len(covered(path, baritone)) - 2 * SONG_RATE) <= 1


def test_a_silent_song_stays_silent(tmp_path: Path, baritone: Voice) -> None:
    """Silence is not filled with a voice."""
    path = written(tmp_path / "silence.wav", np.zeros((12 * SONG_RATE, 2), np.float32))
    cover = covered(path, baritone)
    assert len(cover) == 12 * SONG_RATE
    assert not cover.any()


def test_a_song_without_a_voice_is_left_alone(tmp_path: Path, baritone: Voice) -> None:
    """Noise comes back as it went in, but for the encoding."""
    noise = np.random.default_rng(0).normal(0, 0.05, (3 * SONG_RATE, 2)).astype(np.float32)
    quiet_highs = soxr.resample(soxr.resample(noise, 4, 1), 1, 4).astype(np.float32)
    path = written(tmp_path / "noise.wav", quiet_highs)
    cover = covered(path, baritone)
    assert level(cover - quiet_highs) < 0.3 * level(quiet_highs)


def test_a_loud_song_does_not_clip(tmp_path: Path, song: Samples, baritone: Voice) -> None:
    """A float file twice over full scale becomes a cover within it."""
    path = written(tmp_path / "loud.wav", 2.5 * song[: 2 * SONG_RATE])
    assert np.abs(covered(path, baritone)).max() <= 1


def test_a_clipped_song_is_covered(tmp_path: Path, song: Samples, baritone: Voice) -> None:
    """A recording that was driven far over full scale becomes a cover about as loud."""
    clipped = np.clip(20 * song[SONG_RATE : 3 * SONG_RATE], -1, 1)
    path = tmp_path / "clipped.wav"
    soundfile.write(path, clipped, SONG_RATE)
    cover = covered(path, baritone)
    assert cover.shape == clipped.shape
    assert 0.3 < level(cover) / level(clipped) < 1.1


def test_an_instrumental_beginning_is_sent_at_once(tmp_path: Path, baritone: Voice) -> None:
    """What nobody sings in does not wait until the singer is known."""
    silence = np.zeros((25 * SONG_RATE, 2), np.float32)
    chunks = WorldEngine(separate_harmonics).cover(
        written(tmp_path / "song.wav", silence), baritone, 0
    )
    with contextlib.closing(chunks):
        # The encoder collects silence, of which a page of Ogg holds seconds.
        assert 3 < seconds(next(chunks)) < 11


def test_closing_ends_the_work(tmp_path: Path, baritone: Voice) -> None:
    """The song's file is let go of, also where open files cannot be deleted."""
    silence = np.zeros((25 * SONG_RATE, 2), np.float32)
    path = written(tmp_path / "song.wav", silence)
    chunks = WorldEngine(separate_harmonics).cover(path, baritone, 0)
    next(chunks)
    chunks.close()
    path.unlink()
    assert list(chunks) == []


def test_another_separator_is_used(tmp_path: Path, song: Samples, baritone: Voice) -> None:
    """With a separator that finds no vocals nothing is changed."""
    engine = WorldEngine(separate=lambda mix, rate: np.zeros_like(mix))
    path = written(tmp_path / "song.wav", song[: 2 * SONG_RATE])
    cover = decoded(engine.cover(path, baritone, 0))
    assert level(cover - song[: 2 * SONG_RATE]) < 0.2 * level(song)


def test_what_is_no_song_is_refused(tmp_path: Path, baritone: Voice) -> None:
    """The error comes with the first chunk that is asked for."""
    path = tmp_path / "notes.mp3"
    path.write_text("do re mi")
    with pytest.raises(CoverError, match=r"'notes\.mp3' cannot be read as audio"):
        next(WorldEngine(separate_harmonics).cover(path, baritone, 0))


# ---- renditions


def rendered(song: Path, voice: Voice, **options: Any) -> Samples:
    """A cover of the song with options, without what an encoder loses."""
    engine = WorldEngine(separate_harmonics)
    return decoded(engine.cover(song, voice, 0, rendition=Rendition(format="flac", **options)))


def test_a_part_begins_and_ends_at_the_sample(tmp_path: Path, baritone: Voice) -> None:
    """Where nobody sings, it is that piece of the song, exactly."""
    numbers = np.random.default_rng(0).integers(-9_000, 9_000, (4 * SONG_RATE, 2))
    noise = (numbers / 32_768).astype(np.float32)  # as a file of 16 bits has it
    song = written(tmp_path / "song.wav", noise)
    part = rendered(song, baritone, start=1.25, length=0.5)
    begin, end = round(1.25 * SONG_RATE), round(1.75 * SONG_RATE)
    np.testing.assert_array_equal(part, noise[begin:end])
    assert len(rendered(song, baritone, start=3)) == SONG_RATE
    assert len(rendered(song, baritone, length=100)) == 4 * SONG_RATE


@pytest.mark.parametrize("name", ["ogg", "wav"])
def test_a_part_after_the_end_is_refused(tmp_path: Path, baritone: Voice, name: str) -> None:
    """With the length of the song."""
    song = written(tmp_path / "song.wav", np.zeros((SONG_RATE, 2), np.float32))
    engine = WorldEngine(separate_harmonics)
    with pytest.raises(CoverError, match="is 0:01 long, so no cover of it can start at 0:02"):
        list(engine.cover(song, baritone, 0, rendition=Rendition(format=name, start=2)))


@pytest.mark.slow
def test_stems_sum_to_the_cover(baritone: Voice) -> None:
    """To -60 dB, over a seam too: both are crossfaded where the cover is."""
    cover = rendered(demo.SONG, baritone)
    vocals = rendered(demo.SONG, baritone, accompaniment=None)
    accompaniment = rendered(demo.SONG, baritone, vocals=None)
    assert len(cover) > HOP
    assert min(level(vocals), level(accompaniment)) > 0.05 * level(cover)
    assert level(vocals + accompaniment - cover) < 0.001 * level(cover)


def test_levels_are_decibels(baritone: Voice) -> None:
    """6 dB less is half of the amplitude."""
    half = rendered(demo.SONG, baritone, length=1, vocals=-6.0206, accompaniment=-6.0206)
    assert level(2 * half - rendered(demo.SONG, baritone, length=1)) < 1e-3


@needs("python_stretch")
@pytest.mark.slow
@pytest.mark.parametrize("stem", [{"accompaniment": None}, {"vocals": None}])
def test_another_key_moves_voice_and_accompaniment(baritone: Voice, stem: Any) -> None:
    """By as many semitones as were asked for, at the same tempo, to the sample."""
    there, moved = (rendered(demo.SONG, baritone, key=key, **stem) for key in (0, 3))
    assert len(there) == len(moved)
    spectra = [np.abs(np.fft.rfft(to_mono(one) * np.hanning(len(one)))) for one in (there, moved)]
    notes = np.geomspace(110, 1760, 4 * 12 * 10 + 1)  # ten of a semitone
    profiles = [
        np.log(1e-9 + np.interp(notes, np.fft.rfftfreq(len(there), 1 / SONG_RATE), spectrum))
        for spectrum in spectra
    ]
    steps = range(10, 60)
    fits = [np.corrcoef(profiles[0][:-step], profiles[1][step:])[0, 1] for step in steps]
    assert steps[int(np.argmax(fits))] / 10 == pytest.approx(3, abs=0.2)


@needs("python_stretch")
def test_no_key_changes_no_sample(baritone: Voice) -> None:
    """Nothing is transposed where nothing was asked for."""
    np.testing.assert_array_equal(
        rendered(demo.SONG, baritone, length=1, key=0), rendered(demo.SONG, baritone, length=1)
    )


def test_without_its_package_a_key_is_refused(
    baritone: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "python_stretch", None)  # as if it were not installed
    with pytest.raises(CoverError, match=r'pip install "voiceshift\[local\]"'):
        rendered(demo.SONG, baritone, key=1)


def test_progress_is_told_up_to_the_end(tmp_path: Path, baritone: Voice) -> None:
    """Also where the format needs no length."""
    song = written(tmp_path / "song.wav", np.zeros((12 * SONG_RATE, 2), np.float32))
    shares: list[float] = []
    rendition = Rendition(length=11, report=shares.append)
    list(WorldEngine(separate_harmonics).cover(song, baritone, 0, rendition=rendition))
    assert shares == sorted(shares)
    assert (len(shares) > 2, shares[-1]) == (True, 1)

"""A voice is learned from recordings, saved, and read again; what is no voice is refused."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.properties import HealthCheck, given, settings, st
from voiceshift.errors import CoverError
from voiceshift.local import demo
from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.voices.knn.voice import Voice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory, baritone: Voice) -> Path:
    """The file of a voice."""
    path = tmp_path_factory.mktemp("voices") / "anna.npz"
    baritone.save(path)
    return path


def test_a_voice_has_frames_of_speech(baritone: Voice) -> None:
    """The demo recording gives its seconds, mostly voiced, at a man's pitch."""
    features = baritone.features
    assert len(features.f0) > 20 * 200
    assert 0.3 < features.voiced.mean() < 0.95
    assert 60 < np.median(features.f0[features.voiced]) < 150


@pytest.mark.slow
def test_recordings_add_up(tmp_path: Path) -> None:
    """Several short recordings make one voice."""
    speech, rate = soundfile.read(demo.VOICES["tenor"])
    half = len(speech) // 2
    paths = [tmp_path / "1.wav", tmp_path / "2.flac"]
    soundfile.write(paths[0], speech[:half], rate)
    soundfile.write(paths[1], speech[half:], rate)
    with pytest.raises(CoverError, match=r"hold 1[12]\.\d s of sound"):
        Voice.from_recordings("anna", paths[:1])
    assert len(Voice.from_recordings("anna", paths).features.f0) > 20 * 200


def test_what_is_just_too_short_is_not_called_long_enough(tmp_path: Path) -> None:
    """A message that speaks of 20 s where 20 s are asked for helps nobody."""
    path = tmp_path / "short.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, int(19.98 * VOICE_RATE))
    soundfile.write(path, noise, VOICE_RATE)
    with pytest.raises(CoverError, match=r"hold 19\.9 s of sound; at least 20 s"):
        Voice.from_recordings("anna", [path])


def test_noise_is_no_voice(tmp_path: Path) -> None:
    """Enough sound, but nobody in it."""
    path = tmp_path / "noise.wav"
    noise = np.random.default_rng(0).normal(0, 0.1, 25 * VOICE_RATE)
    soundfile.write(path, noise, VOICE_RATE)
    with pytest.raises(CoverError, match="sounds like a voice"):
        Voice.from_recordings("anna", [path])


def test_a_voice_tells_what_it_is(baritone: Voice) -> None:
    """How much of it there is, and where it speaks."""
    assert 20 < baritone.seconds < 30
    assert 60 < baritone.median_f0 < 150


def test_a_saved_voice_is_read_again(saved: Path, baritone: Voice) -> None:
    """It is called like its file, and what it holds is the same within half precision."""
    loaded = Voice.load(saved)
    assert loaded.name == "anna"
    assert np.array_equal(loaded.features.voiced, baritone.features.voiced)
    assert np.allclose(loaded.features.cepstra, baritone.features.cepstra, rtol=2e-3, atol=1e-3)


def test_a_saved_voice_is_small(saved: Path) -> None:
    """About a megabyte for each minute of recordings."""
    assert saved.stat().st_size < 24 / 60 * 1.5e6


def test_saving_leaves_nothing_else_behind(saved: Path) -> None:
    """The temporary file has become the voice."""
    assert [path.name for path in saved.parent.iterdir()] == ["anna.npz"]


def test_another_version_is_refused(tmp_path: Path, saved: Path) -> None:
    """A file of a later format says that it is to be made again."""
    path = tmp_path / "later.npz"
    with np.load(saved) as arrays:
        np.savez(path, **{**arrays, "format": np.int64(99)})
    with pytest.raises(CoverError, match=r"'later'.*another version.*make it again"):
        Voice.load(path)


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, saved: Path) -> None:
    """A file whose arrays disagree is damaged."""
    path = tmp_path / "odd.npz"
    with np.load(saved) as arrays:
        np.savez(path, **{**arrays, "f0": arrays["f0"][:-1]})
    with pytest.raises(CoverError, match="damaged"):
        Voice.load(path)


def test_pickles_are_never_opened(tmp_path: Path, saved: Path) -> None:
    """A voice from a stranger cannot run code."""
    path = tmp_path / "evil.npz"
    with np.load(saved) as arrays:
        np.savez(path, **{**arrays, "f0": np.array([print], dtype=object)})
    with pytest.raises(CoverError, match="damaged"):
        Voice.load(path)


@pytest.mark.parametrize("old", [b"'fortran_order'", b"'descr'", b"'shape'", b"{", b", }"])
@pytest.mark.parametrize("new", [b"]", b"\\", b'"""', b"((((("])
def test_a_damaged_header_is_refused(tmp_path: Path, saved: Path, old: bytes, new: bytes) -> None:
    """Where an array's header is no Python literal, numpy's parsers fail in ways of their own."""
    path = tmp_path / "header.npz"
    with zipfile.ZipFile(saved) as whole, zipfile.ZipFile(path, "w") as damaged:
        for name in whole.namelist():
            content = whole.read(name)
            damaged.writestr(name, content.replace(old, new.ljust(len(old))[: len(old)], 1))
    with pytest.raises(CoverError, match="damaged"):
        Voice.load(path)


@given(data=st.binary(min_size=1, max_size=60), place=st.floats(0, 1))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_is_refused_or_harmless(
    tmp_path: Path, saved: Path, data: bytes, place: float
) -> None:
    """A damaged file gives a voice or a CoverError, never another exception."""
    content = bytearray(saved.read_bytes())
    start = int(place * (len(content) - 1))
    content[start : start + len(data)] = data
    path = tmp_path / "damaged.npz"
    path.write_bytes(content)
    try:
        voice = Voice.load(path)
    except CoverError:
        return
    assert np.isfinite(voice.features.cepstra).all()

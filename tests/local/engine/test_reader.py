"""Audio files come in as stereo blocks at one rate, or are refused with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.properties import HealthCheck, example, given, settings, st
from voiceshift.errors import CoverError
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE, Samples

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, rate: int = SONG_RATE) -> Samples:
    """Decode a file at once."""
    return np.concatenate(list(read_blocks(path, rate)))


def tone(seconds: float, rate: int) -> Samples:
    """Return 440 Hz at half of full scale."""
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype("f4")


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3"])
def test_formats_keep_their_length(tmp_path: Path, ending: str) -> None:
    """Each of the promised formats decodes to exactly what was put in."""
    path = tmp_path / f"song.{ending}"
    soundfile.write(path, np.stack([tone(3, SONG_RATE)] * 2, axis=1), SONG_RATE)
    assert read(path).shape == (3 * SONG_RATE, 2)


@pytest.mark.parametrize("rate", [8_000, 22_050, 48_000, 192_000])
def test_rates_are_converted(tmp_path: Path, rate: int) -> None:
    """A tone keeps its length, pitch and level whatever rate it was recorded at."""
    path = tmp_path / "song.wav"
    soundfile.write(path, tone(2, rate), rate)
    samples = read(path)
    assert abs(len(samples) - 2 * SONG_RATE) <= 1
    middle = slice(SONG_RATE // 2, SONG_RATE)
    assert np.allclose(samples[middle, 0], tone(2, SONG_RATE)[middle], atol=1e-3)


def test_mono_is_put_on_both_channels(tmp_path: Path) -> None:
    """A mono file has the same sound left and right."""
    path = tmp_path / "song.wav"
    soundfile.write(path, tone(0.1, SONG_RATE), SONG_RATE)
    samples = read(path)
    assert np.array_equal(samples[:, 0], samples[:, 1])


def test_a_single_frame_is_a_song(tmp_path: Path) -> None:
    """The shortest sound there is comes through."""
    path = tmp_path / "song.wav"
    soundfile.write(path, [[0.5, -0.5]], SONG_RATE)
    assert len(read(path)) == 1


def test_numbers_that_are_none_become_sound(tmp_path: Path) -> None:
    """NaN and infinity in a float file do not spread."""
    path = tmp_path / "song.wav"
    soundfile.write(path, np.array([0.1, np.nan, np.inf, 1e30] * 1000), SONG_RATE, subtype="FLOAT")
    assert np.isfinite(read(path)).all()


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8])
def test_more_channels_are_mixed_down(tmp_path: Path, channels: int) -> None:
    """All of them, without clipping where all are at full scale."""
    path = tmp_path / "song.wav"
    soundfile.write(path, np.full((1000, channels), 0.99), SONG_RATE)
    assert np.allclose(read(path), 0.99, atol=1e-3)


def test_too_many_channels_are_refused(tmp_path: Path) -> None:
    """A recording of many tracks is not guessed at."""
    path = tmp_path / "song.wav"
    soundfile.write(path, np.zeros((100, 9)), SONG_RATE)
    with pytest.raises(CoverError, match=r"'song\.wav' has 9 channels.*make it stereo"):
        read(path)


@pytest.mark.parametrize(
    ("ending", "subtype"),
    [
        ("wav", "PCM_U8"),
        ("aiff", "PCM_S8"),
        ("wav", "PCM_16"),
        ("flac", "PCM_24"),
        ("wav", "PCM_32"),
        ("wav", "FLOAT"),
        ("wav", "DOUBLE"),
        ("wav", "ULAW"),
    ],
)
def test_samples_of_8_to_64_bits_are_read(tmp_path: Path, ending: str, subtype: str) -> None:
    """Each at its own level, within what its bits can hold."""
    path = tmp_path / f"song.{ending}"
    soundfile.write(path, tone(0.2, SONG_RATE), SONG_RATE, subtype=subtype)
    coarse = subtype in ("PCM_U8", "PCM_S8", "ULAW")
    assert np.allclose(read(path)[:, 0], tone(0.2, SONG_RATE), atol=0.02 if coarse else 1e-4)


def test_an_absurd_rate_is_refused(tmp_path: Path) -> None:
    """A header that says 1 Hz would make a song of days."""
    path = tmp_path / "song.wav"
    soundfile.write(path, np.zeros(100), 1)
    with pytest.raises(CoverError, match="1 Hz"):
        read(path)


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    """A header alone is no song."""
    path = tmp_path / "song.wav"
    soundfile.write(path, np.zeros((0, 2)), SONG_RATE)
    with pytest.raises(CoverError, match=r"'song\.wav' contains no audio"):
        read(path)


@pytest.mark.parametrize("name", ["song.mp3", "song.raw", "song.wav"])
def test_a_file_that_is_no_audio_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever its name says, and without saying where it lies."""
    path = tmp_path / name
    path.write_bytes(b"There is no sound in here. " * 100)
    with pytest.raises(CoverError, match="cannot be read as audio") as caught:
        read(path)
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A song may be deleted between its choice and its cover."""
    with pytest.raises(CoverError, match=r"'song\.wav' no longer exists"):
        read(tmp_path / "song.wav")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder, or nothing in it."""
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.wav").mkdir()
    for name, fault in (("empty.wav", "is empty"), ("folder.wav", "is no file")):
        with pytest.raises(CoverError, match=f"'{name}' {fault}"):
            read(tmp_path / name)


@example(data=b"caff", offset=0)  # another format, whose first chunk leads beyond the end
@given(data=st.binary(max_size=400), offset=st.integers(0, 20_000))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_damage_is_decoded_or_refused(tmp_path: Path, data: bytes, offset: int) -> None:
    """Damaged files give sound or a CoverError, never another exception, from libsndfile too."""
    path = tmp_path / "song.flac"
    soundfile.write(path, tone(1, SONG_RATE), SONG_RATE)
    content = bytearray(path.read_bytes())
    content[offset : offset + len(data)] = data
    path.write_bytes(content)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", str(tmp_path))  # where there is no FFmpeg
            samples = read(path)
    except CoverError:
        return
    assert np.isfinite(samples).all()


# ---- the longest song


def test_a_file_may_be_as_long_as_the_longest(tmp_path: Path) -> None:
    """The limit itself is allowed, whatever the rate."""
    path = tmp_path / "song.wav"
    soundfile.write(path, tone(2, 8_000), 8_000)
    assert len(np.concatenate(list(read_blocks(path, SONG_RATE, 2)))) == 2 * SONG_RATE


def test_a_longer_file_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """Its header tells, so that not even the first block is given."""
    path = tmp_path / "song.wav"
    soundfile.write(path, tone(20, 8_000), 8_000)
    with pytest.raises(CoverError, match=r"'song\.wav' is longer than 19\.5 seconds"):
        next(read_blocks(path, SONG_RATE, 19.5))

"""Files that only FFmpeg can read: decoded like others, and no way to anything else."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.odd_files import decoded_by_ffmpeg, film
from tests.support.tools import needs_tool
from voiceshift.errors import CoverError
from voiceshift.local.engine import ffmpeg
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import SONG_RATE, Samples

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("ffmpeg")

needs_ffmpeg = needs_tool("ffmpeg", PROGRAM)


def tone(seconds: float, channels: int = 2) -> Samples:
    """Return 440 Hz at half of full scale."""
    samples = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * SONG_RATE)) / SONG_RATE)
    return np.repeat(samples[:, None], channels, axis=1).astype(np.float32)


def converted(path: Path, samples: Samples) -> Path:
    """Write ``samples`` to ``path``, in the format of its ending."""
    assert PROGRAM is not None
    wav = path.with_suffix(".source.wav")
    soundfile.write(wav, samples, SONG_RATE)
    subprocess.run([PROGRAM, "-v", "error", "-i", wav, path], check=True)
    return path


def read(path: Path, max_duration: float | None = None) -> Samples:
    """Decode a file at once."""
    return np.concatenate(list(read_blocks(path, SONG_RATE, max_duration)))


@needs_ffmpeg
@pytest.mark.parametrize(
    ("ending", "channels"), [("m4a", 1), ("m4a", 6), ("mka", 6), ("wma", 1), ("wma", 2), ("aac", 2)]
)
def test_foreign_formats_are_read(tmp_path: Path, ending: str, channels: int) -> None:
    """At their length and level, mono on both sides and surround mixed down."""
    samples = read(converted(tmp_path / f"song.{ending}", tone(1, channels)))
    assert abs(len(samples) - SONG_RATE) < 0.1 * SONG_RATE  # such codecs add some silence
    middle = samples[SONG_RATE // 4 : SONG_RATE // 2]
    level = np.sqrt(np.mean(np.square(middle), axis=0))
    assert np.allclose(level, 0.5 * 0.5**0.5, rtol=0.1)


@needs_ffmpeg
def test_a_foreign_song_can_be_too_long(tmp_path: Path) -> None:
    """It is refused when that is known, not decoded to its end."""
    path = converted(tmp_path / "song.m4a", tone(9))
    assert len(read(path, max_duration=9.5)) > 8 * SONG_RATE
    with pytest.raises(CoverError, match="longer than 2 seconds"):
        read(path, max_duration=2)


@needs_ffmpeg
@pytest.mark.parametrize(
    "ending",
    ["m3u8", *(pytest.param(name, marks=pytest.mark.slow) for name in ("m4a", "ffconcat"))],
)
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nprivate.m4a\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile private.m4a\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    ],
    ids=["hls", "concat", "sdp"],
)
def test_a_playlist_is_no_song(tmp_path: Path, ending: str, playlist: str) -> None:
    """What it names is not opened, be it a file beside it or an address."""
    converted(tmp_path / "private.m4a", tone(1))
    path = tmp_path / f"song.{ending}"
    path.write_text(playlist)
    with pytest.raises(CoverError, match="cannot be read as audio"):
        read(path)


@needs_ffmpeg
def test_a_film_without_sound_is_no_song(tmp_path: Path) -> None:
    """There is nothing to cover in it."""
    assert PROGRAM is not None
    path = tmp_path / "film.mkv"
    source = ["-f", "lavfi", "-i", "color=size=16x16:duration=0.2"]
    subprocess.run([PROGRAM, "-v", "error", *source, "-c:v", "rawvideo", path], check=True)
    with pytest.raises(CoverError, match=r"'film\.mkv' cannot be read as audio"):
        read(path)


@needs_ffmpeg
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_the_sound_of_a_film_stays_in_its_place(tmp_path: Path, ending: str) -> None:
    """Where it begins later than the picture, silence comes before it."""
    path = film(tmp_path / f"film.{ending}", "-itsoffset 1 sine=duration=2")
    samples = read(path)
    assert abs(len(samples) - 3 * SONG_RATE) < 0.1 * SONG_RATE
    assert not samples[: int(0.9 * SONG_RATE)].any()
    assert samples[int(1.2 * SONG_RATE) : int(2.8 * SONG_RATE)].std() > 0.01


@needs_ffmpeg
def test_sound_alone_begins_at_once(tmp_path: Path) -> None:
    """Where there is no picture, what a codec puts before it is no silence."""
    path = converted(tmp_path / "song.wma", tone(1))
    assert abs(len(read(path)) - len(decoded_by_ffmpeg(path))) < 0.01 * SONG_RATE


@needs_ffmpeg
def test_sound_after_damage_stays_in_its_place(tmp_path: Path) -> None:
    """Silence is put for what is lost, where a file tells when each piece is due."""
    path = converted(tmp_path / "song.m4a", tone(3))
    whole, content = read(path), bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 5000] = np.random.default_rng(0).bytes(5000)
    path.write_bytes(content)
    assert abs(len(read(path)) - len(whole)) < 0.01 * SONG_RATE


@needs_ffmpeg
def test_sound_that_begins_late_is_not_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a picture it begins at once, though the file is longer by its header."""
    assert PROGRAM is not None
    path = tmp_path / "song.m4a"
    source = ["-itsoffset", "1", "-f", "lavfi", "-i", "sine=duration=2"]
    subprocess.run([PROGRAM, "-v", "error", *source, path], check=True)
    assert abs(len(read(path)) - 2 * SONG_RATE) < 0.05 * SONG_RATE
    assert not caplog.messages


@needs_ffmpeg
def test_damage_is_told_where_the_decoder_is_silent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """That of ALAC says nothing of a frame that it cannot decode."""
    path, wav = tmp_path / "song.m4a", tmp_path / "song.wav"
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (3 * SONG_RATE, 2))
    soundfile.write(wav, noise, SONG_RATE)
    assert PROGRAM is not None
    subprocess.run([PROGRAM, "-v", "error", "-i", wav, "-c:a", "alac", path], check=True)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    path.write_bytes(content)
    read(path)
    assert "a part cannot be decoded, at about 1.5 s" in caplog.text


@needs_ffmpeg
def test_a_file_of_sound_that_was_cut_off_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Ogg FLAC, of which the header does not say how long it is."""
    path = converted(tmp_path / "song.oga", tone(3))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    read(path)
    assert "a part cannot be decoded" in caplog.text


@needs_ffmpeg
def test_of_several_tracks_the_default_one_is_read(tmp_path: Path) -> None:
    """Not the first."""
    quiet, loud = "aevalsrc=0.01*sin(2000*t):d=3", "aevalsrc=0.5*sin(2000*t):d=3"
    options = "-disposition:a:0 0 -disposition:a:1 default"
    samples = read(film(tmp_path / "film.mkv", quiet, loud, options=options))
    assert np.abs(samples).max() > 0.3


@needs_ffmpeg
def test_leaving_early_ends_ffmpeg(tmp_path: Path) -> None:
    """Its pipe is closed, its process gone: the fixture of all tests looks for both."""
    blocks = read_blocks(converted(tmp_path / "song.m4a", tone(30)), SONG_RATE)
    next(blocks)
    blocks.close()  # type: ignore[attr-defined]  # the iterator is a generator


def test_without_ffmpeg_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the service learns what would help."""
    monkeypatch.setenv("PATH", str(tmp_path))
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A ")
    with pytest.raises(
        CoverError, match=r"'song\.m4a' cannot .* where FFmpeg is installed"
    ) as caught:
        read(path)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="writes a program as a shell script")
@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec sleep 100", "cannot be read as audio"),
        ("cat sound; exec sleep 100", "is damaged and cannot be decoded to its end"),
        ("cat sound; exit 1", "is damaged and cannot be decoded to its end"),
    ],
)
def test_an_ffmpeg_that_hangs_or_fails_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """A damaged file may bring it to that; what it decoded before was sent."""
    monkeypatch.setattr(ffmpeg, "READ_TIMEOUT", 0.5)
    soundfile.write(tmp_path / "sound", tone(1), SONG_RATE, "FLOAT", format="WAV")
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    path = tmp_path / "song.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A ")
    with pytest.raises(CoverError, match=words):
        read(path)

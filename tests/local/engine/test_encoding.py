"""The chunks of a stream, joined, are one file."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
import soundfile
import soxr  # type: ignore[import-untyped]

from tests.support.tags import probed_tags
from tests.support.tools import needs_tool
from voiceshift import CoverError, __version__
from voiceshift.local.engine.encoding import FORMATS, EncodedStream
from voiceshift.local.engine.marks import COMMENT, Marks
from voiceshift.local.engine.samples import SONG_RATE, Samples

if TYPE_CHECKING:
    from pathlib import Path

needs_ffmpeg = needs_tool("ffmpeg", shutil.which("ffmpeg"))


def tone(frames: int) -> Samples:
    """Return 440 Hz at half of full scale, stereo."""
    wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(frames) / SONG_RATE)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


MARKS = Marks("Größe (tenor, pitch +0)", "tenor")

everywhere = pytest.mark.parametrize("name", FORMATS)
"""In each of the formats."""


def encoded(name: str, samples: Samples, lengths: list[int]) -> list[bytes]:
    """Encode ``samples`` in pieces of the given lengths."""
    stream = EncodedStream(name, lambda: MARKS, sum(lengths))
    chunks, start = [], 0
    for length in lengths:
        chunks.append(stream.encode(samples[start : start + length]))
        start += length
    return [*chunks, stream.finish()]


def decoded_by_ffmpeg(data: bytes, path: Path) -> int:
    """The frames that FFmpeg, which is not what encoded it, finds in a file; none may be amiss."""
    path.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "s16le", "-"]
    finished = subprocess.run(command, capture_output=True, check=True)
    assert finished.stderr == b""
    return len(finished.stdout) // 4


@everywhere
@pytest.mark.parametrize("lengths", [[1], [0, 1000], [44_100, 9_999], [7] * 300])
def test_joined_chunks_have_every_sample(name: str, lengths: list[int]) -> None:
    """The length is exact, in MP3 too, however the sound was handed over."""
    chunks = encoded(name, tone(sum(lengths)), lengths)
    frames = round(sum(lengths) * FORMATS[name].rate / SONG_RATE)
    with soundfile.SoundFile(io.BytesIO(b"".join(chunks))) as file:
        assert (file.frames, len(file.read())) == (frames, frames)


@everywhere
@needs_ffmpeg
def test_other_decoders_find_the_same_length(name: str, tmp_path: Path) -> None:
    """Nothing before the sound, nothing after it, and no complaint about a header."""
    chunks = encoded(name, tone(3 * SONG_RATE + 17), [SONG_RATE] * 3 + [17])
    frames = round((3 * SONG_RATE + 17) * FORMATS[name].rate / SONG_RATE)
    assert decoded_by_ffmpeg(b"".join(chunks), tmp_path / f"cover.{name}") == frames


@everywhere
def test_joined_chunks_hold_the_sound(name: str) -> None:
    """What is decoded is what was encoded, but for the loss of the format, and in its place."""
    samples = tone(3 * SONG_RATE)
    chunks = encoded(name, samples, [SONG_RATE] * 3)
    decoded, rate = soundfile.read(io.BytesIO(b"".join(chunks)), dtype="float32")
    assert rate == FORMATS[name].rate
    back = soxr.resample(decoded, rate, SONG_RATE)
    assert np.abs(back - samples)[1000:-1000].max() < 0.05


@everywhere
def test_bytes_come_while_it_is_made(name: str) -> None:
    """Most of the file has gone out before the end."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (10 * SONG_RATE, 2)).astype(np.float32)
    chunks = encoded(name, samples, [5 * SONG_RATE, 5 * SONG_RATE])
    assert len(chunks[0]) > 0.4 * sum(map(len, chunks))
    assert len(chunks[-1]) < 0.2 * sum(map(len, chunks))


@everywhere
def test_every_file_says_what_it_is(name: str) -> None:
    """Read by soundfile: title and voice, the software, and that a machine sang."""
    data = b"".join(encoded(name, tone(SONG_RATE), [SONG_RATE]))
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert (file.title, file.artist) == (MARKS.title, MARKS.artist)
        assert file.software.startswith(f"voiceshift {__version__}")
        assert file.comment == COMMENT


@everywhere
@needs_ffmpeg
def test_other_programs_read_what_it_is(name: str, tmp_path: Path) -> None:
    """Read by ffprobe, under the names that each format has for them."""
    path = tmp_path / f"cover.{name}"
    path.write_bytes(b"".join(encoded(name, tone(SONG_RATE), [SONG_RATE])))
    tags = probed_tags(path)
    assert (tags["title"], tags["artist"], tags["comment"]) == (*attrs.astuple(MARKS), COMMENT)
    assert any(f"voiceshift {__version__}" in value for value in tags.values())


def test_a_stream_of_nothing_is_a_file() -> None:
    """A stream that ends at once can be opened."""
    data = EncodedStream("ogg", lambda: MARKS).finish()
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        assert file.title == MARKS.title
        assert (file.format, file.channels, file.samplerate) == ("OGG", 2, SONG_RATE)


def test_what_is_too_long_for_wav_is_refused() -> None:
    """Its header has four bytes for the size."""
    with pytest.raises(CoverError, match="too long for a WAV file; ask for flac"):
        EncodedStream("wav", lambda: MARKS, 2**30)


def test_marks_are_fit_for_tags() -> None:
    """A title comes from a file's name, which may hold anything."""
    assert Marks("a\nb\0c\ud800").title == "a b c "

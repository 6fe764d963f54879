"""Files whose headers mislead, and damaged ones: read to the end of their data, or with a word."""

from __future__ import annotations

import logging
import re
import struct
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.odd_files import (
    DAMAGED,
    FFMPEG,
    MISLEADING,
    PLAIN,
    RATE,
    decoded_by_ffmpeg,
    rf64,
    w64,
    with_channel_mask,
    write_channels,
)
from tests.support.tools import needs_tool
from voiceshift.errors import CoverError
from voiceshift.local.engine.reader import read_blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

needs_ffmpeg = needs_tool("ffmpeg", FFMPEG)

ALL = {**PLAIN, **MISLEADING, **DAMAGED}

NEED_FFMPEG = {
    "no count.mp3",
    "half the count.mp3",
    "count of zero.mp3",
    "joined.mp3",
    "joined with their tags.mp3",
    "two rates.mp3",
    "chained.ogg",
    "two rates.ogg",
    "chained.opus",
}
"""What libsndfile cannot read whole."""

LOST = {
    "damaged.flac": r"0\.1 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "damaged.ogg": r"0\.6 of 3\.0 s cannot be decoded, at about 1\.1 s",
    "damaged.opus": r"1\.0 of 3\.0 s cannot be decoded, at about 1\.0 s",
    "damaged.mp3": r"0\.\d of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.wav": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut big-endian.wav": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.aiff": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.au": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.w64": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.flac": r"1\.5 of 3\.0 s cannot be decoded, at about 1\.5 s",
    "cut.ogg": r"a part cannot be decoded, at about 1\.1 s",
    "cut.opus": r"a part cannot be decoded, at about 1\.0 s",
    "cut.mp3": r"1\.\d of 3\.0 s cannot be decoded, at about 1\.\d s",
    "twice its length.flac": r"3\.0 of 6\.0 s cannot be decoded, at about 3\.0 s",
}
"""What is told of the damaged files."""


@pytest.fixture
def no_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without it."""
    monkeypatch.setenv("PATH", str(tmp_path))


def made(folder: Path, name: str) -> Path:
    """Make one of the files."""
    path = folder / name
    path.write_bytes(ALL[name](path))
    return path


def read(path: Path) -> Samples:
    """Decode a file at once."""
    return np.concatenate(list(read_blocks(path, RATE)))


def read_aloud(path: Path, caplog: pytest.LogCaptureFixture) -> tuple[Samples, list[str]]:
    """Decode a file; return what warnings there were, too."""
    caplog.clear()
    with caplog.at_level(logging.WARNING, "voiceshift.local"):
        samples = read(path)
    return samples, [record.getMessage() for record in caplog.records]


@needs_ffmpeg
@pytest.mark.parametrize("name", sorted({**PLAIN, **MISLEADING}))
def test_whole_files_are_read_whole(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As FFmpeg reads them, and without a warning: a misleading header is no damage."""
    path = made(tmp_path, name)
    (ours, warnings), theirs = read_aloud(path, caplog), decoded_by_ffmpeg(path)
    assert abs(len(ours) - len(theirs)) < 0.05 * RATE
    end = min(len(ours), len(theirs)) - RATE // 20
    assert np.abs(ours[:end] - theirs[:end]).max() < 0.03  # two resamplers, 16 bits
    assert not warnings


@needs_ffmpeg
@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_lost_is_told(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """How much it is, and where; all that FFmpeg can decode is read."""
    path = made(tmp_path, name)
    (ours, warnings), theirs = read_aloud(path, caplog), decoded_by_ffmpeg(path)
    assert abs(len(ours) - len(theirs)) < 0.05 * RATE
    assert len(warnings) == 1
    assert re.fullmatch(f"'{name}' is damaged: {LOST[name]}", warnings[0])


@pytest.mark.slow
@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("name", sorted({*PLAIN, *MISLEADING} - NEED_FFMPEG))
def test_files_are_whole_without_ffmpeg(tmp_path: Path, name: str) -> None:
    """Whatever their headers say."""
    assert abs(len(read(made(tmp_path, name))) - 3 * RATE) < 0.05 * RATE


@pytest.mark.slow
@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("name", sorted(NEED_FFMPEG))
def test_what_only_ffmpeg_reads_whole_is_not_cut_without_a_word(tmp_path: Path, name: str) -> None:
    """Without it they are refused, with the reason."""
    with pytest.raises(CoverError, match=f"'{name}' .*only FFmpeg can read"):
        read(made(tmp_path, name))


@pytest.mark.slow
@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("name", DAMAGED)
def test_what_is_lost_is_told_without_ffmpeg(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What libsndfile can decode is read, too."""
    samples, warnings = read_aloud(made(tmp_path, name), caplog)
    assert len(samples) > 0.9 * RATE
    assert "is damaged" in warnings[0]


@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("name", ["damaged.mp3", "tag before it.mp3"])
def test_decoders_do_not_talk_to_the_user(
    tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """What libmpg123 writes to standard error, past Python, is not shown."""
    read(made(tmp_path, name))
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("no_ffmpeg")
def test_a_frozen_program_reads_mp3_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no Python that another process could run."""
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert len(read(made(tmp_path, "plain.mp3"))) == 3 * RATE


@pytest.mark.usefixtures("no_ffmpeg")
@pytest.mark.parametrize("size", [0, 2**63 - 1, 2**64 - 1])
@pytest.mark.parametrize("write", [rf64, w64])
def test_sizes_of_64_bits_may_be_unknown(
    tmp_path: Path,
    write: Callable[[Path, int], Path],
    size: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """As a recorder leaves them that was cut off, or one that wrote into a pipe."""
    samples, warnings = read_aloud(write(tmp_path / "sound", size), caplog)
    assert len(samples) == 3 * RATE
    assert not warnings
    assert capfd.readouterr().err == ""


# ---- where the channels go


def levels(path: Path) -> tuple[float, float]:
    """Return how loud a file is on the left and on the right."""
    left, right = read(path).std(axis=0)
    return float(left), float(right)


def test_vorbis_has_its_own_order_of_channels(tmp_path: Path) -> None:
    """The centre, where the singer mostly is, is the second of them."""
    ogg = write_channels(tmp_path / "surround.ogg", 6, sounding=1)
    wav = write_channels(tmp_path / "surround.wav", 6, sounding=2)
    assert levels(ogg) == pytest.approx(levels(wav), rel=0.02)


@needs_ffmpeg
def test_opus_has_its_own_order_of_channels(tmp_path: Path) -> None:
    """That of Vorbis."""
    wav = write_channels(tmp_path / "surround.wav", 6, sounding=2)
    opus = wav.with_suffix(".opus")
    subprocess.run([str(FFMPEG), "-v", "error", "-i", wav, "-b:a", "400k", opus], check=True)
    assert levels(opus) == pytest.approx(levels(wav), rel=0.05)


@pytest.mark.usefixtures("no_ffmpeg")
def test_the_subwoofer_of_2_1_is_left_out(tmp_path: Path) -> None:
    """The mask tells it from a centre."""
    path = write_channels(tmp_path / "2.1.wav", 3, sounding=2, format="WAVEX")
    assert levels(path)[0] > 0
    assert levels(with_channel_mask(path, 0xB)) == (0, 0)


def test_4_0_has_a_centre(tmp_path: Path) -> None:
    """It has no left and right at the back, as four channels without a mask have."""
    path = write_channels(tmp_path / "4.0.wav", 4, sounding=2, format="WAVEX")
    left, right = levels(with_channel_mask(path, 0x107))
    assert left == pytest.approx(right)
    assert left > 0


def test_flac_has_a_mask_in_its_tags(tmp_path: Path) -> None:
    """As its own header has no place for one."""
    path = write_channels(tmp_path / "4.0.flac", 4, sounding=2)
    tag = b"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x107"
    comment = struct.pack("<III", 0, 1, len(tag)) + tag
    content = path.read_bytes()
    block = struct.pack(">I", 4 << 24 | len(comment)) + comment  # a Vorbis comment, not the last
    path.write_bytes(content[:42] + block + content[42:])
    left, right = levels(path)
    assert left == pytest.approx(right)
    assert left > 0

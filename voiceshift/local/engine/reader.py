"""Audio files decoded to blocks of stereo samples at one rate, whatever the file was."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import soundfile
import soxr  # type: ignore[import-untyped]

from voiceshift.errors import CoverError
from voiceshift.local.engine.ffmpeg import FfmpegFile
from voiceshift.local.engine.samples import MAX_CHANNELS, to_stereo
from voiceshift.util.files import is_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

__all__ = ["read_blocks"]

_BLOCK_SIZE = 65_536  # frames read at a time
_RATES = range(4_000, 768_001)  # with any other a header is damaged, or made to exhaust memory
_MAX_FRAMES = 10**12  # frames; a header with more than these does not know the number
_MAX_SAMPLE = 8.0  # times full scale; a float file with more is damaged, and would overflow


def read_blocks(path: Path, rate: int, max_duration: float | None = None) -> Iterator[Samples]:
    """Decode an audio file block by block, so that memory does not grow with its length.

    Args:
        path: A WAV, FLAC, Ogg or MP3 file, or another that libsndfile reads; where FFmpeg is
            installed, also what that reads. Up to eight channels.
        rate: The rate to convert to, in hertz.
        max_duration: Longest file that is accepted, in seconds; ``None`` is no limit.

    Yields:
        Stereo blocks ``(frames, 2)``, none of them empty; mono is on both channels.

    Raises:
        CoverError: The file cannot be read as audio, is damaged, empty, too long, or has more
            channels or another rate than songs have.
    """
    frames = 0
    for block in _decoded(path, rate, max_duration):
        # Counted here, since headers may be wrong or say nothing. Resampling may add one.
        frames += len(block)
        _check_duration((frames - 1) / rate, path, max_duration)
        yield block
    if frames == 0:
        raise CoverError(f"{path.name!r} contains no audio")


def _decoded(path: Path, rate: int, max_duration: float | None) -> Iterator[Samples]:
    with closing(_open(path, max_duration)) as file:
        _check_header(file, path, max_duration)
        blocks = map(to_stereo, map(_sanitised, _blocks_of(file, path)))
        yield from _resampled(blocks, file.samplerate, rate)


def _open(path: Path, max_duration: float | None) -> soundfile.SoundFile | FfmpegFile:
    if not is_file(path):
        raise CoverError(f"{path.name!r} no longer exists")
    try:
        return soundfile.SoundFile(path)
    except (soundfile.SoundFileError, OSError, TypeError):
        # TypeError: the name ends in .raw, which has no header to tell the rate.
        return FfmpegFile(path, max_duration)


def _check_header(
    file: soundfile.SoundFile | FfmpegFile, path: Path, max_duration: float | None
) -> None:
    if file.channels > MAX_CHANNELS or file.samplerate not in _RATES:
        raise CoverError(
            f"{path.name!r} has {file.channels} channels at {file.samplerate} Hz; "
            "make it stereo at 44100 Hz first"
        )
    if file.frames < _MAX_FRAMES:
        _check_duration(file.frames / file.samplerate, path, max_duration)


def _check_duration(seconds: float, path: Path, max_duration: float | None) -> None:
    if max_duration is not None and seconds > max_duration:
        raise CoverError(
            f"{path.name!r} is longer than {max_duration:g} seconds, the longest song taken here"
        )


def _blocks_of(file: soundfile.SoundFile | FfmpegFile, path: Path) -> Iterator[Samples]:
    try:
        while len(block := file.read(_BLOCK_SIZE, dtype="float32", always_2d=True)):
            yield block
    except soundfile.SoundFileError as error:
        raise CoverError(f"{path.name!r} is damaged and cannot be decoded to its end") from error


def _sanitised(block: Samples) -> Samples:
    """Return ``block`` without NaN, infinity and absurd values, as damaged float files have."""
    block = np.nan_to_num(block, nan=0.0, posinf=_MAX_SAMPLE, neginf=-_MAX_SAMPLE)
    return np.clip(block, -_MAX_SAMPLE, _MAX_SAMPLE, out=block)


def _resampled(blocks: Iterable[Samples], rate: int, to_rate: int) -> Iterator[Samples]:
    resampler = soxr.ResampleStream(rate, to_rate, 2, dtype="float32")
    for block in blocks:
        if len(resampled := resampler.resample_chunk(block)):
            yield resampled
    rest = resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True)
    if len(rest):
        yield rest

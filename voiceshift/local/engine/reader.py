"""Audio files decoded to blocks of stereo samples at one rate, whatever the file was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import soundfile
import soxr  # type: ignore[import-untyped]

from voiceshift.errors import CoverError
from voiceshift.local.engine.channels import MOST_CHANNELS, to_stereo
from voiceshift.local.engine.ffmpeg import FfmpegFile
from voiceshift.util.files import is_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["SONG_RATE", "VOICE_RATE", "Samples", "mono", "read_blocks", "resample"]

Samples = npt.NDArray[np.float32]
"""Sound as 32-bit floats, full scale ±1: ``(frames,)`` for mono, ``(frames, 2)`` for stereo."""

SONG_RATE = 44_100
"""Rate of songs and covers, in hertz."""

VOICE_RATE = 16_000
"""Rate at which voices are analysed and synthesised, in hertz."""

_BLOCK = 65_536  # frames read at a time
_RATES = range(4_000, 768_001)  # outside of them a header is damaged, or made to exhaust memory
_LONGEST = 10**12  # frames; a header that says more says that it does not know
_LOUDEST = 8.0  # times full scale; a float file beyond it is damaged and would overflow


def read_blocks(path: Path, rate: int, max_duration: float | None = None) -> Iterator[Samples]:
    """Decode an audio file block by block, so that memory does not grow with its length.

    Args:
        path: A WAV, FLAC, Ogg or MP3 file, or another that libsndfile reads; where FFmpeg is
            installed, also what that reads. Up to eight channels.
        rate: The rate to convert to, in hertz.
        max_duration: Longest file that is taken, in seconds; ``None`` is no limit.

    Yields:
        Stereo blocks ``(frames, 2)``, none of them empty; mono is on both channels.

    Raises:
        CoverError: The file is no audio that can be read, is damaged, empty, too long, or has more
            channels or another rate than songs have.
    """
    frames = 0
    for block in _decoded(path, rate, max_duration):
        # What counts is what there is: a header may say less, or nothing. Resampling may add one.
        frames += len(block)
        _check_duration((frames - 1) / rate, path, max_duration)
        yield block
    if frames == 0:
        raise CoverError(f"{path.name!r} holds no sound")


def resample(samples: Samples, rate: int, to_rate: int, length: int | None = None) -> Samples:
    """Return mono ``samples`` at another rate, cut or padded with silence to ``length``."""
    resampled = np.asarray(soxr.resample(samples, rate, to_rate), np.float32)
    if length is None:
        return resampled
    return np.pad(resampled[:length], (0, max(0, length - len(resampled))))


def mono(stereo: Samples) -> Samples:
    """Return the mean of both channels."""
    # Adding columns is faster than a mean along an axis of length two.
    return (stereo[:, 0] + stereo[:, 1]) / np.float32(2)


def _decoded(path: Path, rate: int, max_duration: float | None) -> Iterator[Samples]:
    with _open(path, max_duration) as file:
        _check_header(file, path, max_duration)
        blocks = map(to_stereo, map(_sane, _blocks_of(file, path)))
        yield from _resampled(blocks, file.samplerate, rate)


def _open(path: Path, max_duration: float | None) -> soundfile.SoundFile | FfmpegFile:
    if not is_file(path):
        raise CoverError(f"{path.name!r} is not there any more")
    try:
        return soundfile.SoundFile(path)
    except (soundfile.SoundFileError, OSError, TypeError):
        # TypeError: the name ends in .raw, whose rate nobody knows.
        return FfmpegFile(path, max_duration)


def _check_header(
    file: soundfile.SoundFile | FfmpegFile, path: Path, max_duration: float | None
) -> None:
    if file.channels > MOST_CHANNELS or file.samplerate not in _RATES:
        raise CoverError(
            f"{path.name!r} has {file.channels} channels at {file.samplerate} Hz; "
            "make it stereo at 44100 Hz first"
        )
    if file.frames < _LONGEST:
        _check_duration(file.frames / file.samplerate, path, max_duration)


def _check_duration(seconds: float, path: Path, max_duration: float | None) -> None:
    if max_duration is not None and seconds > max_duration:
        raise CoverError(
            f"{path.name!r} is longer than {max_duration:g} seconds, the longest song taken here"
        )


def _blocks_of(file: soundfile.SoundFile | FfmpegFile, path: Path) -> Iterator[Samples]:
    try:
        while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
            yield block
    except soundfile.SoundFileError as error:
        raise CoverError(f"{path.name!r} is damaged and cannot be decoded to its end") from error


def _sane(block: Samples) -> Samples:
    """Return ``block`` without what a damaged float file may hold."""
    block = np.nan_to_num(block, nan=0.0, posinf=_LOUDEST, neginf=-_LOUDEST)
    return np.clip(block, -_LOUDEST, _LOUDEST, out=block)


def _resampled(blocks: Iterable[Samples], rate: int, to_rate: int) -> Iterator[Samples]:
    resampler = soxr.ResampleStream(rate, to_rate, 2, dtype="float32")
    for block in blocks:
        if len(resampled := resampler.resample_chunk(block)):
            yield resampled
    rest = resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True)
    if len(rest):
        yield rest

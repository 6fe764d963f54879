"""Audio files decoded to blocks of stereo samples at one rate, whatever the file was."""

from __future__ import annotations

import os
from collections import deque
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Union

import numpy as np
import soxr  # type: ignore[import-untyped]

from voiceshift.errors import CoverError, SettingsError
from voiceshift.local.engine.ffmpeg import FfmpegReader
from voiceshift.local.engine.samples import MAX_CHANNELS, to_stereo
from voiceshift.local.engine.sndfile import SndfileReader
from voiceshift.local.engine.sndfile_process import SndfileProcess
from voiceshift.util.files import is_file
from voiceshift.util.logs import SafeLogger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

    Warn = Callable[[str], object]

logger = SafeLogger("voiceshift.local")

Reader = Union[SndfileReader, SndfileProcess, FfmpegReader]  # noqa: UP007 - evaluated on 3.10

# How files begin that libsndfile reads to the end of their data. Of MP3 files it trusts a count of
# frames, which is often missing or wrong: they and all others are for FFmpeg first.
_RELIABLE = frozenset(
    [b"RIFF", b"RIFX", b"RF64", b"riff", b"FORM", b".snd", b"caff", b"fLaC", b"OggS"]
)

_RATES = range(1_000, 768_001)  # with any other a header is damaged, or made to exhaust memory
_MAX_FRAMES = 2**63  # more than any file has
_MAX_PLACES = 5  # that a warning tells
_MAX_SAMPLE = 8.0  # times full scale; a float file with more is damaged, and would overflow


def log_warning(text: str) -> None:
    """Tell the logger ``voiceshift.local``."""
    logger.warning("%s", text)


def read_blocks(
    path: Path, rate: int, max_duration: float | None = None, warn: Warn = log_warning
) -> Iterator[Samples]:
    """Decode an audio file block by block, so that memory does not grow with its length.

    Args:
        path: A WAV, FLAC, Ogg or MP3 file, or another that libsndfile reads; where FFmpeg is
            installed, also what that reads. Up to eight channels.
        rate: The rate to convert to, in hertz.
        max_duration: Longest file that is accepted, in seconds; ``None`` is no limit.
        warn: Called at the end with how much of a damaged file is lost, and where.

    Yields:
        Stereo blocks ``(frames, 2)``, none of them empty; mono is on both channels.

    Raises:
        CoverError: The file cannot be read as audio, is empty or too long, has more channels or
            another rate than songs have, or is known to go on where its decoder ends.

    What is damaged is left out.
    """
    frames = 0
    for block in _decoded(path, rate, max_duration, warn):
        # Counted here, since headers may be wrong or say nothing. Resampling may add one.
        frames += len(block)
        _check_duration((frames - 1) / rate, path, max_duration)
        yield block
    if frames == 0:
        raise CoverError(f"{path.name!r} contains no audio")


def duration(path: Path) -> float | None:
    """Return the length of an audio file in seconds, by its header; ``None`` if that is unknown.

    Raises:
        CoverError: It cannot be read as audio.
    """
    with closing(_open(path, None)) as file:
        return file.duration


def count_frames(path: Path, rate: int, max_duration: float | None = None) -> int:
    """Return how many frames :func:`read_blocks` will yield, by decoding the whole file.

    Headers are not precise enough: those of MP3 files may be missing or wrong, and what is damaged
    is left out.

    Raises:
        CoverError: As for :func:`read_blocks`.
    """
    return sum(map(len, _decoded(path, rate, max_duration, lambda _: None)))


def _decoded(path: Path, rate: int, max_duration: float | None, warn: Warn) -> Iterator[Samples]:
    with closing(_open(path, max_duration)) as file:
        _check_header(file, path, max_duration)
        blocks = _stereo_blocks(file, path, warn)
        yield from _resampled(blocks, file.samplerate, rate)


def _open(path: Path, max_duration: float | None) -> Reader:
    if not is_file(path):
        fault = "is no file" if os.path.lexists(path) else "no longer exists"
        raise CoverError(f"{path.name!r} {fault}")
    try:
        if path.stat().st_size == 0:
            raise CoverError(f"{path.name!r} is empty")
        with path.open("rb") as file:
            is_reliable = file.read(4) in _RELIABLE
        if is_reliable:
            return _first(lambda: SndfileReader(path), lambda: FfmpegReader(path, max_duration))
        return _first(lambda: FfmpegReader(path, max_duration), lambda: _quiet_sndfile(path))
    except OSError as error:
        raise CoverError(f"{path.name!r} cannot be opened") from error


def _quiet_sndfile(path: Path) -> Reader:
    try:
        return SndfileProcess(path)
    except SettingsError:  # a frozen program, which no further process can run
        return SndfileReader(path)


def _first(reader: Callable[[], Reader], other: Callable[[], Reader]) -> Reader:
    """Return the first reader that can read the file."""
    try:
        return reader()
    except CoverError as first:
        try:
            return other()
        except CoverError as second:
            gives_reason = not str(first).endswith("cannot be read as audio")
            error = first if gives_reason else second
    raise error


def _stereo_blocks(file: Reader, path: Path, warn: Warn) -> Iterator[Samples]:
    """Yield all that can be decoded, and warn of what cannot."""
    frames = 0
    for block in _stereo(file):
        frames += len(block)
        yield block
    if isinstance(file, SndfileReader):
        if file.has_failed:
            for block in _rest(path, frames, file.damage):
                frames += len(block)
                yield block
        elif file.missing(frames) and not file.damage:
            deque(_rest(path, _MAX_FRAMES, file.damage), maxlen=0)  # it only tells where
    if frames and (file.damage or file.missing(frames)):
        warn(_loss(path, frames / file.samplerate, file.missing(frames), file.damage))


def _stereo(file: Reader) -> Iterator[Samples]:
    for block in file.blocks():
        yield to_stereo(_sanitised(block), file.layout)


def _rest(path: Path, frames: int, damage: list[float]) -> Iterator[Samples]:
    """Yield what FFmpeg decodes after so many frames, and correct the places of ``damage``."""
    with suppress(CoverError), closing(FfmpegReader(path)) as file:
        for block in _stereo(file):
            if frames < len(block):
                yield block[frames:]
            frames = max(0, frames - len(block))
        damage[:] = [max(place, *damage, 0) for place in file.damage]


def _loss(path: Path, seconds: float, missing: float, damage: list[float]) -> str:
    """Return, in words, what is lost of a file, and where."""
    lost = f"{missing:.1f} of {seconds + missing:.1f} s" if missing else "a part"
    # What is missing while no decoder complained would have come after the end.
    places = sorted({round(place, 1) for place in damage or [seconds]})[:_MAX_PLACES]
    where = ", ".join(f"{place:.1f}" for place in places)
    return f"{path.name!r} is damaged: {lost} cannot be decoded, at about {where} s"


def _check_header(file: Reader, path: Path, max_duration: float | None) -> None:
    if file.channels > MAX_CHANNELS or file.samplerate not in _RATES:
        raise CoverError(
            f"{path.name!r} has {file.channels} channels at {file.samplerate} Hz; "
            "make it stereo at 44100 Hz first"
        )
    _check_duration(file.duration or 0, path, max_duration)


def _check_duration(seconds: float, path: Path, max_duration: float | None) -> None:
    if max_duration is not None and seconds > max_duration:
        raise CoverError(
            f"{path.name!r} is longer than {max_duration:g} seconds, the longest song taken here"
        )


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

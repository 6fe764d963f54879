"""One file that grows while it is made, in any of the formats.

Files that were encoded one by one do not play as one when their bytes are joined. So there is one
encoder for the whole cover, and what it has written so far is sent on. Formats whose header tells
the length are told it beforehand: what was sent cannot be written again.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import soxr  # type: ignore[import-untyped]
from attrs import field, frozen

from voiceshift.errors import CoverError
from voiceshift.local.engine.mp3_tags import BIT_RATE, FRAME, id3_tag, length_frame
from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from voiceshift.local.engine.marks import Marks
    from voiceshift.local.engine.samples import Samples

_BLOCK_SIZE = SONG_RATE  # libsndfile crashes when it is given minutes at once

_MAX_WAV = 2**32 - 2**16  # bytes: its header has four for the size


@frozen
class Format:
    """A format and how libsndfile is to encode it.

    Attributes:
        container: libsndfile's name of the container.
        codec: Likewise of the codec.
        rate: In hertz.
        options: Further options of :class:`soundfile.SoundFile`.
        has_tags: Whether libsndfile writes its tags; those of MP3 it writes in the wrong encoding.
        with_length: Makes the beginning of a file one that tells its length: of the beginning, the
            number of samples and the marks. ``None`` where none is told there.
    """

    container: str
    codec: str
    rate: int = SONG_RATE
    options: dict[str, Any] = field(factory=dict)
    has_tags: bool = True
    with_length: Callable[[bytes, int, Marks], bytes] | None = None


class EncodedStream:
    """Encodes stereo samples at 44.1 kHz; its chunks joined byte by byte are one file.

    Args:
        name: Of the format.
        marks: Gives the file's tags, when the file begins.
        frames: Samples of each channel that there will be; needed where :func:`needs_length`.

    Raises:
        CoverError: libsndfile cannot encode the format, or cannot hold so much in it.
    """

    def __init__(self, name: str, marks: Callable[[], Marks], frames: int | None = None) -> None:
        self._format = FORMATS[name]
        self._choose_marks = marks
        self._marks: Marks | None = None
        self._frames = frames
        self._is_begun = False
        self._buffer = _OutgoingFile()
        self._file = self._open(name)
        self._resampler = None
        if self._format.rate != SONG_RATE:
            self._resampler = soxr.ResampleStream(SONG_RATE, self._format.rate, 2, dtype="float32")

    def _open(self, name: str) -> soundfile.SoundFile:
        if name == "wav" and (self._frames or 0) * 4 > _MAX_WAV:
            raise CoverError("this is too long for a WAV file; ask for flac")
        try:
            file = soundfile.SoundFile(
                self._buffer,
                "w",
                self._format.rate,
                channels=2,
                format=self._format.container,
                subtype=self._format.codec,
                **self._format.options,
            )
        except soundfile.LibsndfileError as error:
            raise CoverError(
                f"the libsndfile that is installed here cannot encode {name}; one of version 1.2 "
                "can, as in soundfile's own packages"
            ) from error
        return file

    def _mark(self) -> Marks:
        """Put the tags into the file, which has to be done before its first sample."""
        marks = self._choose_marks()
        if self._format.has_tags:
            for tag in ("title", "artist", "software", "comment"):
                setattr(self._file, tag, getattr(marks, tag))
        return marks

    def encode(self, samples: Samples) -> bytes:
        """Encode stereo ``samples`` and return the bytes that are ready; there may be none."""
        if self._resampler is not None and len(samples):
            samples = self._resampler.resample_chunk(samples)
        self._write(samples)
        return self._pop()

    def finish(self) -> bytes:
        """End the stream and return its last bytes."""
        rest = np.zeros((0, 2), np.float32)
        if self._resampler is not None:
            rest = self._resampler.resample_chunk(rest, last=True)
        self._write(rest)
        self._file.close()
        return self._pop()

    def _write(self, samples: Samples) -> None:
        if self._marks is None:
            self._marks = self._mark()
        for start in range(0, len(samples), _BLOCK_SIZE):
            self._file.write(samples[start : start + _BLOCK_SIZE])
        self._file.flush()

    def _pop(self) -> bytes:
        data = self._buffer.pop()
        if self._is_begun or not data:
            return data
        self._is_begun = True
        if self._format.with_length is None:
            return data
        assert self._frames is not None
        assert self._marks is not None
        return self._format.with_length(data, self._frames, self._marks)


def needs_length(name: str) -> bool:
    """Return whether files of a format begin with their length."""
    return FORMATS[name].with_length is not None


def _mp3_with_length(beginning: bytes, frames: int, marks: Marks) -> bytes:
    placeholder = beginning[:_MP3_PLACEHOLDER]
    rest = beginning[_MP3_PLACEHOLDER:]
    return id3_tag(marks) + length_frame(placeholder, frames, SONG_RATE) + rest


def _flac_with_length(beginning: bytes, frames: int, _: Marks) -> bytes:
    """Put the 36 bits of the length into the first block of metadata (RFC 9639, section 8.2)."""
    (facts,) = struct.unpack_from(">Q", beginning, _FLAC_FACTS)
    facts = facts >> 36 << 36 | frames
    return _replaced(beginning, _FLAC_FACTS, struct.pack(">Q", facts))


def _wav_with_length(beginning: bytes, frames: int, _: Marks) -> bytes:
    """Put the sizes of the file and of its data into their chunks."""
    size = frames * _WAV_FRAME
    data = beginning.index(b"data") + 4
    beginning = _replaced(beginning, data, struct.pack("<I", size))
    return _replaced(beginning, 4, struct.pack("<I", data + 4 + size - 8))


def _replaced(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


_MP3_PLACEHOLDER = FRAME // 8 * BIT_RATE // SONG_RATE  # bytes of the frame that LAME leaves empty
_MP3_LEVEL = (320_000 - BIT_RATE) / (320_000 - 32_000)  # libsndfile's scale between these two
_FLAC_FACTS = 18  # where rate, channels, bits and length stand
_WAV_FRAME = 4  # bytes: two channels of 16 bits

FORMATS = {
    "ogg": Format("OGG", "VORBIS"),
    "opus": Format("OGG", "OPUS", rate=48_000),
    "mp3": Format(
        "MP3",
        "MPEG_LAYER_III",
        options={"bitrate_mode": "CONSTANT", "compression_level": _MP3_LEVEL},
        has_tags=False,
        with_length=_mp3_with_length,
    ),
    "flac": Format("FLAC", "PCM_16", with_length=_flac_with_length),
    "wav": Format("WAV", "PCM_16", with_length=_wav_with_length),
}
"""By name, which is also the suffix of such files."""


class _OutgoingFile(io.RawIOBase):
    """A file whose bytes are handed on as they are popped.

    What was popped cannot be written again: what libsndfile writes there, when it is closed, is
    what was put there to begin with.
    """

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._popped = self._position = 0

    def pop(self) -> bytes:
        """Return what was written since the last time."""
        data = bytes(self._waiting)
        self._popped += len(data)
        self._waiting.clear()
        return data

    def write(self, data: Buffer, /) -> int:
        view = memoryview(data).cast("B")
        late = min(max(0, self._popped - self._position), len(view))
        place = self._position + late - self._popped
        self._waiting[place : place + len(view) - late] = view[late:]
        self._position += len(view)
        return len(view)

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        end = self._popped + len(self._waiting)
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: end}[whence]
        self._position = start + offset
        return self._position

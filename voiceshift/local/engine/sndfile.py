"""Audio files that libsndfile decodes, each to the end of its data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from voiceshift.errors import CoverError
from voiceshift.local.engine.headers import MAX_MISSING, PatchedFile, read_ogg_pages
from voiceshift.local.engine.samples import default_layout, layout_of_mask

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

BLOCK_SIZE = 65_536
"""Frames decoded at a time."""

_MAX_FRAMES = 10**12  # a file with more does not know how many it has
_MP3_TAG = re.compile(rb"Xing|Info|VBRI")  # what tells how many frames of MPEG audio there are
_MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")  # how frames of layer III begin
_MP3_FRAME_SIZE = 1_441  # bytes at most


class SndfileReader:
    """A file that libsndfile decodes.

    Args:
        path: The file.

    Attributes:
        samplerate: In hertz.
        channels: How many.
        duration: In seconds, by the header and the file's size; ``None`` if they do not tell.
        damage: Where it could not be decoded, in seconds.
        has_failed: Whether there is more of it, which libsndfile could not decode.

    Raises:
        CoverError: libsndfile cannot read it, or would read only a part.
    """

    def __init__(self, path: Path) -> None:
        self.damage: list[float] = []
        self.has_failed = self._is_cut = False
        self._path = path
        self._file = PatchedFile(path)
        try:
            self._stream = _Stream(self._file)
        except (soundfile.SoundFileError, TypeError) as error:
            # TypeError: the name ends in .raw, which has no header to tell the rate.
            self._file.close()
            raise CoverError(f"{path.name!r} cannot be read as audio") from error
        self.samplerate, self.channels = self._stream.samplerate, self._stream.channels
        self.duration = self._duration()
        if self._stream.format == "OGG":
            self._check_ogg()

    @property
    def layout(self) -> list[str]:
        """The loudspeaker of each channel."""
        if mask := self._file.header.channel_mask:
            return layout_of_mask(mask, self.channels)
        is_vorbis = self._stream.subtype in ("VORBIS", "OPUS")
        return default_layout(self.channels, is_vorbis=is_vorbis)

    def blocks(self) -> Iterator[Samples]:
        """Yield what can be decoded, ``(frames, channels)``.

        Raises:
            CoverError: There is more of it than libsndfile knows.
        """
        frames = 0
        while len(block := self._read(frames)):
            frames += len(block)
            yield block
        self._check_end(frames)

    def missing(self, frames: int) -> float:
        """Return how many seconds are missing when so many frames were decoded."""
        promised = (self.duration or 0) / max(self._file.header.share, 1e-9)
        missing = promised - frames / self.samplerate
        return missing if missing > MAX_MISSING else 0.0

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._file.close()

    def _read(self, frames: int) -> Samples:
        if self.has_failed:
            return np.empty((0, self.channels), np.float32)
        # After an error libsndfile does not say how much of the block was decoded before.
        block = np.full((BLOCK_SIZE, self.channels), np.nan, np.float32)
        try:
            return np.asarray(self._stream.read(out=block))
        except soundfile.SoundFileError:
            decoded = block[: np.argmax(np.isnan(block[:, 0]))]
            self.has_failed = True
            self.damage.append((frames + len(decoded)) / self.samplerate)
            return decoded

    def _duration(self) -> float | None:
        if self._file.header.duration:
            return self._file.header.duration
        if self._stream.frames > _MAX_FRAMES or (
            self._stream.format == "MP3" and not _MP3_TAG.search(self._file.head)
        ):
            return None
        return float(self._stream.frames / self.samplerate)

    def _check_ogg(self) -> None:
        streams, self._is_cut = read_ogg_pages(self._path)
        if streams > 1:
            self.close()
            raise CoverError(
                f"{self._path.name!r} holds several streams, which only FFmpeg can read"
            )

    def _check_end(self, frames: int) -> None:
        seconds = frames / self.samplerate
        is_ogg = self._stream.format == "OGG"  # where decoding goes on after damage
        if self._is_cut or (not is_ogg and not self.damage and self.missing(frames)):
            self.damage.append(seconds)
        if self._stream.format != "MP3" or frames < self._stream.frames:
            return
        rest = self._file.read(64 * _MP3_FRAME_SIZE) or b""
        if len(_MP3_FRAME.findall(rest)) * 1.5 * _MP3_FRAME_SIZE > len(rest):  # no tag follows
            raise CoverError(
                f"{self._path.name!r} goes on after {seconds:.2f} seconds, where its header says "
                "that it ends; only FFmpeg can read the rest"
            )


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is only read from beginning to end."""

    def seekable(self) -> bool:
        # Otherwise soundfile seeks after every read, and decoders lose what they keep from one read
        # to the next: MP3 and Opus click, and FLAC without a length fails at its end.
        return False

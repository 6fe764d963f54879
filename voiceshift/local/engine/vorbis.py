"""One Ogg Vorbis stream that grows while it is made.

Files that were encoded one by one do not play as one when their bytes are joined. So there is one
encoder for the whole cover, and what it has written so far is sent on.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import soundfile

from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from voiceshift.local.engine.samples import Samples

_BLOCK_SIZE = SONG_RATE  # libsndfile crashes when it is given minutes at once


class VorbisStream:
    """Encodes stereo samples at 44.1 kHz; its chunks joined byte by byte are one file."""

    def __init__(self) -> None:
        self._buffer = _AppendBuffer()
        self._file = soundfile.SoundFile(
            self._buffer, "w", SONG_RATE, channels=2, format="OGG", subtype="VORBIS"
        )

    def encode(self, samples: Samples) -> bytes:
        """Encode stereo ``samples`` and return the bytes that are ready; there may be none."""
        for start in range(0, len(samples), _BLOCK_SIZE):
            self._file.write(samples[start : start + _BLOCK_SIZE])
        self._file.flush()
        return self._buffer.pop()

    def finish(self) -> bytes:
        """End the stream and return its last bytes."""
        self._file.close()
        return self._buffer.pop()


class _AppendBuffer(io.RawIOBase):
    """A file that can only be appended to, and that forgets what was popped."""

    def __init__(self) -> None:
        self._new = bytearray()
        self._size = 0

    def pop(self) -> bytes:
        """Return what was written since the last time."""
        popped = bytes(self._new)
        self._new.clear()
        return popped

    def write(self, data: Buffer, /) -> int:
        self._new += memoryview(data)
        written = memoryview(data).nbytes
        self._size += written
        return written

    def tell(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        # libsndfile seeks to the end to learn the length of a new file. It must not go anywhere
        # else: what has been sent cannot be written again.
        if offset + (self._size if whence == io.SEEK_END else 0) != self._size:
            raise io.UnsupportedOperation("an outgoing stream cannot be rewound")
        return self._size

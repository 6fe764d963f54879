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

__all__ = ["VorbisStream"]

_BLOCK = SONG_RATE  # libsndfile crashes when it is given minutes of sound at once


class VorbisStream:
    """Encodes stereo samples at 44.1 kHz; its chunks joined byte by byte are one file."""

    def __init__(self) -> None:
        self._outbox = _Outbox()
        self._file = soundfile.SoundFile(
            self._outbox, "w", SONG_RATE, channels=2, format="OGG", subtype="VORBIS"
        )

    def encode(self, samples: Samples) -> bytes:
        """Encode stereo ``samples`` and return the bytes that are ready; there may be none."""
        for start in range(0, len(samples), _BLOCK):
            self._file.write(samples[start : start + _BLOCK])
        self._file.flush()
        return self._outbox.take()

    def finish(self) -> bytes:
        """End the stream and return its last bytes."""
        self._file.close()
        return self._outbox.take()


class _Outbox(io.RawIOBase):
    """A file that is only ever appended to; what was taken out of it is kept no longer."""

    def __init__(self) -> None:
        self._fresh = bytearray()
        self._size = 0

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = bytes(self._fresh)
        self._fresh.clear()
        return taken

    def write(self, data: Buffer, /) -> int:
        self._fresh += memoryview(data)
        written = memoryview(data).nbytes
        self._size += written
        return written

    def tell(self) -> int:
        return self._size

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        # libsndfile asks for the length of a new file so. Anywhere but to the end it must not go:
        # what has been sent cannot be written anew.
        if offset + (self._size if whence == io.SEEK_END else 0) != self._size:
            raise io.UnsupportedOperation("an outgoing stream cannot be rewound")
        return self._size

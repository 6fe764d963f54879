"""What the headers of WAV and FLAC files say of length and loudspeakers, and where they mislead.

A recorder that was cut off, or that wrote into a pipe, leaves a length that is too small or zero.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Buffer

_HEAD_SIZE = 65_536
_UNKNOWN_SIZE = 0x7FFF_0000  # bytes; from here on programs mean that they did not know the size
_MASK_TAG = re.compile(rb"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x([0-9A-Fa-f]{1,8})")


@frozen
class Header:
    """What a header says.

    Attributes:
        duration: Length in seconds; ``None`` if it does not say.
        channel_mask: The loudspeakers, as bits; 0 if it does not say.
        patch_offset: Where a length lies that keeps decoders from reading to the end of the data.
        patch: What to read there instead: that the length is unknown.
        is_known: Whether this is the header of a format that is understood here.
    """

    duration: float | None = None
    channel_mask: int = 0
    patch_offset: int = 0
    patch: bytes = b""
    is_known: bool = True


class PatchedFile(io.FileIO):
    """A file to be read, with a length in its header replaced where it would mislead.

    Attributes:
        head: Its beginning.
        header: What that says.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.header = Header()
        self.head = self.read(_HEAD_SIZE) or b""
        self.header = _read_header(self)
        self.seek(0)

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill ``buffer`` from the file; return how many bytes that were."""
        start = self.tell()
        size = super().readinto(buffer) or 0
        offset, patch = self.header.patch_offset, self.header.patch
        first, last = max(start, offset), min(start + size, offset + len(patch))
        if first < last:
            view = memoryview(buffer).cast("B")
            view[first - start : last - start] = patch[first - offset : last - offset]
        return size


def _read_header(file: PatchedFile) -> Header:
    head = file.head
    try:
        if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
            return _wav_header(file)
        if head[:3] in (b"fLa", b"ID3") and (start := head.find(b"fLaC")) >= 0:
            return _flac_header(head, start)
    except struct.error:  # it is too short
        pass
    return Header(is_known=False)


def _wav_header(file: io.FileIO) -> Header:
    mask, bytes_per_second = 0, 0
    for name, offset, size in _chunks(file):
        if name == b"fmt ":
            content = file.read(min(size, 40)) or b""
            bytes_per_second = struct.unpack_from("<I", content, 8)[0]
            mask = struct.unpack_from("<I", content, 20)[0] if size >= 40 else 0
        if name == b"data":
            known = bytes_per_second and 0 < size < _UNKNOWN_SIZE
            duration = size / bytes_per_second if known else None
            patch = b"" if size else b"\xff" * 4
            return Header(duration, mask, offset - 4, patch)
    return Header(is_known=False)  # never reached: the chunks end in an error


def _chunks(file: io.FileIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, offset and size of a RIFF file's chunks."""
    offset = 12
    while True:
        file.seek(offset)
        name, size = struct.unpack("<4sI", file.read(8) or b"")
        offset += 8
        yield name, offset, size
        offset += size + size % 2


def _flac_header(head: bytes, start: int) -> Header:
    # STREAMINFO, RFC 9639 section 8.2: 20 bits of rate, 8 bits of other things, 36 of length.
    bits = int.from_bytes(head[start + 18 : start + 26], "big")
    rate, frames = bits >> 44, bits & (1 << 36) - 1
    tag = _MASK_TAG.search(head)
    return Header(
        frames / rate if frames and rate else None,
        int(tag[1], 16) if tag else 0,
        start + 18,
        (bits >> 36 << 36).to_bytes(8, "big"),
    )

"""What the headers of audio files say of length and loudspeakers, and where they mislead.

A recorder that was cut off, or that wrote into a pipe, leaves a length that is too small or zero; a
copy that was cut off has one that is too large.
"""

from __future__ import annotations

import io
import mmap
import os
import re
import struct
from typing import TYPE_CHECKING

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Buffer

MAX_MISSING = 0.05
"""Seconds that may be missing of what a header promises; so precise they are."""

_HEAD_SIZE = 65_536
# Bytes, where programs did not know better; the last is for formats with 64 bits of size.
_UNKNOWN_SIZES = (range(1), range(0x7FFF_0000, 2**32), range(2**62, 2**64))
_LONG = 2**32 - 1  # stands for a size that is told elsewhere
_MASK_TAG = re.compile(rb"WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x([0-9A-Fa-f]{1,8})")
_OGG_STREAM = re.compile(rb"OggS\0[\2\3\6\7]")  # a page that begins a stream, RFC 3533 section 6
_MAX_CHUNKS = 10_000  # files have ten
_ID3_TAG = re.compile(rb"ID3[\2-\4]\0.([\0-\x7f]{4})", re.DOTALL)  # version 2: how it begins
_APE_TAG_END = re.compile(rb"APETAGEX.{24}(?:TAG.{125})?", re.DOTALL)  # often with ID3 version 1
_MP3_FRAME = re.compile(rb"\xff[\xe0-\xff]")
_OGG_LAST = 4  # the flag of a stream's last page


@frozen
class Header:
    """What a header says.

    Attributes:
        duration: Length in seconds; ``None`` if it does not say.
        share: How much of the sound that it promises is in the file, 0 to 1.
        channel_mask: The loudspeakers, as bits; 0 if it does not say.
        patch_offset: Where something lies that keeps decoders from reading to the end of the data.
        patch: What to read there instead, so that the length is unknown.
    """

    duration: float | None = None
    share: float = 1.0
    channel_mask: int = 0
    patch_offset: int = 0
    patch: bytes = b""


class PatchedFile(io.FileIO):
    """A file to be read, with a length in its header replaced where it would mislead.

    Attributes:
        head: Its beginning.
        header: What that says.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.header = Header()
        try:
            self.head = self.read(_HEAD_SIZE) or b""
            self.header = _read_header(self)
            self.seek(0)
        except OSError:
            self.close()
            raise

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

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; to the end if a damaged header names one that no file can have."""
        try:
            return super().seek(offset, whence)
        except OSError:
            return super().seek(0, io.SEEK_END)


def is_cut_off(path: Path) -> bool:
    """Return whether a file ends before its end by its header."""
    with PatchedFile(path) as file:
        is_ogg = file.head.startswith(b"OggS")
    return file.header.share < 1 or (is_ogg and read_ogg_pages(path)[1])


def read_ogg_pages(path: Path) -> tuple[int, bool]:
    """Return how many streams an Ogg file holds, and whether the last one was cut off."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        last = content.rfind(b"OggS")
        is_cut = last + 5 < len(content) and not content[last + 5] & _OGG_LAST
        return len(_OGG_STREAM.findall(content)), is_cut


def count_inner_tags(path: Path) -> int:
    """Return how many tags of an MP3 file are followed by sound, but for one at its beginning."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        ends = [tag.end() + _syncsafe(tag[1]) for tag in _ID3_TAG.finditer(content, 1)]
        ends += [tag.end() for tag in _APE_TAG_END.finditer(content, 1)]
        return sum(_MP3_FRAME.match(content, end) is not None for end in ends)


def _syncsafe(size: bytes) -> int:
    """Return a number of which each byte has seven bits (ID3v2.4, section 6.2)."""
    return sum(byte << 7 * place for place, byte in enumerate(reversed(size)))


@frozen
class _Container:
    """A format whose files are chunks, each with a name and a size.

    Attributes:
        chunk: How a chunk begins.
        first: Where the first one is.
        sound: How the name of the chunk begins that has the sound.
        alignment: Where chunks begin: at multiples of so many bytes.
        includes_head: Whether sizes count what a chunk begins with.
    """

    chunk: struct.Struct
    first: int
    sound: bytes
    alignment: int = 2
    includes_head: bool = False


_WAV = _Container(struct.Struct("<4sI"), 12, b"data")
_RIFX = evolve(_WAV, chunk=struct.Struct(">4sI"))
_CONTAINERS = {
    b"RIFF": _WAV,
    b"RF64": _WAV,
    b"RIFX": _RIFX,
    b"FORM": _Container(struct.Struct(">4sI"), 12, b"SSND"),
    b"caff": _Container(struct.Struct(">4sq"), 8, b"data", alignment=1),
    b"riff": _Container(struct.Struct("<16sQ"), 40, b"data", alignment=8, includes_head=True),
}


def _read_header(file: PatchedFile) -> Header:
    head = file.head
    try:
        if container := _CONTAINERS.get(head[:4]):
            return _chunk_header(file, container)
        if head[:4] == b".snd":
            offset, size = struct.unpack_from(">II", head, 4)
            return Header(share=_share(file, offset, size))
        if head[:3] in (b"fLa", b"ID3") and (start := head.find(b"fLaC")) >= 0:
            return _flac_header(head, start)
    except struct.error:  # it is too short
        pass
    return Header()


def _chunk_header(file: PatchedFile, container: _Container) -> Header:
    mask = long_size = 0
    for name, offset, size in _chunks(file, container):
        if name == b"fmt " and size >= 40:
            mask = struct.unpack_from("<I", file.read(40) or b"", 20)[0]
        if name == b"ds64":  # of files beyond 4 GB: EBU Tech 3306
            long_size = struct.unpack_from("<Q", file.read(16) or b"", 8)[0]
        if name.startswith(container.sound):
            header = Header(None, _share(file, offset, long_size or size), mask)
            if file.head.startswith(b"RF64") and size == _LONG and _is_unknown(long_size):
                return evolve(header, patch=b"RIFF")  # which may have sounds of unknown length
            if size == 0 and container in (_WAV, _RIFX):
                return evolve(header, patch_offset=offset - 4, patch=b"\xff" * 4)
            return header
    return Header()


def _is_unknown(size: int) -> bool:
    return any(size in unknown for unknown in _UNKNOWN_SIZES)


def _chunks(file: PatchedFile, container: _Container) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, offset and size of a file's chunks; the size may lead beyond the file's end."""
    chunk, offset = container.chunk, container.first
    end = os.fstat(file.fileno()).st_size
    for _ in range(_MAX_CHUNKS):
        if offset >= end:
            return
        file.seek(offset)
        name, size = chunk.unpack(file.read(chunk.size) or b"")
        size -= chunk.size if container.includes_head else 0
        offset += chunk.size
        yield name, offset, size
        offset += max(0, size)
        offset += -offset % container.alignment


def _share(file: PatchedFile, offset: int, size: int) -> float:
    """Return how much of ``size`` bytes from ``offset`` on are in the file."""
    if size < 0 or _is_unknown(size):
        return 1.0
    return min(1.0, max(0, os.fstat(file.fileno()).st_size - offset) / size)


def _flac_header(head: bytes, start: int) -> Header:
    # STREAMINFO, RFC 9639 section 8.2: 20 bits of rate, 8 bits of other things, 36 of length.
    bits = int.from_bytes(head[start + 18 : start + 26], "big")
    rate, frames = bits >> 44, bits & (1 << 36) - 1
    tag = _MASK_TAG.search(head)
    return Header(
        duration=frames / rate if frames and rate else None,
        channel_mask=int(tag[1], 16) if tag else 0,
        patch_offset=start + 18,
        patch=(bits >> 36 << 36).to_bytes(8, "big"),
    )

"""The members of a ZIP file, as views of it; the file may be malicious.

Only what programs write that save voices is read (APPNOTE.TXT, sections 4.3 and 4.4): members that
are stored or deflated, in a file below 4 GiB. All sizes are checked before anything is read.
"""

from __future__ import annotations

import struct
import zlib

from attrs import field, frozen

MAX_MEMBERS = 10_000
"""A voice has about 500."""

MAX_DIRECTORY_SIZE = 2**21
"""Bytes of the list of members; that of a voice has about 50,000."""

MAX_COMMENT = 2**16
"""Bytes that may follow the end of the list."""

MAX_RATIO, HARMLESS_SIZE = 20, 2**24
"""How many times its size a member may unpack to, and bytes that it may unpack to in any case.
Weights can hardly be compressed; a member that says otherwise is there to fill the memory."""

_END, _ENTRY, _HEADER = b"PK\5\6", b"PK\1\2", b"PK\3\4"

_END_FIELDS = struct.Struct("<4xHHHHIIH")
_ENTRY_FIELDS = struct.Struct("<4xHHHHHHIIIHHHHHII")
_HEADER_SIZE = 30

_STORED, _DEFLATED = 0, 8


@frozen(eq=False)
class Member:
    """A file in a ZIP file.

    Attributes:
        name: Its name.
        packed: Its bytes as they lie in the ZIP file.
        size: Its bytes when unpacked, as the ZIP file says.
        crc: Its checksum, as the ZIP file says.
        is_deflated: Whether it is compressed.
    """

    name: str
    packed: memoryview = field(repr=False)
    size: int
    crc: int
    is_deflated: bool

    def content(self, limit: int) -> memoryview:
        """Return its bytes; those of a stored member are not copied.

        Raises:
            ValueError: It has more than ``limit`` bytes or far more than it is packed in, or is
            damaged.
        """
        if self.size > limit:
            raise ValueError(f"holds a file {self.name!r} of {self.size:,} bytes, which is too big")
        if self.size > max(HARMLESS_SIZE, MAX_RATIO * len(self.packed)):
            raise ValueError(
                f"holds a file {self.name!r} that unpacks to {self.size:,} bytes from "
                f"{len(self.packed):,}, as no voice does"
            )
        content = self._inflated() if self.is_deflated else self.packed
        if len(content) != self.size or zlib.crc32(content) != self.crc:
            raise ValueError("is damaged, perhaps by its download; download it again")
        return content

    def _inflated(self) -> memoryview:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return memoryview(inflater.decompress(self.packed, self.size + 1))
        except zlib.error as error:
            raise ValueError("is damaged, perhaps by its download; download it again") from error


def is_zip(data: memoryview) -> bool:
    """Return whether ``data`` begins as a ZIP file does."""
    return bytes(data[:4]) == _HEADER


def read_members(data: memoryview) -> dict[str, Member]:
    """Return the members of a ZIP file by name.

    Raises:
        ValueError: It is cut off, damaged, or has too many members, or some that overlap.
    """
    tail = bytes(data[-(_END_FIELDS.size + MAX_COMMENT) :])
    place = tail.rfind(_END)
    rest = len(tail) - place - _END_FIELDS.size
    if place < 0 or rest < 0:
        raise ValueError("is cut off: its end is missing; download it again")
    _, _, _, count, size, offset, comment = _END_FIELDS.unpack_from(tail, place)
    if comment != rest:  # the end of another ZIP file in it
        raise ValueError("is cut off: its end is missing; download it again")
    if count > MAX_MEMBERS or size > MAX_DIRECTORY_SIZE:
        raise ValueError(f"has {count:,} files in it, which is too many for a voice")
    if offset + size > len(data):
        raise ValueError("is cut off or damaged; download it again")
    members, directory = {}, data[offset : offset + size]
    for _ in range(count):
        member, length = _member(data, directory)
        members[member.name] = member
        directory = directory[length:]
    if sum(len(member.packed) for member in members.values()) > len(data):
        raise ValueError("has files in it that overlap, as no program writes them")
    return members


def _member(data: memoryview, directory: memoryview) -> tuple[Member, int]:
    """Return the member at the beginning of ``directory``, and the length of its entry."""
    if len(directory) < _ENTRY_FIELDS.size or bytes(directory[:4]) != _ENTRY:
        raise ValueError("has a damaged list of files; download it again")
    fields = _ENTRY_FIELDS.unpack_from(directory)
    flags, method, crc, packed, size = fields[2], fields[3], *fields[6:9]
    name_length, extra, comment, offset = *fields[9:12], fields[15]
    start = _ENTRY_FIELDS.size
    name = bytes(directory[start : start + name_length]).decode("utf-8", "replace")
    if method not in (_STORED, _DEFLATED) or flags & 1:
        raise ValueError(f"holds a file {name!r} that is encrypted or packed in an unusual way")
    content = _packed_content(data, offset, packed)
    return Member(
        name, content, size, crc, method == _DEFLATED
    ), start + name_length + extra + comment


def _packed_content(data: memoryview, offset: int, size: int) -> memoryview:
    header = bytes(data[offset : offset + _HEADER_SIZE])
    if len(header) < _HEADER_SIZE or not header.startswith(_HEADER):
        raise ValueError("has a file that is not where its list says; download it again")
    start = offset + _HEADER_SIZE + sum(struct.unpack_from("<HH", header, 26))
    if start + size > len(data):
        raise ValueError("is cut off or damaged; download it again")
    return data[start : start + size]

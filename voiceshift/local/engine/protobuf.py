"""Messages in protobuf's encoding, read field by field, without what they are defined by.

The encoding is described in protobuf's documentation, "Encoding". A message may be malicious.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

Data = TypeVar("Data", bytes, memoryview)

FIXED = {1: 8, 5: 4}
"""Bytes of the field types of a fixed length."""


class Cursor(Generic[Data]):
    """A position in bytes that moves on as they are read.

    Raises:
        ValueError: More is read than there is.
    """

    def __init__(self, data: Data) -> None:
        self._data: Data = data
        self._position = 0

    @property
    def is_at_end(self) -> bool:
        """Whether all has been read."""
        return self._position == len(self._data)

    def read(self, count: int) -> Data:
        """Read so many bytes; those of a view are not copied."""
        end = self._position + count
        if end > len(self._data):
            raise ValueError("it is cut off")
        start, self._position = self._position, end
        read: Data = self._data[start:end]
        return read

    def varint(self) -> int:
        """Read a number of variable length: 7 bits a byte, the lowest first."""
        value = 0
        for shift in range(0, 64, 7):
            (byte,) = self.read(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("it has a number that is too long")


def numbers(message: Data) -> dict[int, int]:
    """Return the integer fields of a message.

    Raises:
        ValueError: It is damaged.
    """
    return {number: value for number, value in _fields(message) if isinstance(value, int)}


def parts(message: Data, wanted: int) -> list[Data]:
    """Return the texts, bytes or messages in the field ``wanted`` of a message.

    Raises:
        ValueError: It is damaged.
    """
    fields = _fields(message)
    return [value for number, value in fields if number == wanted and not isinstance(value, int)]


def _fields(message: Data) -> Iterator[tuple[int, int | Data]]:
    cursor = Cursor(message)
    while not cursor.is_at_end:
        tag = cursor.varint()
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            yield number, cursor.varint()
        elif kind == 2:
            yield number, cursor.read(cursor.varint())
        elif kind in FIXED:
            cursor.read(FIXED[kind])  # checksums, which are not looked at
        else:
            raise ValueError("it has a field of an unknown kind")

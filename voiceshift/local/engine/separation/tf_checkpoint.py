"""Reads the arrays of a TensorFlow checkpoint, without TensorFlow.

A checkpoint is two files. ``NAME.index`` is a LevelDB table, which tells for each array its type,
its shape and its place; ``NAME.data-00000-of-00001`` holds the values. The formats are described in
LevelDB's ``doc/table_format.md``, TensorFlow's ``tensor_bundle.proto``, and protobuf's "Encoding".
"""

from __future__ import annotations

import math
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import frozen

from voiceshift.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Arrays", "read_checkpoint"]

Arrays = dict[str, npt.NDArray[np.float32]]
"""Arrays by name."""

FOOTER = 48
"""Bytes at the end of a table: where its two outermost blocks are, padding, the magic number."""

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")

FLOAT = 1
"""TensorFlow's number for 32-bit floats, ``DT_FLOAT`` of ``types.proto``."""

UNCOMPRESSED = b"\0"
"""The byte after a block that is not compressed, as TensorFlow writes them."""

FIXED = {1: 8, 5: 4}
"""Bytes of the protobuf field types of a fixed length."""

MAX_INDEX_SIZE, MAX_ARRAYS, MAX_NAME_LENGTH = 2**20, 10_000, 1_000
"""What a real index stays far below, in bytes, arrays and bytes: a file may be malicious."""


def read_checkpoint(folder: Path, name: str = "model") -> Arrays:
    """Read the arrays of 32-bit floats in a checkpoint; others are skipped.

    Args:
        folder: The folder with the checkpoint's files.
        name: What their names begin with.

    Returns:
        The arrays, read-only; their values are read from the file as they are used.

    Raises:
        SettingsError: A file is missing, damaged, or of another kind.
    """
    index, data = folder / f"{name}.index", folder / f"{name}.data-00000-of-00001"
    try:
        with index.open("rb") as file:
            places = dict(_places(file.read(MAX_INDEX_SIZE)))
        values = np.memmap(data, np.uint8, mode="r")
        return {array: _array(values, place) for array, place in places.items()}
    except OSError as error:
        raise SettingsError(f"{folder} holds no checkpoint: {error}") from error
    except (ValueError, OverflowError) as error:
        raise SettingsError(f"the checkpoint in {folder} is damaged: {error}") from error


@frozen
class _Place:
    """What the index says of an array: its shape, and where it is in the data file, in bytes."""

    shape: tuple[int, ...]
    offset: int
    size: int


def _array(values: npt.NDArray[np.uint8], place: _Place) -> npt.NDArray[np.float32]:
    end = place.offset + place.size
    if end > len(values) or place.size != 4 * math.prod(place.shape):
        raise ValueError("an array is not where the index says")
    array = np.frombuffer(values[place.offset : end], "<f4").reshape(place.shape)
    return array.astype(np.float32, copy=False)  # a copy only where the machine is big-endian


def _places(table: bytes) -> Iterator[tuple[str, _Place]]:
    footer = table[-FOOTER:]
    if not footer.endswith(MAGIC):
        raise ValueError("its index does not end with LevelDB's magic number")
    outermost = _Cursor(footer)
    outermost.handle()  # that of a block about the table itself
    blocks = (_entries(table, _Cursor(handle)) for _, handle in _entries(table, outermost))
    for count, (key, value) in enumerate(chain.from_iterable(blocks)):
        if count == MAX_ARRAYS:
            raise ValueError("its index has too many entries")
        if key and _numbers(value).get(1) == FLOAT:  # without a key it is about the checkpoint
            yield key.decode(), _place(value)


def _entries(table: bytes, cursor: _Cursor) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of the block whose handle ``cursor`` is at."""
    offset, size = cursor.handle()
    block = table[offset : offset + size]
    if len(block) < size or table[offset + size : offset + size + 1] != UNCOMPRESSED:
        raise ValueError("its index is cut off or compressed")
    # It ends with a list of entries to start at, and the list's length. All are read here.
    starts = 4 * (1 + int.from_bytes(block[-4:], "little"))
    entries, key = _Cursor(block[:-starts]), b""
    while not entries.is_at_end:
        # A key may begin as the one before it does.
        shared, own, length = entries.varint(), entries.varint(), entries.varint()
        key = key[:shared] + entries.read(own)
        if len(key) > MAX_NAME_LENGTH:
            raise ValueError("its index has a name that is too long")
        yield key, entries.read(length)


def _place(entry: bytes) -> _Place:
    """Parse a ``BundleEntryProto``, where a number that is 0 is left out."""
    numbers = _numbers(entry)
    if numbers.get(3, 0) != 0:
        raise ValueError("its values are in several files")
    sizes = [_numbers(part).get(1, 0) for shape in _parts(entry, 2) for part in _parts(shape, 2)]
    return _Place(tuple(sizes), offset=numbers.get(4, 0), size=numbers.get(5, 0))


def _numbers(message: bytes) -> dict[int, int]:
    """Return the integer fields of a protobuf message."""
    return {field: value for field, value in _fields(message) if isinstance(value, int)}


def _parts(message: bytes, wanted: int) -> list[bytes]:
    """Return the bytes in the field ``wanted`` of a protobuf message."""
    fields = _fields(message)
    return [value for field, value in fields if field == wanted and isinstance(value, bytes)]


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    cursor = _Cursor(message)
    while not cursor.is_at_end:
        tag = cursor.varint()
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            yield field, cursor.varint()
        elif kind == 2:
            yield field, cursor.read(cursor.varint())
        elif kind in FIXED:
            cursor.read(FIXED[kind])  # checksums, which are not looked at
        else:
            raise ValueError("its index has a field of an unknown kind")


class _Cursor:
    """A position in bytes that moves on as they are read."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    @property
    def is_at_end(self) -> bool:
        return self._position == len(self._data)

    def read(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise ValueError("its index is cut off")
        start, self._position = self._position, end
        return self._data[start:end]

    def varint(self) -> int:
        """Read a number of variable length: 7 bits a byte, the lowest first."""
        value = 0
        for shift in range(0, 64, 7):
            (byte,) = self.read(1)
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("its index has a number that is too long")

    def handle(self) -> tuple[int, int]:
        """Read the offset and the size of a block."""
        return self.varint(), self.varint()

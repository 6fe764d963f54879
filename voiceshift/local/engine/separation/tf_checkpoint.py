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
from voiceshift.local.engine.protobuf import Cursor, numbers, parts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Arrays = dict[str, npt.NDArray[np.float32]]
"""Arrays by name."""

FOOTER = 48
"""Bytes at the end of a table: where its two outermost blocks are, padding, the magic number."""

MAGIC = (0xDB4775248B80FB57).to_bytes(8, "little")

FLOAT = 1
"""TensorFlow's number for 32-bit floats, ``DT_FLOAT`` of ``types.proto``."""

UNCOMPRESSED = b"\0"
"""The byte after a block that is not compressed, as TensorFlow writes them."""

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
        if key and numbers(value).get(1) == FLOAT:  # without a key it is about the checkpoint
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
    found = numbers(entry)
    if found.get(3, 0) != 0:
        raise ValueError("its values are in several files")
    sizes = [numbers(part).get(1, 0) for shape in parts(entry, 2) for part in parts(shape, 2)]
    return _Place(tuple(sizes), offset=found.get(4, 0), size=found.get(5, 0))


class _Cursor(Cursor[bytes]):
    """A position in a table."""

    def handle(self) -> tuple[int, int]:
        """Read the offset and the size of a block."""
        return self.varint(), self.varint()

"""Writes checkpoints as TensorFlow does, as far as they hold arrays of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPES = {np.dtype("<f4"): 1, np.dtype("<i8"): 9}
"""TensorFlow's numbers for types."""


def write_checkpoint(folder: Path, arrays: Mapping[str, np.ndarray[Any, Any]]) -> Path:
    """Write the checkpoint ``model`` with ``arrays`` to ``folder``, and return that."""
    places: dict[bytes, bytes] = {b"": bytes([8, 1, 26, 2, 8, 1])}
    values, end = [], 0
    for name in sorted(arrays):
        array = arrays[name]
        places[name.encode()] = entry(array.shape, end, array.nbytes, TYPES[array.dtype])
        values.append(array.tobytes())
        end += array.nbytes
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.index").write_bytes(table(places))
    (folder / "model.data-00000-of-00001").write_bytes(b"".join(values))
    return folder


def entry(shape: tuple[int, ...], offset: int, size: int, kind: int = 1, shard: int = 0) -> bytes:
    """A ``BundleEntryProto``, with a checksum that nobody looks at."""
    sizes = b"".join(field(2, field(1, length)) for length in shape)
    numbers = field(1, kind), field(2, sizes), field(3, shard), field(4, offset), field(5, size)
    return b"".join(numbers) + bytes([6 << 3 | 5, 1, 2, 3, 4])


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protobuf message; one that is 0 is left out."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    return varint(number << 3) + varint(value) if value else b""


def varint(value: int) -> bytes:
    """A number in as few bytes as it needs."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def table(entries: Mapping[bytes, bytes], *, compression: int = 0) -> bytes:
    """A LevelDB table with blocks of three entries each."""
    keys = list(entries)
    content, index = b"", {}
    for start in range(0, len(keys), 3):
        group = keys[start : start + 3]
        place = len(content)
        content += block({key: entries[key] for key in group}) + bytes([compression, 0, 0, 0, 0])
        index[group[-1] + b"~"] = varint(place) + varint(len(content) - place - 5)
    outer = []
    for entries_of_block in ({}, index):
        place = len(content)
        content += block(entries_of_block) + bytes(5)
        outer.append(varint(place) + varint(len(content) - place - 5))
    magic = bytes.fromhex("57fb808b247547db")
    return content + b"".join(outer).ljust(40, b"\0") + magic


def block(entries: Mapping[bytes, bytes]) -> bytes:
    """Entries that leave out what the key before them begins with too, and one place to start."""
    content, before = b"", b""
    for key, value in entries.items():
        shared = 0
        while shared < min(len(key), len(before)) and key[shared] == before[shared]:
            shared += 1
        own = key[shared:]
        content += varint(shared) + varint(len(own)) + varint(len(value)) + own + value
        before = key
    return content + bytes(4) + (1).to_bytes(4, "little")

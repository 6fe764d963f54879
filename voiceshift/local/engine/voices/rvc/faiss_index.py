"""The index of a voice: vectors of its training, found again by what is near to them.

A file of faiss (Douze et al. 2024, "The Faiss library"), an ``IndexIVFFlat``: the vectors lie in
cells, each around a centroid, and only the cell that is nearest is searched. The file may be
malicious, and nothing in it is believed before it is checked.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.model import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

Vectors = npt.NDArray[np.float32]
"""One row for each vector."""

NEIGHBOURS = 8
"""Vectors that a found one is the weighted mean of."""

CANDIDATES = 2 * NEIGHBOURS
"""Vectors whose distance is computed exactly, of those that seem nearest."""

MIN_DISTANCE = 1e-9
"""Squared distance below which a vector counts as this near, so that nothing is divided by zero."""

MAX_CELLS = 2**20

EUCLIDEAN = 1
"""faiss's number for the metric."""


@frozen(eq=False)
class Index:
    """Vectors in cells.

    Attributes:
        centroids: A row for each cell.
        cells: The vectors in each.
    """

    centroids: Vectors = field(repr=False)
    cells: list[Vectors] = field(repr=False)

    @property
    def features(self) -> int:
        """Numbers in each vector."""
        return int(self.centroids.shape[1])

    @property
    def count(self) -> int:
        """How many vectors there are."""
        return sum(map(len, self.cells))

    def find(self, vectors: Vectors) -> Vectors:
        """Return for each of ``vectors`` the mean of those nearest to it, weighted by nearness."""
        found = vectors.copy()  # what falls into an empty cell stays as it is
        nearest = np.argmax(vectors @ self.centroids.T - _half_squares(self.centroids), axis=1)
        for number in np.unique(nearest):
            here = nearest == number
            if len(cell := self.cells[number]):
                found[here] = _weighted_neighbours(vectors[here], cell)
        return found


def read_index(data: memoryview, name: str) -> Index:
    """Read the file of an index.

    Args:
        data: Its content; the vectors are not copied.
        name: What to call the file in messages.

    Raises:
        SettingsError: It is damaged, of another kind, or has no vectors in it.
    """
    try:
        index = _index(_Cursor(data))
    except ValueError as error:
        raise SettingsError(f"{name} {error}") from error
    if not index.count:
        raise SettingsError(
            f"{name} has no vectors in it; use the index whose name begins with added_, not the "
            "one with trained_"
        )
    return index


def _half_squares(vectors: Vectors) -> Vectors:
    return np.asarray(np.square(vectors).sum(axis=1) / 2)


def _weighted_neighbours(vectors: Vectors, cell: Vectors) -> Vectors:
    """Return for each of ``vectors`` the mean of its neighbours in ``cell``."""
    nearness = vectors @ cell.T - _half_squares(cell)
    count = min(CANDIDATES, len(cell))
    candidates = cell[np.argpartition(nearness, -count, axis=1)[:, -count:]]
    # A small distance is the difference of large products: it is computed again.
    distances = np.square(candidates - vectors[:, None]).sum(axis=2, dtype=np.float64)
    order = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    weights = np.maximum(np.take_along_axis(distances, order, axis=1), MIN_DISTANCE) ** -2.0
    weights /= weights.sum(axis=1, keepdims=True)
    neighbours = np.take_along_axis(candidates, order[:, :, None], axis=1)
    return np.asarray((weights[:, :, None] * neighbours).sum(axis=1), np.float32)


def _index(cursor: _Cursor) -> Index:
    if cursor.code() != b"IwFl":
        raise ValueError("is no index of RVC (a file of faiss that begins with IwFl)")
    features, count = _header(cursor)
    if features not in VERSIONS:
        raise ValueError(f"has vectors of {features} numbers; a voice has 256 or 768")
    cells = cursor.count(MAX_CELLS)
    cursor.count()  # cells that are searched; here it is one, as RVC has it
    centroids = _centroids(cursor, features, cells)
    _skip_direct_map(cursor)
    index = Index(centroids, list(_cells(cursor, features, cells)))
    if index.count != count:
        raise ValueError("has not as many vectors as it says; download it again")
    return index


def _header(cursor: _Cursor) -> tuple[int, int]:
    """Return how many numbers a vector has, and how many vectors there are."""
    features, count, _, _, _, metric = cursor.numbers("<iqqqBi")
    if metric != EUCLIDEAN:
        raise ValueError("measures distances in another way than RVC")
    return features, count


def _centroids(cursor: _Cursor, features: int, cells: int) -> Vectors:
    if cursor.code() != b"IxF2" or _header(cursor) != (features, cells):
        raise ValueError("has cells of another kind than RVC's")
    if cursor.count() != features * cells:
        raise ValueError("has a damaged list of cells; download it again")
    return cursor.vectors(cells, features)


def _skip_direct_map(cursor: _Cursor) -> None:
    """Pass over the list of where each vector is."""
    (kind,) = cursor.numbers("<B")
    length = cursor.count()
    if kind not in (0, 1):
        raise ValueError("has a table of numbers, which RVC's have not")
    cursor.read(8 * length)


def _cells(cursor: _Cursor, features: int, cells: int) -> Iterator[Vectors]:
    if cursor.code() != b"ilar" or cursor.numbers("<QQ") != (cells, 4 * features):
        raise ValueError("has vectors in another form than RVC's")
    for size in _cell_sizes(cursor, cells):
        yield cursor.vectors(size, features)
        cursor.read(8 * size)  # the numbers of the vectors


def _cell_sizes(cursor: _Cursor, cells: int) -> list[int]:
    form = cursor.code()
    length = cursor.count(2 * MAX_CELLS)
    values = [int(value) for value in np.frombuffer(cursor.read(8 * length), "<u8")]
    if form == b"full" and length == cells:
        return values
    if form == b"sprs" and not length % 2 and all(cell < cells for cell in values[::2]):
        sizes = [0] * cells
        for cell, size in zip(values[::2], values[1::2], strict=True):
            sizes[cell] = size
        return sizes
    raise ValueError("has a damaged list of cells; download it again")


class _Cursor:
    """A position in a file that moves on as it is read; never beyond the end."""

    def __init__(self, data: memoryview) -> None:
        self._data = data
        self._position = 0

    def read(self, size: int) -> memoryview:
        start = self._position
        if size > len(self._data) - start:
            raise ValueError("is cut off or damaged; download it again")
        self._position = start + size
        return self._data[start : self._position]

    def code(self) -> bytes:
        """Read the four letters that say what follows."""
        return bytes(self.read(4))

    def numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(form, self.read(struct.calcsize(form)))

    def count(self, limit: int = 2**40) -> int:
        (count,) = self.numbers("<Q")
        if count > limit:
            raise ValueError("is damaged: it has an impossible size in it; download it again")
        return count

    def vectors(self, count: int, features: int) -> Vectors:
        values = np.frombuffer(self.read(4 * count * features), "<f4")
        if not np.isfinite(values).all():
            raise ValueError("is damaged: it holds infinite numbers or none (NaN)")
        return values.reshape(count, features)

"""The index of a voice is read and searched as faiss does it, and its file is not trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.rvc_voices import write_index
from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.faiss_index import Index, Vectors, read_index

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = np.random.default_rng(3)
CENTROIDS = RANDOM.standard_normal((5, 256)).astype(np.float32)
CELLS = [
    (CENTROIDS[i] + 0.5 * RANDOM.standard_normal((size, 256))).astype(np.float32)
    for i, size in enumerate((40, 0, 3, 0, 12))
]


def written(path: Path, *, is_sparse: bool = False) -> bytes:
    """Return an index as faiss writes it, in one of its two forms."""
    write_index(path / "added.index", CENTROIDS, CELLS, is_sparse=is_sparse)
    return (path / "added.index").read_bytes()


def read(content: bytes) -> Index:
    """Read an index."""
    return read_index(memoryview(content), "added.index")


@pytest.mark.parametrize("is_sparse", [False, True])
def test_all_vectors_are_read(tmp_path: Path, is_sparse: bool) -> None:
    """In both forms that the list of cells has."""
    index = read(written(tmp_path, is_sparse=is_sparse))
    assert (index.features, index.count) == (256, 55)
    np.testing.assert_array_equal(index.centroids, CENTROIDS)
    for cell, expected in zip(index.cells, CELLS, strict=True):
        np.testing.assert_array_equal(cell, expected)


def expected(vector: Vectors) -> Vectors:
    """Search as faiss is told to, one vector at a time."""
    nearest = np.argmin([np.sum((vector - centroid) ** 2) for centroid in CENTROIDS])
    distances = np.array([np.sum((vector - other) ** 2) for other in CELLS[nearest]])
    order = np.argsort(distances)[:8]
    weights = (1 / distances[order]) ** 2
    return np.asarray(weights / weights.sum() @ CELLS[nearest][order], np.float32)


def test_neighbours_are_weighted_by_their_nearness(tmp_path: Path) -> None:
    """The nearest eight of the nearest cell, or all where it has fewer."""
    index = read(written(tmp_path))
    noise = RANDOM.standard_normal((5, 256)).astype(np.float32)
    vectors = CENTROIDS[[0, 0, 2, 4, 0]] + noise / np.float32(3)
    found = index.find(vectors)
    for vector, result in zip(vectors, found, strict=True):
        np.testing.assert_allclose(result, expected(vector), atol=2e-6)


def test_a_vector_of_the_index_is_found_as_it_is(tmp_path: Path) -> None:
    """Its distance of zero divides nothing."""
    found = read(written(tmp_path)).find(CELLS[0][:2])
    np.testing.assert_allclose(found, CELLS[0][:2], atol=1e-6)


def test_what_falls_into_an_empty_cell_stays(tmp_path: Path) -> None:
    """There is nothing to find."""
    vectors = CENTROIDS[[1, 3]]
    np.testing.assert_array_equal(read(written(tmp_path)).find(vectors), vectors)


def test_an_index_without_vectors_is_refused(tmp_path: Path) -> None:
    """It is told which one is meant."""
    write_index(tmp_path / "trained.index", CENTROIDS, [np.zeros((0, 256), np.float32)] * 5)
    with pytest.raises(SettingsError, match=r"no vectors in it; .* begins with added_"):
        read((tmp_path / "trained.index").read_bytes())


def test_an_index_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """Wherever that is."""
    content = written(tmp_path)
    for length in (0, 3, 4, 20, 40, 60, 100, 1000, 5500, 6000, len(content) - 1):
        with pytest.raises(SettingsError, match=r"added\.index is (cut off|no index)"):
            read(content[:length])


@pytest.mark.parametrize(
    ("offset", "value", "words"),
    [
        (0, b"IxF2", "is no index of RVC"),
        (4, (100).to_bytes(4, "little"), "vectors of 100 numbers"),
        (8, (54).to_bytes(8, "little"), "not as many vectors as it says"),
        (33, (0).to_bytes(4, "little"), "measures distances in another way"),
        (37, (2**63).to_bytes(8, "little"), "an impossible size"),
        (53, b"IxPQ", "cells of another kind"),
        (5218, b"\2", "a table of numbers"),
        (5227, b"ilxx", "in another form"),
        (5247, b"xxxx", "a damaged list of cells"),
        (5259, (2**60).to_bytes(8, "little"), "cut off or damaged"),
        (5299, b"\0\0\xc0\x7f", "infinite numbers"),
    ],
)
def test_damage_is_found(tmp_path: Path, offset: int, value: bytes, words: str) -> None:
    """Nothing is believed that is not checked."""
    content = bytearray(written(tmp_path))
    content[offset : offset + len(value)] = value
    with pytest.raises(SettingsError, match=words):
        read(bytes(content))

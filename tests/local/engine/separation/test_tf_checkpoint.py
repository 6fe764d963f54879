"""A checkpoint is read without TensorFlow, and one that is damaged is refused."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.checkpoint_tables import entry, table, write_checkpoint
from tests.support.properties import given, st
from voiceshift.errors import SettingsError
from voiceshift.local.engine.separation.tf_checkpoint import read_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

ARRAYS: dict[str, np.ndarray[Any, Any]] = {
    "conv2d/bias": np.arange(16, dtype="<f4"),
    "conv2d/kernel": np.arange(2 * 3 * 4 * 5, dtype="<f4").reshape(2, 3, 4, 5),
    "conv2d_1/bias": np.array([-1.5, 2.5], "<f4"),
    "conv2d_1/kernel": np.zeros((0, 3), "<f4"),
    "scale": np.array(0.25, "<f4"),
    "wide": np.arange(300, dtype="<f4"),
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a sound checkpoint."""
    return write_checkpoint(tmp_path_factory.mktemp("sound"), ARRAYS)


def write_index(folder: Path, index: bytes) -> Path:
    """A checkpoint with this index, and 16 bytes of data."""
    (folder / "model.index").write_bytes(index)
    (folder / "model.data-00000-of-00001").write_bytes(bytes(16))
    return folder


def test_every_array_is_read(checkpoint: Path) -> None:
    """With its name, shape and values, in however many blocks they are."""
    read = read_checkpoint(checkpoint)
    assert read.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert read[name].dtype == np.float32
        assert np.array_equal(read[name], array)


def test_other_types_are_passed_over(tmp_path: Path) -> None:
    """The step that the training had come to is no weight."""
    arrays = {"global_step": np.array(7, "<i8"), "weight": np.ones(3, "<f4")}
    assert read_checkpoint(write_checkpoint(tmp_path, arrays)).keys() == {"weight"}


def test_arrays_cannot_be_written_to(checkpoint: Path) -> None:
    """They are the file itself."""
    with pytest.raises(ValueError, match="read-only"):
        read_checkpoint(checkpoint)["scale"][...] = 1


@pytest.mark.parametrize("name", ["model.index", "model.data-00000-of-00001"])
def test_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """Half a checkpoint is none."""
    write_checkpoint(tmp_path, ARRAYS)
    (tmp_path / name).unlink()
    with pytest.raises(SettingsError, match=f"holds no checkpoint.*{name}"):
        read_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (b"", "does not end with LevelDB"),
        (b"PK\3\4" * 100, "does not end with LevelDB"),
        (table({b"a": entry((4,), 0, 16)}, compression=1), "compressed"),
        (table({b"a": entry((4,), 4, 16)}), "not where the index says"),
        (table({b"a": entry((5,), 0, 16)}), "not where the index says"),
        (table({b"a": entry((4,), 0, 16, shard=1)}), "several files"),
        (table({b"a": entry((4, 2**62, 0), 0, 0)}), "damaged"),
        (table({b"a" * 1001: entry((4,), 0, 16)}), "name that is too long"),
        (table({b"\xff": entry((4,), 0, 16)}), "decode"),
        (table({b"a": b"\x08\x80"}), "cut off"),
        (table({b"a": b"\x08" + b"\x80" * 11}), "number that is too long"),
        (table({b"a": b"\x0b"}), "unknown kind"),
        (table({str(number).encode(): b"" for number in range(10_001)}), "too many entries"),
    ],
)
def test_index_that_is_wrong_is_refused(tmp_path: Path, index: bytes, message: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(SettingsError, match=message):
        read_checkpoint(write_index(tmp_path, index))


@given(data=st.data())
def test_no_damage_is_another_error(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """Whatever bytes of the index are changed or cut off, it is read or refused."""
    index = bytearray(table({key.encode(): entry((2, 2), 0, 16) for key in ARRAYS}))
    places = st.integers(0, len(index) - 1)
    for place in data.draw(st.lists(places, min_size=1, max_size=4)):
        index[place] = data.draw(st.integers(0, 255))
    del index[data.draw(places) : data.draw(places)]
    folder = write_index(tmp_path_factory.mktemp("damaged"), bytes(index))
    with contextlib.suppress(SettingsError):
        assert not any(array.any() for array in read_checkpoint(folder).values())

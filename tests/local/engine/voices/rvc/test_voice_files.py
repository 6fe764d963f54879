"""The files of a voice are found in what people download."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.voice_files import find_voice_files, is_voice_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tiny: Path, tmp_path: Path) -> Path:
    """A folder as voices are given away in, with a checkpoint of training beside the voice."""
    folder = tmp_path / "voice"
    (folder / "model").mkdir(parents=True)
    shutil.copy(tiny, folder / "model" / "anna.pth")
    (folder / "model" / "G_2333.pth").write_bytes(b"training")
    (folder / "added_IVF1.index").write_bytes(b"index")
    (folder / "trained_IVF1.index").write_bytes(b"none")
    return folder


def test_a_file_is_taken_as_it_is(tiny: Path) -> None:
    """There is no index with it."""
    model, index = find_voice_files(tiny, None)
    assert (model.name, bytes(model.content), index) == (str(tiny), tiny.read_bytes(), None)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_file_is_looked_through(folder: Path, tmp_path: Path, compression: int) -> None:
    """The voice and its index are taken from it; what a Mac adds is passed over."""
    path = tmp_path / "anna.zip"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("__MACOSX/model/._anna.pth", b"")
        for file in folder.rglob("*.*"):
            archive.write(file, file.relative_to(folder))
    model, index = find_voice_files(path, None)
    assert model.name == f"{path}/model/anna.pth"
    assert bytes(model.content) == (folder / "model" / "anna.pth").read_bytes()
    assert index is not None
    assert bytes(index.content) == b"index"


def test_a_folder_is_looked_through(folder: Path) -> None:
    """And the folders in it."""
    model, index = find_voice_files(folder, None)
    assert model.name == str(folder / "model" / "anna.pth")
    assert index is not None
    assert index.name == str(folder / "added_IVF1.index")


def test_an_index_may_lie_elsewhere(folder: Path, tiny: Path) -> None:
    """It is named."""
    _, index = find_voice_files(tiny, folder / "added_IVF1.index")
    assert index is not None
    assert bytes(index.content) == b"index"


def test_several_voices_are_told_apart(folder: Path, tiny: Path) -> None:
    """They are listed."""
    shutil.copy(tiny, folder / "boris.pth")
    with pytest.raises(SettingsError, match=r"several voices in .*'anna\.pth', 'boris\.pth'"):
        find_voice_files(folder, None)


def test_several_indexes_are_told_apart(folder: Path) -> None:
    """They are listed."""
    (folder / "added_2.index").touch()
    with pytest.raises(SettingsError, match=r"several indexes in .*'added_2\.index'.* --index"):
        find_voice_files(folder, None)


def test_a_place_without_a_voice_is_told(tmp_path: Path) -> None:
    """An empty folder, an empty ZIP file, and nothing at all."""
    with pytest.raises(SettingsError, match="there is no voice in"):
        find_voice_files(tmp_path, None)
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "sing!")
    with pytest.raises(SettingsError, match=r"no voice in .*empty\.zip"):
        find_voice_files(tmp_path / "empty.zip", None)
    with pytest.raises(SettingsError, match="there is no file or folder"):
        find_voice_files(tmp_path / "gone.pth", None)


def test_a_damaged_zip_file_is_told(folder: Path, tmp_path: Path) -> None:
    """It is cut off."""
    path = tmp_path / "anna.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "model" / "anna.pth", "anna.pth")
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(SettingsError, match=r"anna\.zip is cut off"):
        find_voice_files(path, None)


def test_recordings_are_told_from_voices(tmp_path: Path) -> None:
    """By their names."""
    assert not is_voice_file(tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "anna.pth").touch()
    assert is_voice_file(tmp_path)
    assert is_voice_file(tmp_path / "anna.PTH")
    assert is_voice_file(tmp_path / "anna.zip")
    assert not is_voice_file(tmp_path / "anna.wav")

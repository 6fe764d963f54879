"""A user's own voices are learned, kept and taken away; nothing is overwritten by mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.singing import few_seconds_are_a_voice, write_recording
from voiceshift.errors import CoverError, SaveError, SettingsError
from voiceshift.local import Voice
from voiceshift.local.own_voices import add_voice, remove_voice

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def speech(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording, which is short, and long enough here."""
    few_seconds_are_a_voice(monkeypatch)
    return write_recording(tmp_path / "speech.wav")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where voices are kept; it is not there yet."""
    return tmp_path / "data" / "voices"


def test_a_voice_is_learned_and_kept(folder: Path, speech: Path) -> None:
    """Its file can be read again, and is the only one."""
    voice = add_voice(folder, "Zoë 2", [speech])
    assert [path.name for path in folder.iterdir()] == ["Zoë 2.npz"]
    assert Voice.load(folder / "Zoë 2.npz").seconds == voice.seconds


@pytest.mark.parametrize("name", ["", "../anna", "a/b", "CON", "anna.", ".anna", "a\nb", "x" * 200])
def test_a_name_that_no_file_can_have_is_refused(folder: Path, name: str) -> None:
    """On any system, and before a recording is looked at."""
    with pytest.raises(SettingsError, match="a voice cannot be called"):
        add_voice(folder, name, [])
    assert not folder.exists()


@pytest.mark.parametrize("name", ["anna", "Anna", "tenor", "TENOR"])
def test_a_name_that_is_taken_is_refused(folder: Path, speech: Path, name: str) -> None:
    """By one's own voice or the demo's, whatever its capitals."""
    folder.mkdir(parents=True)
    (folder / "anna.npz").write_bytes(b"mine")
    with pytest.raises(SettingsError, match=r"a voice called .* already; --replace"):
        add_voice(folder, name, [speech])
    assert (folder / "anna.npz").read_bytes() == b"mine"


def test_a_voice_is_replaced_when_that_is_said(folder: Path, speech: Path) -> None:
    """Then the new one is there, in the demo voice's name too."""
    folder.mkdir(parents=True)
    (folder / "tenor.npz").write_bytes(b"old")
    add_voice(folder, "tenor", [speech], replace=True)
    assert Voice.load(folder / "tenor.npz").name == "tenor"


def test_a_recording_that_is_not_there_is_told(folder: Path, tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(SettingsError, match=r"no recording at .*gone\.wav"):
        add_voice(folder, "anna", [tmp_path / "gone.wav"])


def test_recordings_without_a_voice_leave_no_file(folder: Path, tmp_path: Path) -> None:
    """The old voice stays as it was."""
    path = tmp_path / "notes.txt"
    path.write_text("do re mi")
    with pytest.raises(CoverError, match=r"'notes\.txt'"):
        add_voice(folder, "anna", [path])
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, speech: Path) -> None:
    """A file stands in its place."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(SaveError, match="cannot keep a voice in"):
        add_voice(tmp_path / "data" / "voices", "anna", [speech])


def test_a_voice_is_removed(folder: Path) -> None:
    """Its file is gone, other voices stay."""
    folder.mkdir(parents=True)
    for name in ("anna", "boris"):
        (folder / f"{name}.npz").touch()
    assert remove_voice(folder, "anna") == folder / "anna.npz"
    assert [path.name for path in folder.iterdir()] == ["boris.npz"]


@pytest.mark.parametrize("name", ["carla", "../anna", "Anna"])
def test_a_voice_that_is_not_there_cannot_be_removed(folder: Path, name: str) -> None:
    """The message lists those there are."""
    folder.mkdir(parents=True)
    (folder / "anna.npz").touch()
    with pytest.raises(SettingsError, match="is not there; your own are 'anna'"):
        remove_voice(folder, name)


def test_a_demo_voice_cannot_be_removed(folder: Path) -> None:
    """It comes with the package."""
    with pytest.raises(SettingsError, match=r"'tenor' comes with voiceshift and stays; there are"):
        remove_voice(folder, "tenor")

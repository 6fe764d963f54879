"""Voices are found by name: the demo's, the user's, and those of further folders."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import platformdirs
import pytest

from tests.support.singing import few_seconds_are_a_voice, write_recording
from voiceshift.errors import CoverError, SettingsError
from voiceshift.local import demo
from voiceshift.local.voices import VoiceLibrary, user_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folders, empty and out of the way of the real ones; the tenor says little."""
    few_seconds_are_a_voice(monkeypatch)
    monkeypatch.setitem(demo.VOICES, "tenor", write_recording(tmp_path / "tenor.wav"))
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path


def saved_voice(folder: Path, name: str) -> Path:
    """Put a voice into ``folder``: the demo's tenor under another name."""
    VoiceLibrary().get("tenor").save(folder / f"{name}.npz")
    return folder


def test_the_demo_voices_are_always_there() -> None:
    """Also with no folder at all."""
    assert VoiceLibrary().names() == ["baritone", "tenor"]


def test_a_demo_voice_is_learned_once(home: Path) -> None:
    """The second time it comes from the cache."""
    VoiceLibrary().get("tenor")
    (cached,) = (home / "cache").rglob("tenor.npz")
    written = cached.stat().st_mtime_ns
    assert VoiceLibrary().get("tenor").name == "tenor"
    assert cached.stat().st_mtime_ns == written


def test_a_damaged_cache_is_made_anew(home: Path) -> None:
    """Damage costs time and is no error."""
    VoiceLibrary().get("tenor")
    (cached,) = (home / "cache").rglob("tenor.npz")
    cached.write_bytes(b"damaged")
    assert VoiceLibrary().get("tenor").name == "tenor"
    assert cached.stat().st_size > 10_000


def test_a_cache_that_cannot_be_written_is_no_error(home: Path) -> None:
    """A full or read-only disk only costs time."""
    (home / "cache").write_text("a file where the folder should be")
    assert VoiceLibrary().get("tenor").name == "tenor"


def test_folders_add_voices(tmp_path: Path) -> None:
    """Each file is a voice that is called like it."""
    folder = tmp_path / "voices"
    folder.mkdir()
    library = VoiceLibrary([folder])
    saved_voice(folder, "anna")
    assert library.names() == ["anna", "baritone", "tenor"]
    assert library.get("anna").name == "anna"


def test_the_users_own_voices_are_found() -> None:
    """Without being told where they are."""
    user_folder().mkdir(parents=True)
    saved_voice(user_folder(), "anna")
    assert VoiceLibrary().get("anna").name == "anna"


def test_a_folders_voice_comes_before_the_demos(tmp_path: Path) -> None:
    """So that a damaged one is noticed and not silently replaced."""
    (tmp_path / "tenor.npz").write_bytes(b"damaged")
    with pytest.raises(CoverError, match="'tenor' is damaged"):
        VoiceLibrary([tmp_path]).get("tenor")


@pytest.mark.parametrize("name", ["soprano", "", "../tenor", "\0", "\ud800"])
def test_an_unknown_voice_lists_the_voices(name: str) -> None:
    """The message can be sent and says what there is."""
    with pytest.raises(CoverError, match="the voices here are 'baritone', 'tenor'") as caught:
        VoiceLibrary().get(name)
    assert str(caught.value).isprintable()


def test_no_name_leads_out_of_the_folders(tmp_path: Path) -> None:
    """A name is looked up and never becomes a path."""
    folder = tmp_path / "voices"
    folder.mkdir()
    shutil.copy(demo.VOICES["tenor"], tmp_path / "anna.npz")
    with pytest.raises(CoverError, match="no voice called"):
        VoiceLibrary([folder]).get("../anna")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """At the start, not at the first request."""
    with pytest.raises(SettingsError, match="no folder of voices"):
        VoiceLibrary([tmp_path / "nowhere"])

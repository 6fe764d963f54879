"""Voices are found by name; a user's own are learned, kept and removed, and none by mistake."""

from __future__ import annotations

import os
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

from tests.support.singing import few_seconds_are_a_voice, write_recording
from voiceshift.errors import CoverError, SaveError, SettingsError
from voiceshift.local import Voice, demo
from voiceshift.local.library.voices import (
    VoiceLibrary,
    add_voice,
    find_recordings,
    remove_voice,
    user_folder,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    voice = VoiceLibrary().get("tenor")
    assert isinstance(voice, Voice)
    voice.save(folder / f"{name}.npz")
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


def test_a_demo_voice_is_learned_once_by_threads(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several sessions may ask for it at the same time."""
    learned: list[str] = []
    learn = Voice.from_recordings

    def noted(name: str, paths: Sequence[Path]) -> Voice:
        learned.append(name)
        return learn(name, paths)

    monkeypatch.setattr(Voice, "from_recordings", noted)
    with ThreadPoolExecutor(3) as threads:
        voices = list(threads.map(VoiceLibrary().get, ["tenor"] * 3))
    assert [voice.name for voice in voices] == ["tenor"] * 3
    assert learned == ["tenor"]


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


def test_case_does_not_matter(tmp_path: Path) -> None:
    """But where names differ in nothing else: then the one that is meant is asked for."""
    saved_voice(tmp_path, "Zoë")
    library = VoiceLibrary([tmp_path])
    assert library.file_of("ZOE") == library.file_of("Zoë") == tmp_path / "Zoë.npz"
    assert library.get("Tenor").name == "tenor"
    saved_voice(tmp_path, "zoe")
    assert library.file_of("zoe") == tmp_path / "zoe.npz"
    with pytest.raises(CoverError, match="several voices are called that: 'Zoë', 'zoe'"):
        library.get("ZOE")


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


# ---- the user's own


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


@pytest.mark.skipif(os.name != "posix", reason="this system has no such modes")
def test_a_voice_is_its_owners_alone(folder: Path, speech: Path, home: Path) -> None:
    """What was learned, and what the demo's are cached as; whatever others may read otherwise."""
    before = os.umask(0)
    try:
        add_voice(folder, "anna", [speech])
        VoiceLibrary().get("tenor")
    finally:
        os.umask(before)
    (cached,) = (home / "cache").rglob("tenor.npz")
    for file in (folder / "anna.npz", cached):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


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


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "~nosuchuser/a.wav"])
def test_a_recording_that_cannot_be_is_not_there(folder: Path, name: str) -> None:
    """Whatever the system says of such a path."""
    with pytest.raises(SettingsError, match="no recording at"):
        add_voice(folder, "anna", [Path(name)])


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
    with pytest.raises(SaveError, match="cannot save a voice in"):
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
    with pytest.raises(SettingsError, match="does not exist; your own voices are 'anna'"):
        remove_voice(folder, name)


def test_a_demo_voice_cannot_be_removed(folder: Path) -> None:
    """It comes with the package."""
    with pytest.raises(
        SettingsError, match="comes with voiceshift and cannot be removed; you have no"
    ):
        remove_voice(folder, "tenor")


# ---- recordings


def test_a_folder_is_taken_as_the_recordings_in_it(tmp_path: Path) -> None:
    """In any depth; a text is none; a pattern that no shell has expanded will do, too."""
    for name in ("b.wav", "a.flac", "take 2/c.ogg", "notes.txt"):
        path = tmp_path / "takes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    takes = tmp_path / "takes"
    names = [takes / "a.flac", takes / "b.wav", takes / "take 2" / "c.ogg"]
    assert find_recordings(str(takes)) == names
    assert find_recordings(str(takes / "*.wav")) == [takes / "b.wav"]
    assert find_recordings(str(takes / "b.wav")) == [takes / "b.wav"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".", "no recordings in the folder '.'"),
        ("*.wav", r"no recording matches '\*\.wav'"),
        ("a.wav", "a.wav"),
    ],
)
def test_recordings_that_are_not_there_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """As what was asked for."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(SettingsError, match=words):
        find_recordings(name)


def test_a_file_may_be_called_like_a_pattern(tmp_path: Path) -> None:
    """It comes before what the pattern would match."""
    path = tmp_path / "take [1].wav"
    path.touch()
    assert find_recordings(str(path)) == [path]

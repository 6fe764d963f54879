"""Paths that users give, what goes wrong with files, and names that are safe."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.properties import example, given, st
from voiceshift.errors import SaveError, SettingsError
from voiceshift.util.files import (
    existing_file,
    existing_folder,
    expand_user,
    file_errors,
    is_file,
    is_folder,
    is_same_file,
    is_stream,
    make_folder,
    names_folder,
    safe_name,
    writing,
)

if TYPE_CHECKING:
    from collections.abc import Callable

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


# ---- paths


def test_path_names_a_folder(tmp_path: Path) -> None:
    """One that is there, or a path that ends as only that of a folder does."""
    assert names_folder(tmp_path)
    assert names_folder("~")
    assert names_folder("covers/")
    assert not names_folder("covers")
    assert not names_folder("")


def test_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    """With those above it; one that is there will do."""
    for _ in range(2):
        assert make_folder(Path("a/b")) == Path("a/b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("name", ["file", "file/folder", "x" * 300, "a\0b"])
def test_folder_that_cannot_be_made(name: str, tmp_path: Path) -> None:
    """The error names it."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="cannot make the folder"):
        make_folder(Path(name))


@posix_only
def test_pipes_and_devices_are_streams(tmp_path: Path) -> None:
    """Files and folders are not, nor what is not there."""
    os.mkfifo("pipe")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("pipe")
    assert [is_stream(Path(name)) for name in ("pipe", "link", os.devnull)] == [True] * 3
    assert [is_stream(Path(name)) for name in ("file", ".", "missing", "a\0b")] == [False] * 4


def test_same_file_by_another_name(tmp_path: Path) -> None:
    """Not another with the same content; asking never fails."""
    for name in ("one", "other"):
        (tmp_path / name).write_bytes(b"same")
    (tmp_path / "link").hardlink_to(tmp_path / "one")
    assert is_same_file(Path("one"), tmp_path / "link")
    assert not is_same_file(Path("one"), Path("other"))
    assert not is_same_file(Path("one"), Path("missing"))
    assert not is_same_file(Path("a\0b"), Path("one"))


@pytest.mark.parametrize("name", ["", "missing", ".", "x" * 10_000, "a\0b", "https://a.example/?b"])
def test_any_text_can_be_asked_for(name: str) -> None:
    """Song titles and addresses are no files, and asking never fails."""
    assert not is_file(name)


def test_file_is_a_file(tmp_path: Path) -> None:
    """By its path, absolute or not."""
    (tmp_path / "song.ogg").touch()
    assert is_file("song.ogg")
    assert is_file(str(tmp_path / "song.ogg"))


def test_unknown_home_is_a_plain_name() -> None:
    """What looks like a user but is none stays as it was written."""
    for path in ("~no-such-user/song.ogg", "~\0/song.ogg"):
        assert expand_user(path) == Path(path)


def test_home_is_expanded(home: Path) -> None:
    """As a shell does it."""
    assert expand_user("~/song.ogg") == home / "song.ogg"


def test_a_user_with_a_null_character_is_a_plain_name() -> None:
    """The system's list of users cannot even be asked for it."""
    assert expand_user("~a\0b/song.ogg") == Path("~a\0b/song.ogg")


def test_a_file_in_the_home_folder_is_a_file(home: Path) -> None:
    """Where no shell has expanded its path."""
    (home / "own song.ogg").touch()
    assert is_file("~/own song.ogg")


@pytest.mark.parametrize("name", ["missing", "song.ogg", "x" * 10_000, "a\0b"])
def test_what_is_no_folder(tmp_path: Path, name: str) -> None:
    """Asking never fails."""
    (tmp_path / "song.ogg").touch()
    assert not is_folder(Path(name))
    assert is_folder(tmp_path)


# ---- paths that users give

NOT_THERE = ["missing", "~no-such-user/music", "~song", "x" * 300, "a\0b", "song.ogg/music"]


@pytest.mark.parametrize("existing", [existing_file, existing_folder])
@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_there_is_a_wrong_setting(
    existing: Callable[[str, str], Path], path: str
) -> None:
    """Whatever is wrong with the path; the message names the setting and the path, on one line."""
    Path("song.ogg").touch()
    with pytest.raises(SettingsError) as caught:
        existing(path, "songs")
    assert str(caught.value) == f"songs: {path.replace(chr(0), ' ')} does not exist"


def test_a_file_is_not_a_folder() -> None:
    """Nor the other way round."""
    Path("song.ogg").touch()
    with pytest.raises(SettingsError, match=r"^songs: song\.ogg is not a folder$"):
        existing_folder("song.ogg", "songs")
    with pytest.raises(SettingsError, match=r"^list: \. is not a file$"):
        existing_file(".", "list")


@pytest.mark.parametrize("value", [5, b"songs"])
def test_what_is_not_a_path_is_a_wrong_setting(value: Any) -> None:
    """A number, or bytes."""
    with pytest.raises(SettingsError, match="songs must be a path, not "):
        existing_folder(value, "songs")


def test_what_exists_is_given_as_it_was_typed(home: Path) -> None:
    """But for the home folder."""
    (home / "music").mkdir(exist_ok=True)
    (home / "music" / "song.ogg").touch()
    assert existing_folder("~/music", "songs") == home / "music"
    assert existing_file("~/music/song.ogg", "song") == home / "music" / "song.ogg"
    assert existing_folder(".", "songs") == Path()


@pytest.mark.parametrize("path", [".", "missing", "x" * 300, "a\0b", "latin.txt"])
def test_what_cannot_be_read_is_a_wrong_setting(path: str) -> None:
    """A folder, nothing, a name that cannot be, or text that is not UTF-8."""
    Path("latin.txt").write_bytes(b"\xe4")
    with (
        pytest.raises(SettingsError, match=r"^cannot read the token file: "),
        file_errors(SettingsError, "cannot read the token file"),
    ):
        Path(path).read_text(encoding="utf-8")


def test_errors_of_ours_stay_as_they_are() -> None:
    """Also those that are an ``OSError`` or a ``ValueError``."""
    with pytest.raises(SaveError, match=r"^the disk is full$"), writing(Path("song.ogg")):
        raise SaveError("the disk is full")


def test_what_cannot_be_written_is_a_save_error() -> None:
    """With the path and the system's reason."""
    path = Path("missing/song.ogg")
    with pytest.raises(SaveError, match=r"^cannot write missing.song\.ogg: "), writing(path):
        path.write_bytes(b"")


# ---- safe_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Rihanna - Diamonds (tenor, +1)", "Rihanna - Diamonds (tenor, +1)"),
        ("Für Elise", "Für Elise"),
        ("夜に駆ける", "夜に駆ける"),
        ("u\u0308ber", "über"),
        ("AC/DC: Who?", "AC-DC- Who"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\Windows\\song", "C-Windows-song"),
        ("line\nbreak\x00\x1b[31m", "line break  [31m"),
        ("\u202egnos", "gnos"),
        ("half a pair \ud800!", "half a pair  !"),
        ("-rf", "rf"),
        ("CON", "_CON"),
        ("nul.ogg", "_nul.ogg"),
        ("nul .ogg", "_nul .ogg"),
        ("CONIN$", "_CONIN$"),
        ("conout$.ogg", "_conout$.ogg"),
        ("com1", "_com1"),
        ("LPT³", "_LPT³"),
        ("Conspiracy", "Conspiracy"),
        ("", "cover"),
        (" . ", "cover"),
        ("///", "cover"),
    ],
)
def test_name_of_a_title(title: str, name: str) -> None:
    """Readable where that is possible, harmless everywhere."""
    assert safe_name(title, fallback="cover") == name


def test_long_title_is_cut_between_characters() -> None:
    """Bytes count, and no character is halved."""
    name = safe_name("a" + "ü" * 300, fallback="cover")
    assert name.strip("ü") == "a"
    assert 100 <= len(name.encode()) <= 120


@pytest.fixture(scope="module")
def covers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all examples of the test below."""
    return tmp_path_factory.mktemp("covers")


@given(title=st.text(st.characters(), max_size=300))
@example(title="..")
@example(title="/etc/passwd")
@example(title="\0")
@example(title="\U0001f3b5" * 300)
def test_any_title_gives_a_file_in_its_folder(title: str, covers: Path) -> None:
    """The service controls the title; it neither fails nor leads out of the folder."""
    path = covers / (safe_name(title, fallback="cover") + ".ogg.1.part")
    path.touch()
    assert [entry.name for entry in covers.iterdir()] == [path.name]
    path.unlink()

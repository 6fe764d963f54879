"""Songs are found by title, and nothing outside their folders ever is."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING

import pytest

from tests.support.properties import given, st
from voiceshift.errors import CoverError, SettingsError
from voiceshift.local import demo
from voiceshift.local.library.audio_files import SUFFIXES
from voiceshift.local.library.songs import Song, SongLibrary
from voiceshift.request import CoverRequest

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> Path:
    """Make files that look like songs."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few songs, beside a file that is none of them."""
    put(tmp_path, "secret.mp3")
    return put(
        tmp_path / "songs",
        "Beyoncé - Halo.mp3",
        "albums/1999/Diamonds.flac",
        "diamonds.ogg",
        "cover.jpg",
        "._Halo.mp3",
    )


@pytest.mark.parametrize("name", ["demo", "Demo", "Amazing Grace", "amazing grace"])
def test_the_demo_is_always_there(name: str) -> None:
    """By its short name and by its title."""
    assert SongLibrary().find(name) == Song(demo.SONG_TITLE, demo.SONG)


@pytest.mark.parametrize(
    "name", ["Beyoncé - Halo", "beyonce - halo", "BEYONCÉ  -  HALO", "Beyoncé - Halo.mp3"]
)
def test_a_title_is_found(folder: Path, name: str) -> None:
    """Whatever its case, accents and spaces."""
    song = SongLibrary([folder]).find(name)
    assert song == Song("Beyoncé - Halo", folder / "Beyoncé - Halo.mp3")


def test_decomposed_accents_are_the_same(folder: Path) -> None:
    """A title typed on one system is found on another."""
    name = unicodedata.normalize("NFD", "Beyoncé - Halo")
    assert SongLibrary([folder]).find(name).path.name == "Beyoncé - Halo.mp3"


def test_the_exact_title_comes_first(folder: Path) -> None:
    """Titles that differ in case alone can be told apart."""
    library = SongLibrary([folder])
    assert library.find("Diamonds").path.suffix == ".flac"
    assert library.find("diamonds").path.suffix == ".ogg"


def test_several_songs_are_listed(folder: Path) -> None:
    """The files by whose names each of them can be asked for."""
    with pytest.raises(CoverError, match=r"'albums/1999/Diamonds\.flac', 'diamonds\.ogg'"):
        SongLibrary([folder]).find("DIAMONDS")
    assert SongLibrary([folder]).find("Diamonds.flac").title == "Diamonds"


def test_songs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    """Both are listed, and each can be asked for as it is listed, or without its ending."""
    names = ["One/01 Intro.wav", "Two/01 Intro.wav", "Two/deep/01 Intro.wav"]
    library = SongLibrary([put(tmp_path, *names)])
    with pytest.raises(CoverError, match=r"'One/01 Intro\.wav', 'Two/01 Intro\.wav', 'Two/deep"):
        library.find("01 intro")
    for name in names:
        assert library.find(name).path == tmp_path / name
        assert library.find(name.removesuffix(".wav")).path == tmp_path / name
    assert library.find("two/01 INTRO").path == tmp_path / names[1]


def test_a_song_beside_a_folder_can_be_asked_for(tmp_path: Path) -> None:
    """By its file name, where its title alone is that of another one, too."""
    library = SongLibrary([put(tmp_path, "Intro.mp3", "One/Intro.mp3")])
    with pytest.raises(CoverError, match=r"ask for one of 'Intro\.mp3', 'One/Intro\.mp3'"):
        library.find("Intro")
    assert library.find("Intro.mp3").path == tmp_path / "Intro.mp3"


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_ending_is_found_by_title(tmp_path: Path, suffix: str) -> None:
    """In capitals, too."""
    path = put(tmp_path, f"song{suffix.upper()}") / f"song{suffix.upper()}"
    assert SongLibrary([tmp_path]).find("song").path == path


def test_the_earlier_folder_comes_first(tmp_path: Path) -> None:
    """Of two files of one name."""
    first, second = put(tmp_path / "1", "a.mp3"), put(tmp_path / "2", "a.mp3")
    assert SongLibrary([first, second]).find("a").path == first / "a.mp3"
    assert SongLibrary([second, first]).find("a").path == second / "a.mp3"


def test_new_songs_are_found_at_once(folder: Path) -> None:
    """The folder is read at every request."""
    library = SongLibrary([folder])
    put(folder, "new.wav")
    assert library.find("new").title == "new"


@pytest.mark.parametrize("name", ["cover", "cover.jpg", "._Halo", "1999", "albums", ""])
def test_what_is_no_song_is_not_found(folder: Path, name: str) -> None:
    """Pictures, hidden files and folders."""
    with pytest.raises(CoverError, match="no song called"):
        SongLibrary([folder]).find(name)


@pytest.mark.parametrize("allow_files", [True, False])
def test_paths_are_for_the_owner(folder: Path, allow_files: bool) -> None:
    """A path is only taken where it was allowed."""
    library = SongLibrary([folder], allow_files=allow_files)
    secret = folder.parent / "secret.mp3"
    if allow_files:
        assert library.find(str(secret)) == Song("secret", secret)
    else:
        with pytest.raises(CoverError, match="no song called"):
            library.find(str(secret))


def test_pasted_paths_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In quotes, as URLs of files, in the home folder, and with names that look like options."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    path = put(tmp_path, "Für Elise.wav", "-dash.wav") / "Für Elise.wav"
    library = SongLibrary(allow_files=True)
    for name in (str(path), f'"{path}"', f"'{path}'", path.as_uri(), "~/Für Elise.wav", path.name):
        assert library.find(name).path.samefile(path)
    assert library.find("-dash.wav").path.samefile(tmp_path / "-dash.wav")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_names_in_latin_1_are_found(tmp_path: Path) -> None:
    """By path and by title, in the way that people read them."""
    path = put(tmp_path, "caf\udce9.wav") / "caf\udce9.wav"
    song = Song("café", path)
    assert SongLibrary([tmp_path]).find("café") == song
    assert SongLibrary(allow_files=True).find(CoverRequest(str(path), "tenor").song) == song


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("songs/Diamnods.ogg", "no file at 'songs/Diamnods.ogg'; did you mean 'diamonds.ogg'?"),
        ("nowhere/a.ogg", "no file at 'nowhere/a.ogg', and no folder 'nowhere'"),
        ("Diamnods.ogg", "no file at 'Diamnods.ogg'"),
        ("songs/albums", "'songs/albums' is a folder"),
    ],
)
def test_a_missing_path_is_told_of_as_a_path(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    """With the nearest file; only where paths may be asked for."""
    monkeypatch.chdir(folder.parent)
    with pytest.raises(CoverError) as caught:
        SongLibrary(allow_files=True).find(name)
    assert words in str(caught.value)
    with pytest.raises(CoverError, match="no song called"):
        SongLibrary().find(name)


@pytest.mark.parametrize(
    "name", ["../secret", "../secret.mp3", "albums/../../secret.mp3", "albums/1999", "/Diamonds"]
)
def test_no_name_leads_out_of_the_folders(folder: Path, name: str) -> None:
    """A name is compared and never becomes a path."""
    with pytest.raises(CoverError, match="no song called"):
        SongLibrary([folder]).find(name)


def test_links_out_of_the_folder_are_passed_over(folder: Path) -> None:
    """To files and to folders; one that stays inside is a song."""
    try:
        (folder / "linked.mp3").symlink_to(folder.parent / "secret.mp3")
        (folder / "outside").symlink_to(folder.parent, target_is_directory=True)
        (folder / "inside.ogg").symlink_to(folder / "diamonds.ogg")
    except OSError:
        pytest.skip("this system makes no links")
    library = SongLibrary([folder])
    assert library.find("inside").title == "inside"
    for name in ("linked", "secret"):
        with pytest.raises(CoverError, match="no song called"):
            library.find(name)


def test_errors_help_and_tell_nothing(folder: Path) -> None:
    """A near title is proposed; where the songs lie is not said."""
    with pytest.raises(CoverError, match=r"did you mean 'Diamonds'|'diamonds'") as caught:
        SongLibrary([folder]).find("Diamnods")
    assert str(folder.parent) not in str(caught.value)


def test_a_url_has_its_own_answer() -> None:
    """It says that nothing is fetched, not that no song has this title."""
    with pytest.raises(CoverError, match="no song can be fetched from this URL"):
        SongLibrary().find("https://www.youtube.com/watch?v=dQw4w9WgXcQ")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    """At the start, not at the first request."""
    with pytest.raises(SettingsError, match="no folder of songs"):
        SongLibrary([tmp_path / "nowhere"])


@given(name=st.text())
def test_any_name_is_answered(name: str) -> None:
    """With a message that can be sent, however odd the name."""
    with pytest.raises(CoverError) as caught:
        SongLibrary(allow_files=True).find(name)
    assert len(str(caught.value).encode()) < 2000


@pytest.mark.parametrize("name", ["\0", "~\0", "\ud800", "~nobody/x", "x" * 100_000, "\x1b[2J"])
def test_hostile_names_are_answered(name: str) -> None:
    """With a short message of printable characters."""
    with pytest.raises(CoverError) as caught:
        SongLibrary(allow_files=True).find(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000

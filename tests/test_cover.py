"""What a script gets back: a cover that is saved whole or not at all."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from attrs.exceptions import FrozenInstanceError

from tests.support.processes import run_python
from tests.support.samples import sample_cover
from voiceshift.batch import Outcome
from voiceshift.errors import SaveError, SettingsError
from voiceshift.events import Segment
from voiceshift.local import demo
from voiceshift.request import CoverRequest

AUDIO = b"OggS sound"
NAME = "Amazing Grace (tenor, -1).ogg"
NUMBERED = "Amazing Grace (tenor, -1) (2).ogg"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def names_in(folder: Path) -> list[str]:
    """What a listing of ``folder`` shows."""
    return sorted(path.name for path in folder.iterdir())


# ---- save


def test_saved_without_a_path_it_lies_in_the_current_folder(tmp_path: Path) -> None:
    """Its name comes from the title, the suffix from the content."""
    path = sample_cover(AUDIO).save()
    assert path == tmp_path / NAME
    assert names_in(tmp_path) == [NAME]
    assert path.read_bytes() == AUDIO


@pytest.mark.parametrize("suffix", [".opus", ".mp3", ".flac", ".WAV"])
def test_saved_under_another_suffix_it_is_encoded_again(suffix: str) -> None:
    """As long as it was, and marked as every cover is."""
    soundfile = pytest.importorskip("soundfile")
    path = sample_cover(demo.SONG.read_bytes()).save(f"cover{suffix}")
    with soundfile.SoundFile(path) as file, soundfile.SoundFile(demo.SONG) as song:
        seconds = round(song.frames / song.samplerate * file.samplerate)
        assert len(file.read()) == file.frames == seconds
        assert (file.title, file.artist) == ("Amazing Grace (tenor, -1)", "tenor")
        assert "compositeWithTrainedAlgorithmicMedia" in file.comment


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cover.m4a", r"nothing here encodes that, but \.ogg"),
        ("cover.mp3", "cannot be read as audio"),
    ],
)
def test_what_cannot_be_encoded_again_is_a_save_error(
    tmp_path: Path, name: str, message: str
) -> None:
    """It says what it is and what to do; nothing is left behind."""
    pytest.importorskip("soundfile")
    with pytest.raises(SaveError, match=f"audio/ogg.*{message}.*ends in .ogg"):
        sample_cover(AUDIO).save(name)
    assert names_in(tmp_path) == []


def test_without_the_extra_it_says_what_encoding_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes could still be saved as they are."""
    monkeypatch.setitem(sys.modules, "soundfile", None)  # as if it were not installed
    with pytest.raises(SaveError, match=r'pip install "voiceshift\[local\]".*ends in .ogg'):
        sample_cover().save("cover.mp3")
    sample_cover().save("cover.ogg")


def test_saved_to_a_folder_it_gets_a_name_there(tmp_path: Path) -> None:
    """A path as text or as an object."""
    folder = tmp_path / "covers"
    folder.mkdir()
    assert sample_cover().save(folder) == folder / NAME
    assert sample_cover().save(str(tmp_path / "covers")) == folder / NUMBERED
    assert sample_cover().save("covers/").name == "Amazing Grace (tenor, -1) (3).ogg"


def test_saved_to_a_folder_that_is_not_there_it_makes_it(tmp_path: Path) -> None:
    """Where the path ends as only the path of a folder does."""
    assert sample_cover().save("covers/new/") == Path("covers/new") / NAME
    assert names_in(tmp_path / "covers" / "new") == [NAME]


def test_folder_that_cannot_be_made_is_a_save_error(tmp_path: Path) -> None:
    """A file has the name."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="cannot make the folder file"):
        sample_cover().save("file/")


@pytest.mark.parametrize("overwrite", [True, False])
def test_name_from_the_title_is_a_free_one(overwrite: bool, tmp_path: Path) -> None:
    """Nobody chose it, so nothing is replaced, and nothing refused."""
    (tmp_path / NAME).write_bytes(b"mine")
    assert sample_cover(AUDIO).save(overwrite=overwrite) == tmp_path / NUMBERED
    assert (tmp_path / NAME).read_bytes() == b"mine"
    assert (tmp_path / NUMBERED).read_bytes() == AUDIO


def test_saved_to_a_file_it_has_that_name(tmp_path: Path) -> None:
    """Whatever suffix the user chose."""
    path = sample_cover(AUDIO).save("mine.audio")
    assert path == Path("mine.audio")
    assert names_in(tmp_path) == ["mine.audio"]


def test_saved_to_the_home_folder(home: Path) -> None:
    """A tilde is the home folder."""
    assert sample_cover().save("~/song.ogg") == home / "song.ogg"
    (home / "song.ogg").unlink()


@pytest.mark.parametrize(
    ("title", "name"), [("../../escaped", "escaped.ogg"), ("", "cover.ogg"), ("a/b", "a-b.ogg")]
)
def test_title_of_the_service_cannot_choose_the_folder(
    title: str, name: str, tmp_path: Path
) -> None:
    """It is only ever a name."""
    sample_cover(title=title).save()
    assert names_in(tmp_path) == [name]


def test_existing_file_is_replaced(tmp_path: Path) -> None:
    """As every program does that is told a name."""
    for audio in (b"OggS old", AUDIO):
        sample_cover(audio).save("song.ogg")
    assert (tmp_path / "song.ogg").read_bytes() == AUDIO
    assert names_in(tmp_path) == ["song.ogg"]


def test_existing_file_is_kept_on_request(tmp_path: Path) -> None:
    """The refusal names it."""
    (tmp_path / "song.ogg").write_bytes(b"mine")
    with pytest.raises(SaveError, match=r"song\.ogg is already there"):
        sample_cover().save("song.ogg", overwrite=False)
    assert (tmp_path / "song.ogg").read_bytes() == b"mine"
    assert names_in(tmp_path) == ["song.ogg"]


@posix_only
def test_link_to_nowhere_is_kept_on_request(tmp_path: Path) -> None:
    """It is somebody's, though no file is behind it."""
    (tmp_path / "song.ogg").symlink_to("missing")
    with pytest.raises(SaveError, match="already there"):
        sample_cover().save("song.ogg", overwrite=False)


@posix_only
@pytest.mark.parametrize("path", [None, "song.ogg"])
def test_working_directory_that_is_gone(
    path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told with words what to do."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(SaveError, match="use a full path"):
        sample_cover().save(path)


@posix_only
def test_pipe_is_written_to(tmp_path: Path) -> None:
    """And stays one."""
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader:
        assert sample_cover(AUDIO).save("pipe") == Path("pipe")
        assert reader.communicate(timeout=30)[0] == AUDIO
    assert Path("pipe").is_fifo()
    assert names_in(tmp_path) == ["pipe"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no such device")
def test_device_that_takes_nothing_is_a_save_error() -> None:
    """As a full disk."""
    with pytest.raises(SaveError, match="cannot write /dev/full: No space left"):
        sample_cover().save("/dev/full")


# ---- the song itself


@pytest.mark.parametrize("path", ["song.ogg", "folder/../song.ogg", "symbolic.ogg", "hard.ogg"])
def test_song_itself_is_never_written_to(path: str, tmp_path: Path) -> None:
    """By whatever name or link."""
    song = tmp_path / "song.ogg"
    song.write_bytes(b"the song")
    (tmp_path / "folder").mkdir()
    (tmp_path / "hard.ogg").hardlink_to(song)
    if sys.platform != "win32":  # there links need a privilege
        (tmp_path / "symbolic.ogg").symlink_to(song)
    elif path == "symbolic.ogg":
        pytest.skip("links need a privilege")
    cover = sample_cover(AUDIO, request=CoverRequest(str(song), "tenor"))
    with pytest.raises(SettingsError, match="is the song itself, which is never written to"):
        cover.save(path)
    assert song.read_bytes() == b"the song"


def test_song_that_was_named_by_its_title_is_never_written_to(tmp_path: Path) -> None:
    """The cover knows the file that it was read from."""
    song = tmp_path / "Amazing Grace.ogg"
    song.write_bytes(b"the song")
    with pytest.raises(SettingsError, match="song itself"):
        sample_cover(AUDIO, song_file=song).save(song)
    assert song.read_bytes() == b"the song"


@pytest.mark.parametrize(
    "path", ["missing/song.ogg", "x" * 300, "a\0b", "~no-such-user/song.ogg", "file/song.ogg"]
)
def test_path_that_cannot_be_is_a_save_error(path: str, tmp_path: Path) -> None:
    """And nothing is left behind."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError):
        sample_cover().save(path)
    assert names_in(tmp_path) == ["file"]


@pytest.mark.parametrize("path", [BytesIO(), b"song.ogg", 5, True, [Path("song.ogg")]])
def test_what_is_not_a_path_is_a_settings_error(path: object, tmp_path: Path) -> None:
    """A file that is open, above all: ``cover.audio`` can be written to it."""
    with pytest.raises(SettingsError, match="path must be a path, not"):
        sample_cover().save(path)  # type: ignore[arg-type]  # the point
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed")
@pytest.mark.parametrize("path", [None, "song.ogg", "."])
def test_working_directory_that_is_gone_is_a_save_error(
    path: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full path works."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(SaveError):
        sample_cover().save(path)
    assert sample_cover().save(tmp_path / "song.ogg").exists()


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from tests.support.samples import sample_cover
from voiceshift import SaveError

# Files may not grow beyond this; the next byte fails as on a full disk.
sys.dont_write_bytecode = True  # it would be cut as well, and break every later import of it
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    sample_cover(bytes(int(sys.argv[1]))).save("song.ogg")
except SaveError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
@pytest.mark.parametrize("size", [5_000, 5_000_000])
def test_full_disk_leaves_the_old_file(size: int, tmp_path: Path) -> None:
    """Whether the last buffer fails or one before: all of the audio, or nothing."""
    (tmp_path / "song.ogg").write_bytes(b"old")
    project = Path(__file__).parents[1]
    assert (
        run_python(FULL_DISK, str(size), str(project)) == "cannot write song.ogg: File too large\n"
    )
    assert names_in(tmp_path) == ["song.ogg"]
    assert (tmp_path / "song.ogg").read_bytes() == b"old"


# ---- covers that were written to a file as they arrived


def test_cover_of_a_file_reads_it(tmp_path: Path) -> None:
    """Each time, so that memory stays flat."""
    path = tmp_path / "song.ogg"
    path.write_bytes(AUDIO)
    cover = sample_cover(None, path=path)
    assert cover.audio == AUDIO
    path.write_bytes(b"other")
    assert cover.audio == b"other"


def test_cover_of_a_file_is_saved_as_a_copy(tmp_path: Path) -> None:
    """The first file stays."""
    path = tmp_path / "song.ogg"
    path.write_bytes(AUDIO)
    copied = sample_cover(None, path=path).save("copy.ogg")
    assert copied.read_bytes() == path.read_bytes() == AUDIO


def test_file_that_is_gone_is_a_save_error(tmp_path: Path) -> None:
    """Reading and saving name the missing file."""
    cover = sample_cover(None, path=tmp_path / "gone.ogg")
    with pytest.raises(SaveError, match=r"cannot read .*gone\.ogg"):
        _ = cover.audio
    with pytest.raises(SaveError, match=r"cannot read .*gone\.ogg"):
        cover.save("copy.ogg")
    assert names_in(tmp_path) == []


@posix_only
def test_cover_that_went_to_a_pipe_cannot_be_had_again(tmp_path: Path) -> None:
    """Reading the pipe would wait for ever; a notebook shows the facts alone."""
    os.mkfifo("pipe")
    cover = sample_cover(None, path=tmp_path / "pipe", size=10)
    with pytest.raises(SaveError, match="it is not a file, and keeps nothing"):
        _ = cover.audio
    assert "it is not a file" in cover._repr_mimebundle_()["text/html"]


# ---- covers as values


def test_covers_and_segments_do_not_change() -> None:
    """They can be shared between threads."""
    with pytest.raises(FrozenInstanceError):
        sample_cover().title = "Other"  # type: ignore[misc]  # the point
    with pytest.raises(FrozenInstanceError):
        Segment(0, "Title", b"", is_final=True).index = 1  # type: ignore[misc]  # the point


def test_cover_survives_pickle_and_copy() -> None:
    """Also one with a path."""
    for cover in (sample_cover(AUDIO), sample_cover(None, path=Path("song.ogg"))):
        assert pickle.loads(pickle.dumps(cover)) == cover
        assert copy.copy(cover) == cover


def test_audio_does_not_flood_the_screen() -> None:
    """The representations leave it out."""
    assert "sound" not in repr(sample_cover(AUDIO))
    assert "sound" not in repr(Segment(0, "Title", AUDIO, is_final=True))


def test_notebook_is_given_a_player() -> None:
    """Through the method that IPython looks for, called as it calls it."""
    bundle = sample_cover()._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<audio" in bundle["text/html"]


# ---- what it tells of itself


def test_duration_is_that_of_the_audio(tmp_path: Path) -> None:
    """In memory or in a file; of what nothing can decode nobody knows it."""
    pytest.importorskip("soundfile")
    audio = demo.SONG.read_bytes()
    assert sample_cover(audio).duration == pytest.approx(12.27, abs=0.01)
    in_file = sample_cover(None, size=len(audio), path=demo.SONG)
    assert in_file.duration == pytest.approx(12.27, abs=0.01)
    assert sample_cover(AUDIO).duration is None
    assert sample_cover(b"").duration is None


@posix_only
def test_it_is_played_by_a_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From memory or from its file; without a player, or one that fails, that is an error."""
    player = tmp_path / "mpv"
    player.write_text('#!/bin/sh\nfor file; do :; done\ncat "$file" >> played\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    sample_cover(AUDIO).play()
    file = tmp_path / "cover.ogg"
    file.write_bytes(b" again")
    sample_cover(None, path=file).play()
    assert Path("played").read_bytes() == AUDIO + b" again"
    player.write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(SaveError, match=r"mpv could not play .* ended with 3"):
        sample_cover(AUDIO).play()
    monkeypatch.setenv("PATH", os.fspath(tmp_path / "empty"))
    with pytest.raises(SaveError, match=r"no player for \.ogg files"):
        sample_cover(AUDIO).play()


def test_repr_is_short() -> None:
    """What it is and where, and whether all of it is there."""
    assert repr(sample_cover()) == (
        "<Cover 'Amazing Grace (tenor, -1)', 0 kB of audio/ogg in memory>"
    )
    partial = sample_cover(None, size=5_000, path=Path("x.ogg"), complete=False)
    assert repr(partial).endswith("5 kB of audio/ogg in x.ogg, incomplete>")
    outcome = Outcome(partial.request, error=SettingsError("wrong"))
    request = "CoverRequest(song='Amazing Grace', voice='tenor', pitch=-1)"
    assert repr(outcome) == f"<Outcome of {request}: SettingsError>"


def test_outcomes_show_what_became_of_them() -> None:
    """In a notebook: the card of the cover, or why there is none."""
    cover = sample_cover()
    assert Outcome(cover.request, cover)._repr_mimebundle_() == cover._repr_mimebundle_()
    failed = Outcome(cover.request, error=SettingsError("no\nway"))
    assert failed._repr_mimebundle_() == {"text/plain": "Amazing Grace: no way"}

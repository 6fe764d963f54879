"""What a script gets back: a cover that is saved whole or not at all."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path

import pytest
from attrs.exceptions import FrozenInstanceError

from tests.support.processes import run_python
from tests.support.samples import sample_cover
from voiceshift.errors import SaveError
from voiceshift.events import Segment

AUDIO = b"OggS sound"
NAME = "Amazing Grace (tenor, -1).ogg"


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


def test_saved_to_a_folder_it_gets_a_name_there(tmp_path: Path) -> None:
    """A path as text or as an object."""
    folder = tmp_path / "covers"
    folder.mkdir()
    assert sample_cover().save(folder) == folder / NAME
    assert sample_cover().save(str(folder), overwrite=True) == folder / NAME


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


def test_existing_file_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """The refusal says how to ask."""
    (tmp_path / "song.ogg").write_bytes(b"mine")
    with pytest.raises(SaveError, match="overwrite=True"):
        sample_cover().save("song.ogg")
    assert (tmp_path / "song.ogg").read_bytes() == b"mine"
    sample_cover(AUDIO).save("song.ogg", overwrite=True)
    assert (tmp_path / "song.ogg").read_bytes() == AUDIO
    assert names_in(tmp_path) == ["song.ogg"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_link_to_nowhere_is_not_overwritten_unasked(tmp_path: Path) -> None:
    """It is somebody's, though no file is behind it."""
    (tmp_path / "song.ogg").symlink_to("missing")
    with pytest.raises(SaveError, match="overwrite=True"):
        sample_cover().save("song.ogg")


@pytest.mark.parametrize(
    "path", ["missing/song.ogg", "x" * 300, "a\0b", "~no-such-user/song.ogg", "file/song.ogg"]
)
def test_path_that_cannot_be_is_a_save_error(path: str, tmp_path: Path) -> None:
    """And nothing is left behind."""
    (tmp_path / "file").touch()
    with pytest.raises(SaveError):
        sample_cover().save(path)
    assert names_in(tmp_path) == ["file"]


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from tests.support.samples import sample_cover
from voiceshift import SaveError

# Files may not grow beyond this; the next byte fails as on a full disk.
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    sample_cover(bytes(int(sys.argv[1]))).save("song.ogg", overwrite=True)
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

"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.processes import run_python
from tests.support.unprivileged import unprivileged
from voiceshift.errors import SaveError
from voiceshift.util.part_file import PartFile

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


def names_in(folder: Path) -> list[str]:
    """What a listing of ``folder`` shows."""
    return sorted(path.name for path in folder.iterdir())


def test_file_has_its_name_only_when_complete(tmp_path: Path) -> None:
    """Until then it is called ``.part``."""
    target = tmp_path / "song.ogg"
    with PartFile(target) as part:
        part.file.write(b"sound")
        assert names_in(tmp_path) == ["song.ogg.part"]
        part.complete()
        assert part.path == target
    assert names_in(tmp_path) == ["song.ogg"]
    assert target.read_bytes() == b"sound"


def test_existing_file_is_untouched_until_replaced(tmp_path: Path) -> None:
    """Whoever opens it sees the old or the new content, nothing between."""
    target = tmp_path / "song.ogg"
    target.write_bytes(b"old")
    with PartFile(target) as part:
        part.file.write(b"new")
        part.file.flush()
        assert target.read_bytes() == b"old"
        part.complete()
    assert target.read_bytes() == b"new"


def test_incomplete_file_is_removed_on_leaving(tmp_path: Path) -> None:
    """However the block is left."""
    part = PartFile(tmp_path / "song.ogg")
    with pytest.raises(KeyboardInterrupt), part:
        raise KeyboardInterrupt
    assert part.file.closed
    assert names_in(tmp_path) == []


@pytest.mark.part_files("song.ogg.part")
def test_incomplete_file_can_be_kept(tmp_path: Path) -> None:
    """What was written is there."""
    with PartFile(tmp_path / "song.ogg") as part:
        part.file.write(b"sound")
        part.keep()
    assert part.file.closed
    assert part.path.read_bytes() == b"sound"


@pytest.mark.part_files("song.ogg.part")
def test_part_of_another_process_is_left_alone(tmp_path: Path) -> None:
    """Two writers of one target never write into the same file; the last one wins, whole."""
    target = tmp_path / "song.ogg"
    (tmp_path / "song.ogg.part").write_bytes(b"kept")
    with PartFile(target) as first, PartFile(target) as second:
        first.file.write(b"first")
        second.file.write(b"second")
        assert first.path.name == "song.ogg.1.part"
        assert second.path.name == "song.ogg.2.part"
        second.complete()
        first.complete()
    assert target.read_bytes() == b"first"
    assert names_in(tmp_path) == ["song.ogg", "song.ogg.part"]
    assert (tmp_path / "song.ogg.part").read_bytes() == b"kept"


def test_target_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is relative to where it was given."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with PartFile(Path("song.ogg")) as part:
        monkeypatch.chdir(elsewhere)
        part.complete()
    assert part.path == tmp_path / "song.ogg"
    assert part.path.exists()


def test_file_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """A stream to a file needs both."""
    with PartFile(tmp_path / "song.ogg") as part:
        part.file.write(b"sound")
        part.file.seek(1)
        assert part.file.read() == b"ound"


@pytest.mark.parametrize("name", [".", "missing/song.ogg", "song.ogg/song.ogg", "x" * 300, "a\0b"])
def test_target_that_cannot_be_is_a_save_error(tmp_path: Path, name: str) -> None:
    """A folder, a missing folder, a file for a folder, and names that no file can have."""
    (tmp_path / "song.ogg").touch()
    with pytest.raises(SaveError):
        PartFile(tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed")
def test_completion_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Where the file cannot be given its name, the ``.part`` is removed as well."""
    target = tmp_path / "song.ogg"
    part = PartFile(target)
    target.mkdir()
    with pytest.raises(OSError, match="directory"), part:
        part.complete()
    assert names_in(tmp_path) == ["song.ogg"]


FULL_DISK = """
import resource, sys
from pathlib import Path
from voiceshift.util.part_file import PartFile

# Files may not grow beyond this; the next byte fails as on a full disk.
sys.dont_write_bytecode = True  # it would be cut as well, and break every later import of it
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with PartFile(Path("song.ogg")) as part:
        part.file.write(b"x" * 5000)
        part.complete()
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """The last bytes are written in ``complete``: where that fails the ``.part`` is removed."""
    assert run_python(FULL_DISK) == "File too large\n"
    assert names_in(tmp_path) == []


# ---- files that are there


def test_target_that_is_there_is_refused_without_overwrite(tmp_path: Path) -> None:
    """At once, and nothing is left."""
    (tmp_path / "song.ogg").write_bytes(b"old")
    with pytest.raises(SaveError, match=r"song\.ogg is already there and is not to be replaced"):
        PartFile(tmp_path / "song.ogg", overwrite=False)
    assert names_in(tmp_path) == ["song.ogg"]


@pytest.fixture(params=[True, False], ids=["hard links", "no hard links"])
def hard_links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has them, and one as on a memory card, which has not."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    if not request.param:
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("hard_links")
def test_target_that_appears_is_not_replaced_without_overwrite(tmp_path: Path) -> None:
    """Another process was quicker; what was written can be kept."""
    target = tmp_path / "song.ogg"
    with PartFile(target, overwrite=False) as part:
        target.write_bytes(b"another's")
        with pytest.raises(FileExistsError):
            part.complete()
        assert part.path.exists()
    assert target.read_bytes() == b"another's"


@pytest.mark.usefixtures("hard_links")
def test_file_is_completed_without_overwrite(tmp_path: Path) -> None:
    """Where nothing is in the way."""
    with PartFile(tmp_path / "song.ogg", overwrite=False) as part:
        part.file.write(b"sound")
        part.complete()
    assert names_in(tmp_path) == ["song.ogg"]
    assert part.path.read_bytes() == b"sound"


@pytest.mark.usefixtures("hard_links")
def test_chosen_name_gets_a_number_where_it_is_taken(tmp_path: Path) -> None:
    """Writers of the same name all have a file of their own."""
    with PartFile(tmp_path / "song") as first, PartFile(tmp_path / "song") as second:
        for part in (second, first):
            part.complete_as("A. B.ogg")
    assert second.path.name == "A. B.ogg"
    assert first.path.name == "A. B (2).ogg"
    assert names_in(tmp_path) == ["A. B (2).ogg", "A. B.ogg"]


@pytest.mark.usefixtures("hard_links")
def test_part_that_is_gone_leaves_no_empty_file(tmp_path: Path) -> None:
    """Somebody removed it."""
    part = PartFile(tmp_path / "song.ogg", overwrite=False)
    if sys.platform == "win32":
        part.file.close()
    part.path.unlink()
    with pytest.raises(FileNotFoundError), part:
        part.complete()
    assert names_in(tmp_path) == []


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
def test_mode_is_that_of_the_replaced_file(mode: int, tmp_path: Path) -> None:
    """From the beginning: nobody can read the part who could not read the file."""
    target = tmp_path / "song.ogg"
    target.touch()
    target.chmod(mode)
    with PartFile(target) as part:
        assert part.path.stat().st_mode & 0o777 == mode
        part.complete()
    assert target.stat().st_mode & 0o777 == mode


@posix_only
def test_mode_of_a_new_file_is_as_the_user_set_it(tmp_path: Path) -> None:
    """By the umask, as of any file."""
    (tmp_path / "other").touch()
    with PartFile(tmp_path / "song.ogg") as part:
        part.complete()
    assert part.path.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root's rights")
def test_owner_is_that_of_the_replaced_file(tmp_path: Path) -> None:
    """A service that runs as root leaves users their files."""
    target = tmp_path / "song.ogg"
    target.touch()
    os.chown(target, 12345, 23456)
    with PartFile(target) as part:
        part.complete()
    assert (target.stat().st_uid, target.stat().st_gid) == (12345, 23456)


@posix_only
def test_owner_that_cannot_be_set_is_let_be(tmp_path: Path) -> None:
    """A file of somebody else in a folder of ours: it is replaced, and is ours then."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        target = Path(folder) / "song.ogg"
        target.write_bytes(b"old")
        target.chmod(0o644)
        with unprivileged(), PartFile(target) as part:
            part.file.write(b"new")
            part.complete()
        assert target.read_bytes() == b"new"


@pytest.mark.parametrize("size", range(249, 256))
@pytest.mark.parametrize("letter", ["x", "é"])
def test_long_names_can_be_written(size: int, letter: str, tmp_path: Path) -> None:
    """The name of the part is cut where it would be too long, also in the middle of a letter."""
    name = (letter * size).encode()[: size - 4].decode(errors="ignore") + ".ogg"
    for content in (b"first", b"second"):
        with PartFile(tmp_path / name) as part, PartFile(tmp_path / name) as other:
            assert part.path != other.path
            part.file.write(content)
            part.complete()
    assert names_in(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"second"


@posix_only
def test_link_stays(tmp_path: Path) -> None:
    """The file behind it is replaced, or made, whole."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "song.ogg").symlink_to("elsewhere/song.ogg")
    for content in (b"first", b"second"):
        with PartFile(tmp_path / "song.ogg") as part:
            part.file.write(content)
            part.complete()
        assert part.path == tmp_path / "song.ogg"
        assert (tmp_path / "elsewhere" / "song.ogg").read_bytes() == content
    assert (tmp_path / "song.ogg").is_symlink()

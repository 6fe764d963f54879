"""The record of a batch: it survives any end, and has one writer."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest

from tests.support.processes import run_python
from tests.support.samples import sample_cover
from voiceshift import CoverError, CoverRequest, Outcome, SettingsError
from voiceshift.batch.manifest import Manifest

REQUEST = CoverRequest("Amazing Grace", "tenor", user_id=2**60 + 1)
COVER = Outcome(REQUEST, sample_cover(None, path=Path("covers") / "a.ogg"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the record is; not there yet."""
    return tmp_path / "manifest.jsonl"


def lines(path: Path) -> list[dict[str, object]]:
    """What is on record."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_cover_is_on_record(path: Path) -> None:
    """With all that was asked for, and all that is known of it."""
    with Manifest(path) as manifest:
        manifest.record("a", COVER)
        (line,) = lines(path)  # before the batch ends
    assert line.pop("at")
    assert line == {
        "name": "a",
        "song": "Amazing Grace",
        "voice": "tenor",
        "pitch": 0,
        "user_id": 2**60 + 1,
        "state": "complete",
        "file": "a.ogg",
        "title": "Amazing Grace (tenor, -1)",
        "media_type": "audio/ogg",
        "size": 0,
        "segments": 2,
        "elapsed": 1.5,
    }


def test_a_failure_is_on_record(path: Path) -> None:
    """With its error, and the file that holds what arrived."""
    partial = sample_cover(None, path=Path("covers") / "a.part", complete=False)
    with Manifest(path) as manifest:
        manifest.record("a", Outcome(REQUEST, error=CoverError("no such song", partial=partial)))
    (line,) = lines(path)
    assert (
        line.items()
        >= {
            "state": "failed",
            "error": "CoverError",
            "message": "no such song",
            "partial": "a.part",
        }.items()
    )


def test_the_next_run_finds_the_details(path: Path) -> None:
    """Those of the latest complete cover of that name; a failure is no cover."""
    with Manifest(path) as manifest:
        manifest.record("a", COVER)
        manifest.record("b", Outcome(REQUEST, error=CoverError("no such song")))
        manifest.record("a", Outcome(REQUEST, sample_cover(None, title="Ä again")))
    with Manifest(path) as manifest:
        assert manifest.unrequested() == 1
        for _ in range(2):
            assert manifest.details("a")["title"] == "Ä again"
        assert manifest.details("b") == {}
        assert manifest.unrequested() == 0


@pytest.mark.parametrize("length", [1, 20, -1])
def test_a_torn_last_line_is_passed_over(path: Path, length: int) -> None:
    """The next line does not become part of it."""
    with Manifest(path) as manifest:
        manifest.record("a", COVER)
        manifest.record("b", COVER)
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + second[:length])
    with Manifest(path) as manifest:
        assert manifest.details("a")
        manifest.record("c", COVER)
    with Manifest(path) as manifest:
        assert manifest.details("a")
        assert manifest.details("c")
    assert path.read_bytes().startswith(first)


def complete(title: bytes = b'"a"', segments: bytes = b"1", elapsed: bytes = b"1") -> bytes:
    """A line that tells of a complete cover."""
    facts = (b'"title": ' + title, b'"segments": ' + segments, b'"elapsed": ' + elapsed)
    return b'{"state": "complete", "name": "a", ' + b", ".join(facts) + b"}\n"


@pytest.mark.parametrize(
    "damage",
    [
        b"[]\n",
        b"\xff\xfe\n",
        b'{"state": "complete"}\n',
        b"1",
        b"[" * 200_000 + b"\n",
        b'{"state":' * 100_000 + b"\n",
        b'{"state": "complete", "name": ["a"]}\n',
        complete(title=b"[[[[5]]]]"),
        complete(title=b"null"),
        complete(segments=b'"1"'),
        complete(segments=b"1e400"),
        complete(elapsed=b"NaN"),
        complete(elapsed=b"-1"),
    ],
    ids=lambda damage: repr(damage[-40:]),
)
def test_lines_of_others_are_passed_over(
    path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever somebody wrote into it, or changed in it; a warning says so."""
    path.write_bytes(damage)
    with Manifest(path) as manifest:
        assert manifest.details("a") == {}
    assert caplog.messages == [f"passed over 1 line of {path} without a whole record"]


def test_empty_lines_are_nothing_to_speak_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An editor leaves them."""
    path.write_bytes(b"\n\n")
    with Manifest(path) as manifest:
        assert manifest.details("a") == {}
    assert caplog.messages == []


def test_it_has_one_writer(path: Path) -> None:
    """In this process; the place is free again at its end."""
    with Manifest(path), pytest.raises(SettingsError, match="another batch is writing into"):
        Manifest(path)
    with Manifest(path):
        pass


OPEN_IT = """
import sys
from pathlib import Path
from voiceshift.batch.manifest import Manifest
from voiceshift.errors import SettingsError
try:
    Manifest(Path(sys.argv[1]))
except SettingsError:
    print("refused")
"""


def test_another_process_is_refused(path: Path) -> None:
    """The lock is the system's, not the process's."""
    with Manifest(path):
        assert run_python(OPEN_IT, str(path)) == "refused\n"
    assert run_python(OPEN_IT, str(path)) == ""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_does_not_hold_the_lock(path: Path) -> None:
    """Else the workers of a batch that was killed would keep the next one out."""
    ours, childs = socket.socketpair()
    manifest = Manifest(path)
    child = os.fork()
    if not child:
        childs.send(b"!")
        ours.close()
        childs.recv(1)  # until the parent is done
        os._exit(0)
    try:
        ours.recv(1)
        with manifest:
            pass
        with Manifest(path):
            pass
    finally:
        ours.close()
        childs.close()
        os.waitpid(child, 0)


# Files may not grow beyond this; the next byte fails as on a full disk.
ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.support.samples import sample_cover
from voiceshift import Outcome
from voiceshift.batch.manifest import Manifest
from voiceshift.errors import SaveError
cover = sample_cover(None, path=Path("a.ogg"))
with Manifest(Path(sys.argv[1])) as manifest:
    sys.dont_write_bytecode = True  # it would be cut as well, and break every later import of it
    for size in (100, 300):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        for _ in range(2):
            try:
                manifest.record("a", Outcome(cover.request, cover))
            except SaveError as error:
                print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limit")
def test_a_full_disk(path: Path) -> None:
    """Is told, since without a record there is no resuming; what was torn does no harm."""
    project = Path(__file__).parents[2]
    told = run_python(ON_A_FULL_DISK, str(path), str(project)).splitlines()
    assert len(told) == 4
    assert all(words.startswith(f"cannot write {path}: ") for words in told)
    with Manifest(path) as manifest:
        manifest.record("b", COVER)
    with Manifest(path) as manifest:
        assert manifest.details("b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_is_no_record(path: Path) -> None:
    """It is told, and not waited for."""
    os.mkfifo(path)
    with pytest.raises(SettingsError, match="is a pipe or a device"):
        Manifest(path)


def test_a_record_that_cannot_be_opened(path: Path) -> None:
    """A folder in its place."""
    path.mkdir()
    with pytest.raises(SettingsError, match=r"cannot write .*manifest.jsonl"):
        Manifest(path)

"""Many covers: outcomes, resuming, and what stops a batch."""

from __future__ import annotations

import json
import logging
import signal
import ssl
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.collecting import needs
from tests.support.singer import Singer, audio_of, requests
from voiceshift import (
    AuthError,
    CoverError,
    CoverRequest,
    CoverTimeout,
    Outcome,
    Settings,
    SettingsError,
    WorkerLost,
    create_covers,
    create_local_covers,
)
from voiceshift.batch.folder import cover_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voiceshift.local import Server
    from voiceshift.testing import ScriptedService


def covers_in(folder: Path) -> list[str]:
    """Names of the folder's files, without the record."""
    return sorted(path.name for path in folder.iterdir() if path.name != "manifest.jsonl")


def test_every_request_has_its_outcome(settings: Settings) -> None:
    """Each request comes back once, with its own cover."""
    outcomes = list(create_covers(requests(9), settings=settings, workers=3))
    audio = {outcome.request: outcome.cover and outcome.cover.audio for outcome in outcomes}
    assert audio == {request: audio_of(request) for request in requests(9)}


def test_each_worker_holds_one_connection(voiceshift_service: ScriptedService) -> None:
    """It authenticates once, not for each cover."""
    assert len(list(create_covers(requests(9), workers=2))) == 9
    assert voiceshift_service.connections <= 2


def test_a_dropped_connection_costs_one_cover(voiceshift_service: ScriptedService) -> None:
    """The next cover has a new connection."""
    voiceshift_service.will_stream()
    voiceshift_service.will_drop(at="segment")
    outcomes = list(create_covers(requests(5), workers=1))
    assert [bool(outcome.error) for outcome in outcomes] == [False, True, False, False, False]
    assert len(voiceshift_service.requests) == 5


def test_a_failure_stops_no_other(settings: Settings) -> None:
    """A cover that the service refuses is an outcome with its error, among the others."""
    mixed = [*requests(2), CoverRequest("unknown", "tenor"), *requests(2, "baritone")]
    outcomes = list(create_covers(mixed, settings=settings, workers=2))
    assert [type(outcome.error) for outcome in outcomes if outcome.error] == [CoverError]
    assert sum(outcome.cover is not None for outcome in outcomes) == 4


def test_a_cover_has_its_time(voiceshift_service: ScriptedService) -> None:
    """One that takes longer costs no other."""
    voiceshift_service.will_stall()
    outcomes = list(create_covers(requests(2), workers=1, timeout=2))
    assert [type(outcome.error) for outcome in outcomes] == [CoverTimeout, type(None)]


# ---- files


def test_covers_go_to_files_named_after_their_requests(settings: Settings, folder: Path) -> None:
    """In a folder each request has a file of its own, with the suffix of its content."""
    same_song = [CoverRequest("song 1", "tenor", pitch) for pitch in (-1, 0, 1)]
    outcomes = list(create_covers(same_song, to=folder, settings=settings))
    paths = [outcome.cover.path for outcome in outcomes if outcome.cover]
    assert covers_in(folder) == sorted(path.name for path in paths if path)
    assert {path.suffix for path in paths if path} == {".ogg"}
    assert len(paths) == 3


def test_resuming_requests_only_what_is_missing(
    settings: Settings, folder: Path, engine: Singer
) -> None:
    """What lies complete in the folder is an outcome without a request."""
    list(create_covers(requests(3), to=folder, settings=settings))
    engine.made.clear()
    outcomes = list(create_covers(requests(5), to=folder, settings=settings))
    assert sorted(engine.made) == ["song 3 tenor 0", "song 4 tenor 0"]
    assert {outcome.request.song for outcome in outcomes if outcome.resumed} == {
        "song 0",
        "song 1",
        "song 2",
    }
    assert [outcome.cover and outcome.cover.audio for outcome in outcomes] == [
        audio_of(outcome.request) for outcome in outcomes
    ]


def test_a_resumed_cover_is_what_it_was(settings: Settings, folder: Path) -> None:
    """The record has its title, its segments and how long it took."""
    (made,) = create_covers(requests(1), to=folder, settings=settings)
    (again,) = create_covers(requests(1), to=folder, settings=settings)
    assert made.cover is not None
    assert again.cover is not None
    assert again.cover.title == made.cover.title == "song 0 (tenor, pitch +0)"
    assert again.cover.segments == made.cover.segments
    assert again.cover.path == made.cover.path
    assert again.cover.elapsed == pytest.approx(made.cover.elapsed, abs=1e-3)


def test_a_changed_request_is_made_and_the_old_cover_is_noticed(
    settings: Settings, folder: Path, engine: Singer, caplog: pytest.LogCaptureFixture
) -> None:
    """It does not take the old one's cover for its own, and says that it lies there."""
    caplog.set_level(logging.INFO, "voiceshift.batch")
    list(create_covers(requests(2), to=folder, settings=settings))
    assert not caplog.messages
    changed = [requests(1)[0], CoverRequest("song 1", "tenor", pitch=1)]
    list(create_covers(changed, to=folder, settings=settings))
    assert sorted(engine.made) == ["song 0 tenor 0", "song 1 tenor 0", "song 1 tenor 1"]
    assert caplog.messages == [f"1 cover in {folder} belongs to none of these requests"]


def test_a_song_under_the_name_of_its_cover_is_never_written_to(
    settings: Settings, folder: Path, songs: Path, engine: Singer
) -> None:
    """Also where all covers are to be made anew."""
    request = CoverRequest(str(songs / "song 1.ogg"), "tenor")
    folder.mkdir()
    (folder / f"{cover_name(request)}.ogg").hardlink_to(request.song)
    (outcome,) = create_covers([request], to=folder, settings=settings, resume=False)
    assert isinstance(outcome.error, SettingsError)
    assert "is the song itself" in str(outcome.error)
    assert engine.made == []


def test_a_file_that_was_removed_is_missing(
    settings: Settings, folder: Path, engine: Singer
) -> None:
    """The record alone is no cover."""
    (first,) = create_covers(requests(1), to=folder, settings=settings)
    assert first.cover is not None
    assert first.cover.path is not None
    first.cover.path.unlink()
    (again,) = create_covers(requests(1), to=folder, settings=settings)
    assert not again.resumed
    assert len(engine.made) == 2


def test_a_file_without_its_suffix_yet_counts_as_complete(
    settings: Settings, folder: Path, engine: Singer
) -> None:
    """A run that was killed between completing a file and naming it need not repeat the cover."""
    (first,) = create_covers(requests(1), to=folder, settings=settings)
    assert first.cover is not None
    assert first.cover.path is not None
    first.cover.path.rename(first.cover.path.with_suffix(".cover"))
    (folder / "manifest.jsonl").write_bytes(b"")
    engine.made.clear()
    (again,) = create_covers(requests(1), to=folder, settings=settings)
    assert engine.made == []
    assert again.cover is not None
    assert again.cover.path == first.cover.path
    assert first.cover.path.exists()
    assert '"state": "complete"' in (folder / "manifest.jsonl").read_text()


def test_equal_requests_are_made_once(settings: Settings, folder: Path, engine: Singer) -> None:
    """Also while the first of them is in the making."""
    same = requests(1) * 5
    outcomes = list(create_covers(same, to=folder, settings=settings, workers=3))
    assert len(engine.made) == 1
    assert [outcome.request for outcome in outcomes] == same
    assert all(outcome.cover for outcome in outcomes)


def test_without_resume_all_are_requested(settings: Settings, folder: Path, engine: Singer) -> None:
    """``resume=False`` makes every cover anew, in the place of the old one."""
    for _ in range(2):
        list(create_covers(requests(2), to=folder, settings=settings, resume=False))
    assert len(engine.made) == 4
    assert len(covers_in(folder)) == 2


def test_a_partial_cover_is_on_record_until_it_is_whole(
    voiceshift_service: ScriptedService, folder: Path
) -> None:
    """The error and the record name it; the complete cover takes its place."""
    voiceshift_service.will_drop(at="segment")
    (failed,) = create_covers(requests(1), to=folder)
    assert failed.error is not None
    assert failed.error.partial is not None
    (part,) = covers_in(folder)
    assert part in str(failed.error)
    assert json.loads((folder / "manifest.jsonl").read_text())["partial"] == part
    (made,) = create_covers(requests(1), to=folder)
    assert made.cover is not None
    assert made.cover.path is not None
    assert covers_in(folder) == [made.cover.path.name]


# ---- what stops a batch


def test_a_refused_token_stops_the_batch(server: Server, engine: Singer) -> None:
    """``AuthError`` is raised at once, since every other request would fail as well."""
    settings = Settings(uri=server.uri, token="not-the-token")
    read = []

    def many() -> Iterator[CoverRequest]:
        for request in requests(9):
            read.append(request)
            yield request

    with pytest.raises(AuthError):
        list(create_covers(many(), settings=settings, workers=2))
    assert engine.made == []
    assert len(read) == 2


def test_leaving_early_ends_the_running_covers(
    voiceshift_service: ScriptedService, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is complete stays, what is partial is named and on record, and no thread is left."""
    voiceshift_service.will_stream()
    voiceshift_service.will_stall(at="segment")
    outcomes = create_covers(requests(9), workers=2, to=folder)
    first = next(outcomes)
    assert voiceshift_service.stalled.wait(30)
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert not [t for t in threading.enumerate() if t.name.startswith("voiceshift-batch")]
    assert first.cover is not None
    assert first.cover.path is not None
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert [line["state"] for line in lines] == ["complete", "failed"]
    partial = lines[1]["partial"]
    assert covers_in(folder) == sorted([first.cover.path.name, partial])
    assert partial in caplog.text
    (folder / partial).unlink()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal to one thread")
def test_an_interrupt_is_heard_that_did_not_end_the_wait(
    voiceshift_service: ScriptedService,
) -> None:
    """The system may give it to another thread, or before the wait for the covers begins."""
    voiceshift_service.will_stall(at="segment")

    def interrupt() -> None:
        assert voiceshift_service.stalled.wait(60)
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    settings = Settings(uri=voiceshift_service.uri, token=voiceshift_service.token)
    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        list(create_covers([CoverRequest("Amazing Grace", "tenor")], settings=settings))
    thread.join()


class Interrupted(Executor):
    """Does a task, and is interrupted before it can say so, as by Ctrl-C."""

    def submit(self, task: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Do the task."""
        task(*args, **options)
        raise KeyboardInterrupt


def test_an_interrupt_at_the_very_beginning_of_a_cover(
    voiceshift_service: ScriptedService, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is partial is named and on record all the same."""
    voiceshift_service.will_drop(at="segment")
    with pytest.raises(KeyboardInterrupt):
        list(create_covers(requests(1), to=folder, executor=Interrupted()))
    (part,) = covers_in(folder)
    assert f"kept in {folder / part}" in caplog.text
    assert json.loads((folder / "manifest.jsonl").read_text())["partial"] == part
    (folder / part).unlink()


def test_requests_are_read_as_far_as_there_are_workers(settings: Settings) -> None:
    """An endless iterable of requests is no problem."""
    read = []

    def endless() -> Iterator[CoverRequest]:
        while True:
            read.append(1)
            yield CoverRequest("song 0", "tenor")

    outcomes = create_covers(endless(), settings=settings, workers=2)
    for _ in range(5):
        next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(read) <= 5 + 2


def test_requests_that_fail_to_come(settings: Settings) -> None:
    """What the iterable raises comes after the outcomes of the requests before it."""

    def broken() -> Iterator[CoverRequest]:
        yield from requests(3)
        raise LookupError("the list ends here")

    outcomes = create_covers(broken(), settings=settings, workers=4)
    assert [next(outcomes).error for _ in range(3)] == [None] * 3
    with pytest.raises(LookupError, match="the list ends here"):
        next(outcomes)


# ---- executors


def test_an_executor_of_processes(settings: Settings, folder: Path) -> None:
    """Any executor does; its workers send covers and errors back by pickle."""
    mixed = [*requests(2), CoverRequest("unknown", "tenor")]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        outcomes = list(create_covers(mixed, to=folder, executor=executor, settings=settings))
    assert sum(outcome.cover is not None for outcome in outcomes) == 2
    assert [type(outcome.error) for outcome in outcomes if outcome.error] == [CoverError]


def test_an_executor_of_threads_is_not_shut_down(settings: Settings) -> None:
    """It is the caller's."""
    with ThreadPoolExecutor(2) as executor:
        for _ in range(2):
            outcomes = list(create_covers(requests(3), executor=executor, settings=settings))
            assert all(outcome.cover for outcome in outcomes)
        assert executor.submit(str, 1).result() == "1"


class Unreliable(Executor):
    """Loses the worker of its first task, and takes no more than some."""

    def __init__(self, tasks: int) -> None:
        self._left = tasks

    def submit(self, task: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Lose the task."""
        if not self._left:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self._left -= 1
        future: Future[Any] = Future()
        future.set_exception(OSError("killed by signal 9"))
        return future


def test_a_lost_worker_is_an_outcome(settings: Settings) -> None:
    """It says that nobody knows whether the request was sent; the executor's end stops the rest."""
    outcomes = create_covers(requests(5), executor=Unreliable(2), settings=settings, workers=1)
    for _ in range(2):
        error = next(outcomes).error
        assert isinstance(error, WorkerLost)
        assert error.sent is None
        assert "killed by signal 9" in str(error)
    with pytest.raises(WorkerLost, match="takes no more covers: cannot schedule"):
        next(outcomes)


def test_workers_look_up_their_own_settings(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ``settings`` the environment is asked where the cover is made."""
    monkeypatch.setenv("VC_URI", server.uri)
    monkeypatch.setenv("VC_TOKEN", server.token)
    (outcome,) = create_covers(requests(1))
    assert outcome.cover is not None


# ---- arguments


def test_a_missing_token_is_told_at_once() -> None:
    """Nothing has to be iterated to learn that there is no token."""
    with pytest.raises(SettingsError, match="VC_TOKEN"):
        create_covers(requests(1))


@pytest.mark.parametrize("requests", [None, 5, "song.ogg", CoverRequest("song 1", "tenor")])
def test_what_holds_no_requests_is_refused(settings: Settings, requests: Any) -> None:
    """At once, as is one request alone."""
    with pytest.raises(SettingsError, match="requests must be many of CoverRequest"):
        create_covers(requests, settings=settings)


def test_what_is_no_request_ends_the_batch(settings: Settings) -> None:
    """When its turn comes; what was asked for before it is made first."""
    mixed: list[Any] = [*requests(1), ("song 2", "tenor")]
    outcomes = create_covers(mixed, settings=settings)
    assert next(outcomes).cover
    with pytest.raises(SettingsError, match=r"must be of CoverRequest\(song, voice\), not \('song"):
        next(outcomes)


@pytest.mark.parametrize("create", [create_covers, create_local_covers])
@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_workers_are_a_count(create: Callable[..., Iterator[Outcome]], workers: int) -> None:
    """``workers`` is a whole number above 0."""
    with pytest.raises(SettingsError, match="workers"):
        create(requests(1), workers=workers)


@pytest.mark.parametrize("timeout", [0, -1, "1", float("nan")])
def test_a_timeout_is_seconds(settings: Settings, timeout: float) -> None:
    """Above 0."""
    with pytest.raises(SettingsError, match="timeout"):
        create_covers(requests(1), settings=settings, timeout=timeout)


def test_a_folder_that_cannot_be_made(settings: Settings, folder: Path) -> None:
    """A file in the place of the folder is a clear error before anything is sent."""
    folder.write_text("a file")
    with pytest.raises(SettingsError, match="cannot make the folder"):
        create_covers(requests(1), to=folder, settings=settings)


def test_a_folder_that_is_not_a_path(settings: Settings) -> None:
    """Likewise."""
    with pytest.raises(SettingsError, match="to must be a path, not 5"):
        create_covers(requests(1), to=5, settings=settings)  # type: ignore[arg-type]  # the point


def test_two_batches_in_one_folder(settings: Settings, folder: Path) -> None:
    """The second one is told to wait; when the first has ended, it may begin."""
    first = create_covers(requests(2), to=folder, settings=settings, workers=1)
    next(first)
    with pytest.raises(SettingsError, match="another batch is writing into"):
        next(create_covers(requests(2), to=folder, settings=settings))
    list(first)
    assert len(list(create_covers(requests(2), to=folder, settings=settings))) == 2


def test_settings_that_cannot_travel() -> None:
    """They are named at once, not once for each request."""
    settings = Settings(token="token", ssl_context=ssl.create_default_context())
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(SettingsError, match="ssl_context"),
    ):
        create_covers(requests(1), executor=executor, settings=settings)


@needs("numpy")
@pytest.mark.parametrize("name", ["songs", "voices"])
def test_a_folder_that_is_not_there(name: str) -> None:
    """The message has the argument's name and the path."""
    with pytest.raises(SettingsError, match=f"{name}: nowhere does not exist"):
        create_local_covers(requests(1), **{name: "nowhere"})  # type: ignore[arg-type]

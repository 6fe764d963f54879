"""Many covers: outcomes, resuming, and what stops a batch."""

from __future__ import annotations

import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from voiceshift import (
    AuthError,
    CoverError,
    CoverRequest,
    Settings,
    SettingsError,
    create_covers,
)
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from voiceshift.local.engine.voice import Voice


class Singer:
    """An engine whose covers name their song, and that counts and can be held up."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.may_sing = threading.Event()
        self.may_sing.set()

    def cover(self, song: Path, voice: Voice, pitch: int, executor: Executor) -> Iterator[bytes]:
        """The song's name, in two chunks behind an Ogg signature."""
        self.made.append(f"{song.stem} {voice.name} {pitch}")
        yield b"OggS"
        self.may_sing.wait(30)
        yield song.stem.encode()


@pytest.fixture
def engine() -> Singer:
    """The engine of the server."""
    return Singer()


@pytest.fixture
def server(tmp_path: Path, engine: Singer) -> Iterator[Server]:
    """A service with nine songs, which makes two covers at once."""
    songs = tmp_path / "songs"
    songs.mkdir()
    for number in range(9):
        (songs / f"song {number}.ogg").write_bytes(b"OggS")
    with Server(songs=songs, engine=engine, max_running=2) as running:
        yield running
        engine.may_sing.set()


@pytest.fixture
def settings(server: Server) -> Settings:
    """What a client of the server needs."""
    return Settings(uri=server.uri, token=server.token)


def requests(count: int, voice: str = "tenor") -> list[CoverRequest]:
    """Requests for the first songs."""
    return [CoverRequest(f"song {number}", voice) for number in range(count)]


def test_every_request_has_its_outcome(settings: Settings) -> None:
    """Each request comes back once, with its own cover."""
    outcomes = list(create_covers(requests(9), settings=settings, workers=3))
    audio = {outcome.request.song: outcome.cover and outcome.cover.audio for outcome in outcomes}
    assert audio == {f"song {n}": b"OggS" + f"song {n}".encode() for n in range(9)}


def test_a_failure_stops_no_other(settings: Settings) -> None:
    """A cover that the service refuses is an outcome with its error, among the others."""
    mixed = [*requests(2), CoverRequest("unknown", "tenor"), *requests(2, "baritone")]
    outcomes = list(create_covers(mixed, settings=settings, workers=2))
    assert [type(outcome.error) for outcome in outcomes if outcome.error] == [CoverError]
    assert sum(outcome.cover is not None for outcome in outcomes) == 4


def test_covers_go_to_files_named_after_their_requests(settings: Settings, tmp_path: Path) -> None:
    """In a folder each request has a file of its own, with the suffix of its content."""
    same_song = [CoverRequest("song 1", "tenor", pitch) for pitch in (-1, 0, 1)]
    outcomes = list(create_covers(same_song, to=tmp_path / "covers", settings=settings))
    paths = [outcome.cover.path for outcome in outcomes if outcome.cover]
    assert sorted(path.name for path in (tmp_path / "covers").iterdir()) == sorted(
        path.name for path in paths if path
    )
    assert {path.suffix for path in paths if path} == {".ogg"}
    assert len(paths) == 3


def test_resuming_requests_only_what_is_missing(
    settings: Settings, tmp_path: Path, engine: Singer
) -> None:
    """What lies complete in the folder is an outcome without a request."""
    list(create_covers(requests(3), to=tmp_path / "covers", settings=settings))
    engine.made.clear()
    outcomes = list(create_covers(requests(5), to=tmp_path / "covers", settings=settings))
    assert sorted(engine.made) == ["song 3 tenor 0", "song 4 tenor 0"]
    assert sorted(outcome.cover.audio for outcome in outcomes if outcome.cover) == [
        b"OggS" + f"song {number}".encode() for number in range(5)
    ]


def test_a_file_without_its_suffix_yet_counts_as_complete(
    settings: Settings, tmp_path: Path, engine: Singer
) -> None:
    """A run that was killed between completing a file and naming it need not repeat the cover."""
    folder = tmp_path / "covers"
    (first,) = create_covers(requests(1), to=folder, settings=settings)
    assert first.cover is not None
    assert first.cover.path is not None
    first.cover.path.rename(first.cover.path.with_suffix(".cover"))
    engine.made.clear()
    (again,) = create_covers(requests(1), to=folder, settings=settings)
    assert engine.made == []
    assert again.cover is not None
    assert again.cover.path == first.cover.path
    assert first.cover.path.exists()


def test_without_resume_all_are_requested(
    settings: Settings, tmp_path: Path, engine: Singer
) -> None:
    """``resume=False`` makes every cover anew."""
    for _ in range(2):
        list(create_covers(requests(2), to=tmp_path, settings=settings, resume=False))
    assert len(engine.made) == 4


def test_a_refused_token_stops_the_batch(server: Server, engine: Singer) -> None:
    """``AuthError`` is raised at once, since every other request would fail as well."""
    settings = Settings(uri=server.uri, token="not-the-token")
    with pytest.raises(AuthError):
        list(create_covers(requests(9), settings=settings))
    assert engine.made == []


def test_leaving_early_ends_the_running_covers(settings: Settings, engine: Singer) -> None:
    """A batch that is left does not wait for the covers in the making, nor leave its threads."""
    outcomes = create_covers(requests(9), settings=settings, workers=2)
    next(outcomes)
    engine.may_sing.clear()
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert not [t for t in threading.enumerate() if t.name.startswith("voiceshift-batch")]
    assert len(engine.made) < 9


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


def test_an_executor_of_processes(settings: Settings, tmp_path: Path) -> None:
    """Any executor does; its workers send covers and errors back by pickle."""
    mixed = [*requests(2), CoverRequest("unknown", "tenor")]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        outcomes = list(
            create_covers(mixed, to=tmp_path / "covers", executor=executor, settings=settings)
        )
    assert sum(outcome.cover is not None for outcome in outcomes) == 2
    assert [type(outcome.error) for outcome in outcomes if outcome.error] == [CoverError]


def test_workers_look_up_their_own_settings(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without ``settings`` the environment is asked where the cover is made."""
    monkeypatch.setenv("VC_URI", server.uri)
    monkeypatch.setenv("VC_TOKEN", server.token)
    (outcome,) = create_covers(requests(1))
    assert outcome.cover is not None


def test_a_missing_token_is_told_at_once() -> None:
    """Nothing has to be iterated to learn that there is no token."""
    with pytest.raises(SettingsError, match="VC_TOKEN"):
        create_covers(requests(1))


@pytest.mark.parametrize("workers", [0, -1, 1.5, True])
def test_workers_are_a_count(settings: Settings, workers: int) -> None:
    """``workers`` is a whole number above 0."""
    with pytest.raises(SettingsError, match="workers"):
        create_covers(requests(1), settings=settings, workers=workers)


def test_a_folder_that_cannot_be_made(settings: Settings, tmp_path: Path) -> None:
    """A file in the place of the folder is a clear error before anything is sent."""
    (tmp_path / "covers").write_text("a file")
    with pytest.raises(SettingsError, match="cannot make the folder"):
        create_covers(requests(1), to=tmp_path / "covers", settings=settings)


def test_a_bar_shows_the_progress(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """``progress=True`` counts the covers on standard error."""
    list(create_covers(requests(2), settings=settings, progress=True))
    assert "2 covers" in capsys.readouterr().err

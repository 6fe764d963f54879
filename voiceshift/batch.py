"""Many covers over any :class:`concurrent.futures.Executor`, one failure never stopping the others.

Each worker holds one connection and reuses its authentication.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from voiceshift.client import Client
from voiceshift.cover import Cover
from voiceshift.errors import AuthError, SettingsError, VoiceShiftError
from voiceshift.files import safe_name
from voiceshift.media import HEAD_SIZE, SUFFIXES, MediaType, recognise
from voiceshift.messages import cover_text
from voiceshift.progress import make_bar
from voiceshift.settings import Settings, check_count

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from voiceshift.messages import CoverRequest

__all__ = ["Outcome", "create_covers"]

UNNAMED = ".cover"
"""Suffix of a complete file whose content has not told its own suffix yet."""

worker = threading.local()
"""What a thread that makes covers keeps between them: its client."""


@attrs.frozen
class Outcome:
    """What became of one request: a cover or an error.

    Attributes:
        request: What was asked for.
        cover: The cover; ``None`` where it failed.
        error: Why it failed; what had arrived is its ``partial``.
    """

    request: CoverRequest
    cover: Cover | None = None
    error: VoiceShiftError | None = None


def create_covers(  # noqa: PLR0913 - the public contract; all but one are keywords
    requests: Iterable[CoverRequest],
    *,
    to: str | os.PathLike[str] | None = None,
    workers: int = 4,
    executor: Executor | None = None,
    settings: Settings | None = None,
    resume: bool = True,
    progress: bool | None = None,
) -> Iterator[Outcome]:
    """Make many covers, and yield what became of each as they complete.

    Args:
        requests: What to make; may be endless, it is read as far as there are workers.
        to: Folder for the audio files, made where it is missing. A file's name is derived from its
            request alone. Left out, the audio stays in memory.
        workers: Covers in the making at the same time.
        executor: Where to make them; ``None`` makes a pool of ``workers`` threads. One that is
            given is not shut down.
        settings: For the clients; they travel to the executor, token and all. ``None`` leaves it to
            each worker to look up its own.
        resume: Leave out what lies complete in ``to`` from an earlier run; its outcome has the
            cover all the same.
        progress: Show a bar; ``None`` shows it on a terminal.

    Yields:
        One outcome for each request.

    Raises:
        SettingsError: An argument is wrong; nothing was sent.
        AuthError: The service refused the token, so every other request would fail as well.

    Example:
        >>> from voiceshift import CoverRequest, create_covers
        >>> for outcome in create_covers([CoverRequest("demo", "tenor")], to="covers"):
        ...     print(outcome.request.song, outcome.cover.suffix)
        demo .ogg
    """
    check_count("workers", workers)
    if executor is None:
        settings = settings or Settings.load()  # a missing token is told at once
    folder = None if to is None else _make_folder(Path(to).expanduser())
    make = partial(_make, folder=folder, settings=settings, resume=resume)
    return _outcomes(requests, make, workers, executor, progress)


def _outcomes(
    requests: Iterable[CoverRequest],
    make: Callable[[CoverRequest], Outcome],
    workers: int,
    executor: Executor | None,
    progress: bool | None,
) -> Iterator[Outcome]:
    running: set[Future[Outcome]] = set()
    waiting = iter(requests)
    with _pool(workers) if executor is None else _borrowed(executor) as pool, _bar(progress) as bar:
        try:
            while True:
                while len(running) < workers and (request := next(waiting, None)) is not None:
                    running.add(pool.submit(make, request))
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcome = future.result()
                    if isinstance(outcome.error, AuthError):
                        raise outcome.error
                    bar.update()
                    yield outcome
        finally:
            for future in running:
                future.cancel()


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """A pool of threads of our own, whose covers end when it is left early."""
    clients: list[Client] = []
    with ThreadPoolExecutor(
        workers, thread_name_prefix="voiceshift-batch", initializer=_keep_clients_in(clients)
    ) as pool:
        try:
            yield pool
        finally:
            for client in clients:
                client.close()


@contextmanager
def _borrowed(executor: Executor) -> Iterator[Executor]:
    yield executor


def _keep_clients_in(clients: list[Client]) -> Callable[[], None]:
    def initialize() -> None:
        worker.clients = clients

    return initialize


def _bar(progress: bool | None) -> Any:
    wanted = sys.stderr.isatty() if progress is None else progress
    return make_bar(unit=" covers", disable=not wanted)


def _make(
    request: CoverRequest, *, folder: Path | None, settings: Settings | None, resume: bool
) -> Outcome:
    """Make one cover; runs on the executor, so possibly in another process."""
    try:
        if folder is None:
            return Outcome(request, _create(request, None, settings))
        target = folder / f"{_name(request)}{UNNAMED}"
        if resume and (path := _complete_file(target)) is not None:
            return Outcome(request, _cover_in(path, request))
        cover = _create(request, target, settings)
        return Outcome(request, attrs.evolve(cover, path=_give_suffix(target)))
    except VoiceShiftError as error:
        return Outcome(request, error=error)


def _create(request: CoverRequest, to: Path | None, settings: Settings | None) -> Cover:
    return _client(settings).create_cover(
        request.song,
        request.voice,
        request.pitch,
        user_id=request.user_id,
        to=to,
        progress=False,
    )


def _client(settings: Settings | None) -> Client:
    """The client of this worker."""
    known = getattr(worker, "client", None)
    if known is None or worker.settings != settings:
        options = {} if settings is None else attrs.asdict(settings, recurse=False)
        worker.client, worker.settings = Client(**options), settings
        getattr(worker, "clients", []).append(worker.client)
    client: Client = worker.client
    return client


def _make_folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"cannot make the folder {path}: {error.strerror}") from error
    return path.absolute()


def _name(request: CoverRequest) -> str:
    """The file's name without suffix: readable, and another one for every other request."""
    digest = hashlib.sha256(cover_text(request, "cover").encode()).hexdigest()[:8]
    readable = safe_name(f"{request.song} - {request.voice}", fallback="cover")
    return f"{readable.replace('.', '_')} {request.pitch:+d} {digest}"


def _complete_file(target: Path) -> Path | None:
    """The file that an earlier run completed, with or without its suffix."""
    if target.exists():  # that run ended between completing the file and giving it its suffix
        return _give_suffix(target)
    named = (target.with_suffix(suffix) for suffix in SUFFIXES)
    return next((path for path in named if path.exists()), None)


def _give_suffix(target: Path) -> Path:
    return target.replace(target.with_suffix(_media_type(target).suffix))


def _media_type(path: Path) -> MediaType:
    with path.open("rb") as file:
        return recognise(file.read(HEAD_SIZE))


def _cover_in(path: Path, request: CoverRequest) -> Cover:
    media_type = _media_type(path)
    return Cover(
        request=request,
        title=request.song,
        segments=0,
        size=path.stat().st_size,
        complete=True,
        elapsed=0.0,
        media_type=media_type.name,
        suffix=media_type.suffix,
        path=path,
    )

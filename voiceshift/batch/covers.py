"""What a script calls: many covers, by a service or by the engine."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from voiceshift.batch.embedded import EmbeddedMaker
from voiceshift.batch.folder import CoverFolder, make_folder
from voiceshift.batch.hosted import Clients, HostedMaker
from voiceshift.batch.progress import batch_bar
from voiceshift.batch.scheduling import Schedule
from voiceshift.errors import SettingsError
from voiceshift.files import expand_user, is_folder
from voiceshift.settings import Settings, check_count

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from voiceshift.batch.outcome import Outcome
    from voiceshift.batch.worker import Maker
    from voiceshift.messages import CoverRequest

__all__ = ["create_covers", "create_local_covers"]


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

    One failure stops no other. A service that says it is full is asked again after a pause, and by
    fewer workers. A request that may have been sent is never sent again in the same run.

    Args:
        requests: What to make; may be endless, it is read as far as there are workers.
        to: Folder for the audio files and their record, ``manifest.jsonl``; made where it is
            missing. A file's name is derived from its request alone. Left out, the audio stays in
            memory. On a cluster, all machines must see the folder under this path.
        workers: Covers in the making at the same time.
        executor: Where to make them; ``None`` makes a pool of ``workers`` threads. One that is
            given is not shut down, and what it is making when the batch is left comes to its end.
        settings: For the clients; they travel to the executor, token and all. ``None`` leaves it to
            each worker to look up its own.
        resume: Leave out what lies complete in ``to`` from an earlier run; its outcome has the
            cover all the same.
        progress: Show a bar; ``None`` shows it on a terminal and in a notebook.

    Yields:
        One outcome for each request.

    Raises:
        SettingsError: An argument is wrong, nothing was sent; or, when the first outcome is asked
            for, another batch is writing into the folder.
        AuthError: The service refused the token, so every other request would fail as well.
        WorkerLost: The executor broke down or was shut down, and takes no more covers.
        SaveError: The record cannot be written: the disk is full, or the folder is gone.

    Example:
        >>> from voiceshift import CoverRequest, create_covers
        >>> for outcome in create_covers([CoverRequest("demo", "tenor")], to="covers"):
        ...     print(outcome.request.song, outcome.cover.suffix)
        demo .ogg
    """
    check_count("workers", workers)
    if executor is None:
        settings = settings or Settings.load()  # a missing token is told at once
    maker = HostedMaker(settings, Clients(settings) if executor is None else None)
    return _outcomes(requests, maker, to, workers, executor, resume=resume, progress=progress)


def create_local_covers(  # noqa: PLR0913 - as create_covers
    requests: Iterable[CoverRequest],
    *,
    songs: str | os.PathLike[str] | None = None,
    voices: str | os.PathLike[str] | None = None,
    to: str | os.PathLike[str] | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    resume: bool = True,
    progress: bool | None = None,
) -> Iterator[Outcome]:
    """Make many covers by the embedded engine, with no service between.

    The engine runs where the executor does: in threads of this process, in other processes, or on
    the machines of a cluster, which then need the extra ``local``, and to see the same files.

    Args:
        requests: What to make. A song is the path of an audio file, a title in ``songs``, or
            ``demo``. A file that has changed since counts as another request.
        songs: Folder whose songs can be named by their title.
        voices: Folder of voice models, beside the user's own and the demo's.
        to: As for :func:`create_covers`.
        workers: Covers in the making at the same time; each keeps a core busy.
        executor: As for :func:`create_covers`.
        resume: As for :func:`create_covers`.
        progress: As for :func:`create_covers`.

    Yields:
        One outcome for each request.

    Raises:
        SettingsError: As for :func:`create_covers`; or the extra ``local`` is not installed.
        WorkerLost: As for :func:`create_covers`.
        SaveError: As for :func:`create_covers`.

    Example:
        >>> from voiceshift import CoverRequest, create_local_covers
        >>> for outcome in create_local_covers([CoverRequest("demo", "tenor")], to="covers"):
        ...     print(outcome.cover.title)
        Amazing Grace (tenor, pitch +0)
    """
    from voiceshift.local.extra import require_local_extra

    check_count("workers", workers)
    require_local_extra()
    ended = threading.Event() if executor is None else None
    maker = EmbeddedMaker(_folder("songs", songs), _folder("voices", voices), ended=ended)
    return _outcomes(requests, maker, to, workers, executor, resume=resume, progress=progress)


def _folder(name: str, folder: str | os.PathLike[str] | None) -> Path | None:
    if folder is None:
        return None
    path = expand_user(folder)
    if not is_folder(path):
        raise SettingsError(f"{name}: {path} is no folder")
    return path.absolute()


def _outcomes(  # noqa: PLR0913 - what the two functions have in common
    requests: Iterable[CoverRequest],
    maker: Maker,
    to: str | os.PathLike[str] | None,
    workers: int,
    executor: Executor | None,
    *,
    resume: bool,
    progress: bool | None,
) -> Iterator[Outcome]:
    if executor is not None:
        _check_that_it_travels(maker, executor)
    path = None if to is None else make_folder(expand_user(to))

    def run() -> Iterator[Outcome]:
        with ExitStack() as stack:
            bar = stack.enter_context(batch_bar(progress, requests))
            folder = None if path is None else stack.enter_context(CoverFolder.opened(path))
            schedule = Schedule(
                requests, maker=maker, folder=folder, workers=workers, resume=resume, bar=bar
            )
            stack.callback(schedule.settle)
            pool = executor or stack.enter_context(_own_pool(workers, maker))
            yield from schedule.outcomes(pool)

    return run()


@contextmanager
def _own_pool(workers: int, maker: Maker) -> Iterator[Executor]:
    """A pool of threads of our own, whose covers end when it is left early."""
    with ThreadPoolExecutor(workers, thread_name_prefix="voiceshift-batch") as pool:
        try:
            yield pool
        finally:
            maker.close()


def _check_that_it_travels(maker: Maker, executor: Executor) -> None:
    """Tell at once what would fail for every request: settings that cannot leave this process."""
    if isinstance(executor, ThreadPoolExecutor):
        return
    try:
        pickle.dumps(maker)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise SettingsError(
            f"the settings cannot be sent to the executor's workers ({error}); leave out such as "
            "ssl_context, or leave out settings, so that each worker looks up its own"
        ) from error

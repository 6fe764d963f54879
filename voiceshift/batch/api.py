"""What a script calls: many covers, by a service or by the engine."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from operator import length_hint
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceshift.batch.engine import EngineBackend
from voiceshift.batch.folder import CoverFolder
from voiceshift.batch.outcome import Outcome
from voiceshift.batch.schedule import Schedule
from voiceshift.batch.service import ClientPool, ServiceBackend
from voiceshift.display.output import say_once
from voiceshift.display.progress import BatchProgress
from voiceshift.errors import SaveError, SettingsError
from voiceshift.request import CoverRequest
from voiceshift.settings import Settings
from voiceshift.util.files import absolute, check_path, existing_folder, expand_user, make_folder
from voiceshift.util.text import shortened
from voiceshift.util.validators import check_count, check_seconds

if TYPE_CHECKING:
    from voiceshift.batch.task import Backend


def create_covers(  # noqa: PLR0913 - the public contract; all but one are keywords
    requests: Iterable[CoverRequest],
    *,
    to: str | os.PathLike[str] | None = None,
    workers: int = 4,
    executor: Executor | None = None,
    settings: Settings | None = None,
    timeout: float | None = None,
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
        timeout: Seconds that one cover may take; ``None`` is no limit.
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
    _check_requests(requests)
    workers = check_count("workers", workers)
    timeout = check_seconds("timeout", timeout)
    pool: AbstractContextManager[Executor]
    if executor is None:
        settings = settings or Settings.load()  # a missing token is an error right away
        clients = ClientPool(settings)
        backend, pool = ServiceBackend(settings, timeout, clients), _threads(workers, clients)
    else:
        backend, pool = ServiceBackend(settings, timeout), nullcontext(executor)
        _check_picklable(backend, executor)
    folder = _cover_folder(to)
    options = {"backend": backend, "workers": workers, "resume": resume}
    return _outcomes(requests, pool, folder, progress, **options)


def create_local_covers(  # noqa: PLR0913 - as create_covers
    requests: Iterable[CoverRequest],
    *,
    songs: str | os.PathLike[str] | None = None,
    voices: str | os.PathLike[str] | None = None,
    separator: str | None = None,
    to: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    resume: bool = True,
    progress: bool | None = None,
) -> Iterator[Outcome]:
    """Make many covers by the embedded engine, with no service between.

    The engine runs in processes of this machine, or wherever the executor has its workers: they
    need the extra ``local``, and to see the same files.

    Args:
        requests: What to make. A song is the path of an audio file, a title in ``songs``, or
            ``demo``. A file that has changed since counts as another request.
        songs: Folder whose songs can be named by their title.
        voices: Folder of voice models, beside the user's own and the demo's.
        separator: Name of what finds the vocals in a song, see
            :func:`~voiceshift.local.separators.load_separator`.
        to: As for :func:`create_covers`.
        workers: Covers in the making at the same time, each on a core of its own; ``None`` is one
            for each core of this machine, but no more than four.
        executor: Where to make them; ``None`` starts ``workers`` processes, which works in any
            script and notebook. One that is given is not shut down.
        resume: As for :func:`create_covers`.
        progress: As for :func:`create_covers`.

    Yields:
        One outcome for each request.

    Raises:
        SettingsError: As for :func:`create_covers`; or the extra ``local`` is not installed, or
            there is no such separator.
        WorkerLost: As for :func:`create_covers`.
        SaveError: As for :func:`create_covers`.

    Example:
        >>> from voiceshift import CoverRequest, create_local_covers
        >>> for outcome in create_local_covers([CoverRequest("demo", "tenor")], to="covers"):
        ...     print(outcome.cover.title)
        Amazing Grace (tenor, pitch +0)
    """
    from voiceshift.local.install.requirements import require_local_extra
    from voiceshift.local.separators import FALLBACK_WARNING, load_separator, uses_fallback
    from voiceshift.local.workers.pool import default_workers

    _check_requests(requests)
    if workers is not None:
        workers = check_count("workers", workers)
    require_local_extra()
    if separator is not None:
        load_separator(separator)  # as each worker will: a wrong name is told before any cover
    elif executor is None and uses_fallback(None):
        say_once(FALLBACK_WARNING)
        separator = "dsp"  # by name, so that no worker says it again
    workers = workers or default_workers()
    backend = EngineBackend(
        _library_folder("songs", songs), _library_folder("voices", voices), separator=separator
    )
    pool = _processes(workers) if executor is None else nullcontext(executor)
    folder = _cover_folder(to)
    options = {"backend": backend, "workers": workers, "resume": resume}
    return _outcomes(requests, pool, folder, progress, **options)


def _check_requests(requests: object) -> None:
    """Refuse what holds no requests, so that one request alone is told of at once."""
    if not isinstance(requests, Iterable) or isinstance(requests, (str, bytes)):
        raise SettingsError(
            f"requests must be many of CoverRequest, as in a list, not {shortened(requests)}"
        )


def _checked(requests: Iterable[CoverRequest]) -> Iterator[CoverRequest]:
    """Pass on the requests as they are asked for, up to one that is none."""
    for request in requests:
        if not isinstance(request, CoverRequest):
            raise SettingsError(
                f"requests must be of CoverRequest(song, voice), not {shortened(request)}"
            )
        yield request


def _cover_folder(to: str | os.PathLike[str] | None) -> Path | None:
    if to is None:
        return None
    check_path(to, "to")
    try:
        return absolute(make_folder(expand_user(to)))
    except SaveError as error:
        raise SettingsError(str(error)) from error.__cause__


def _library_folder(name: str, folder: str | os.PathLike[str] | None) -> Path | None:
    return None if folder is None else existing_folder(folder, name).absolute()


def _outcomes(
    requests: Iterable[CoverRequest],
    pool: AbstractContextManager[Executor],
    path: Path | None,
    progress: bool | None,
    **options: Any,
) -> Iterator[Outcome]:
    """Run the batch; the progress, the folder and the pool last as long as it is iterated."""
    total = length_hint(requests, 0) or None
    with ExitStack() as stack:
        shown = stack.enter_context(BatchProgress(total, show=progress))
        folder = None if path is None else stack.enter_context(CoverFolder.opened(path))
        schedule = Schedule(_checked(requests), folder=folder, progress=shown, **options)
        stack.callback(schedule.record_unfinished)
        yield from schedule.outcomes(stack.enter_context(pool))


# ---- executors; leaving the batch early ends what they are making


@contextmanager
def _threads(workers: int, clients: ClientPool) -> Iterator[Executor]:
    """Threads, which only wait for the service."""
    with ThreadPoolExecutor(workers, thread_name_prefix="voiceshift-batch") as pool:
        try:
            yield pool
        finally:
            clients.close()


@contextmanager
def _processes(workers: int) -> Iterator[Executor]:
    """Processes, in each of which the engine keeps a core busy."""
    from voiceshift.local.workers.pool import WorkerPool

    with WorkerPool(workers) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _check_picklable(backend: Backend, executor: Executor) -> None:
    """Fail now where every request would: settings that cannot leave this process."""
    if isinstance(executor, ThreadPoolExecutor):
        return
    try:
        pickle.dumps(backend)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise SettingsError(
            f"the settings cannot be sent to the executor's workers ({error}); leave out such as "
            "ssl_context, or leave out settings, so that each worker looks up its own"
        ) from error

"""The executors of a batch that is given none; leaving it early ends what they are making."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voiceshift.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.batch.service import Clients
    from voiceshift.batch.task import Maker

__all__ = ["check_that_it_travels", "processes", "threads"]


@contextmanager
def threads(workers: int, clients: Clients) -> Iterator[Executor]:
    """Threads for covers by a service, which the thread only waits for.

    Args:
        workers: How many.
        clients: What they use; closed on leaving.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="voiceshift-batch") as pool:
        try:
            yield pool
        finally:
            clients.close()


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Processes for covers by the engine, which keep a core busy each."""
    from voiceshift.local.workers.pool import WorkerPool

    with WorkerPool(workers) as pool:
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def check_that_it_travels(maker: Maker, executor: Executor) -> None:
    """Tell at once what would fail for every request: settings that cannot leave this process.

    Raises:
        SettingsError: They cannot be pickled, and the executor may need it.
    """
    if isinstance(executor, ThreadPoolExecutor):
        return
    try:
        pickle.dumps(maker)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise SettingsError(
            f"the settings cannot be sent to the executor's workers ({error}); leave out such as "
            "ssl_context, or leave out settings, so that each worker looks up its own"
        ) from error

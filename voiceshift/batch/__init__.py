"""Many covers over any :class:`concurrent.futures.Executor`, one failure never stopping the others.

Read in this order, from what a script calls down to the single cover::

    api           create_covers and create_local_covers; the executors where none is given
    schedule      what waits, what runs, what becomes of each request
    throttle      how many run at once, by what the service says
    task          one cover, wherever the executor runs it, by one of two backends:
    service         a service, each worker with one connection
    engine          the engine, with no service between
    folder        the covers' files, and which of them are complete
    manifest      the record of what became of each request, and the folder's lock
    outcome       what became of one request
    request_list  requests read from a file
    dask          a Dask cluster as the executor, and what it must not send twice
"""

from __future__ import annotations

from voiceshift.batch.api import create_covers, create_local_covers
from voiceshift.batch.outcome import Outcome

__all__ = ["Outcome", "create_covers", "create_local_covers"]

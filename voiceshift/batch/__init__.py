"""Many covers over any :class:`concurrent.futures.Executor`, one failure never stopping the others.

From the user to the single cover::

    covers      create_covers and create_local_covers, what a script calls
    scheduling  what waits, what runs, what becomes of each
    throttle    how many run at once, by what the service says
    progress    one bar
    folder      the covers that are complete
    cover_files what each cover's file is called
    manifest    the record of what became of each request, and the folder's lock
    worker      one cover, on whatever the executor runs it
    hosted      ... by a service, each worker with one connection
    embedded    ... by the engine, with no service between
    pools       the executors where none is given
    sending     what a task must know that a Dask cluster may run twice

:mod:`~voiceshift.batch.request_list` reads requests from a file.
"""

from __future__ import annotations

from voiceshift.batch.api import create_covers, create_local_covers
from voiceshift.batch.outcome import Outcome

__all__ = ["Outcome", "create_covers", "create_local_covers"]

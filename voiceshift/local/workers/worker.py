"""A process that calls functions for this one, and ends when this one does, however that ends.

Not a process of multiprocessing: that runs the user's own script again in each of its processes, so
a script without a main guard would start the service in them, too; and when its parent is killed,
the processes of its pool stay. Here calls and results are pickles in two pipes. When this process
ends, so does the input of the other, and with it the other.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import struct
import subprocess
import sys
import traceback
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from voiceshift.util.child_process import end_of_input, own_group

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RemoteTraceback", "Worker", "main"]

Result = TypeVar("Result")

STOP_TIMEOUT = 5.0
"""Seconds for a worker that is idle to end; then it is killed."""

# The same modules must be found as here. Nothing is imported before: the working directory comes
# first then, where a user's script may be called like a module of the standard library.
BOOTSTRAP = """
import sys
sys.path[:] = sys.argv[1:]
from voiceshift.local.workers.worker import main
main()
"""

ONE_THREAD = dict.fromkeys(
    ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Numpy's own threads would fight with the other workers over the cores."""

_LENGTH = struct.Struct("!Q")


class RemoteTraceback(Exception):  # noqa: N818 - it is the cause of an error, not one itself
    """Where in the worker an error was raised, in words."""

    def __str__(self) -> str:
        return f"in the worker:\n{self.args[0]}"


class Worker:
    """A process that makes one call after the other; for one thread at a time.

    It starts at once, and imports what it is asked to call only then.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this Python, on this package
            [sys.executable, "-c", BOOTSTRAP, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=ONE_THREAD | os.environ,
            **own_group(),
        )

    def call(self, function: Callable[..., Result], /, *args: Any) -> Result:
        """Call a function there, and return what it returns.

        Raises:
            BrokenExecutor: The process ended before it answered.
            Exception: What the function raised; its cause is a :class:`RemoteTraceback`.
        """
        request = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            _send(self._process.stdin, request)
            answer = _receive(self._process.stdout)
        except (EOFError, OSError) as error:
            raise BrokenExecutor(f"a worker ended with code {self._process.wait()}") from error
        result, failure, words = pickle.loads(answer)  # noqa: S301 - from our own process
        if failure is not None:
            raise failure from RemoteTraceback(words)
        return cast("Result", result)

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once, also in the middle of a call; from any thread."""
        self._process.kill()

    def stop(self) -> None:
        """Wait for its end, after the last call."""
        end_of_input(self._process, STOP_TIMEOUT)


def main() -> None:
    """Answer the calls on standard input until it ends."""
    outbox = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What libraries print must not get in between.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(EOFError, OSError):  # the parent has ended, or needs us no more
        while True:
            _send(outbox, _answer(_receive(sys.stdin.buffer)))
            _give_memory_back()
    os._exit(0)  # nothing is to be cleaned up, and nobody waits for what libraries do at the exit


def _give_memory_back() -> None:
    """Return to the system what the last call has freed.

    The C library of most Linux systems keeps tens of megabytes of it, and with several workers that
    counts. Its limits for doing so by itself would make every call slower.
    """
    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


def _answer(request: bytes) -> bytes:
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from our own parent
        return pickle.dumps((function(*args), None, ""), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        words = traceback.format_exc()
        try:
            return pickle.dumps((None, error, words))
        except Exception:  # noqa: BLE001 - whatever cannot be pickled about it
            return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}"), words))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_read(pipe, _LENGTH.size))
    return _read(pipe, length)


def _read(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data

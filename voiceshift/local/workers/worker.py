"""A process that calls functions for this one, and ends when this one does, however that ends.

It is no process of multiprocessing, which would run the user's own script again in each of its
processes, so that a script without a main guard would start the service there too; and when its
parent is killed, the processes of its pool stay. Here calls and results are pickles in two pipes.
When this process ends, so does the input of the other, and with it the other.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
import traceback
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from voiceshift.util.process import ONE_THREAD, PythonProcess, child_environment

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_LENGTH = struct.Struct("!Q")


class RemoteTraceback(Exception):  # noqa: N818 - it is the cause of an error, not one itself
    """The traceback of an error in the worker, as text."""

    def __str__(self) -> str:
        return f"in the worker:\n{self.args[0]}"


class Worker:
    """A process that makes one call after another; for one thread at a time.

    It starts at once, and imports what it is asked to call only then.
    """

    def __init__(self) -> None:
        # With the same path, it finds the modules of the functions that it is sent. NumPy's own
        # threads would compete with the other workers for the cores.
        environment = ONE_THREAD | child_environment()
        self._process = PythonProcess(__name__, path=sys.path, env=environment)

    def call(self, function: Callable[..., Result], /, *args: Any) -> Result:
        """Call a function there, and return what it returns.

        Raises:
            BrokenExecutor: The process ended before it answered.
            Exception: What the function raised; its cause is a :class:`RemoteTraceback`.
        """
        request = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        try:
            _send(self._process.stdin, request)
            answer = _receive(self._process.stdout)
        except (EOFError, OSError) as error:
            raise BrokenExecutor(f"a worker ended with code {self._process.wait()}") from error
        result, failure, trace = pickle.loads(answer)  # noqa: S301 - from our own process
        if failure is not None:
            raise failure from RemoteTraceback(trace)
        return cast("Result", result)

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.is_running

    def kill(self) -> None:
        """End it at once, also in the middle of a call; from any thread."""
        self._process.kill()

    def stop(self) -> None:
        """End it after its last call, and wait for that."""
        self._process.stop()


def main() -> None:
    """Answer the calls on standard input until it ends."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What libraries print must not mix with the answers.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(EOFError, OSError):  # the parent has ended, or does not need this process now
        while True:
            _send(output, _answer(_receive(sys.stdin.buffer)))
            return_free_memory()
    os._exit(0)  # nothing is to be cleaned up, and libraries may take long at the exit


def return_free_memory() -> None:
    """Return to the system what this process has freed.

    The C library of most Linux systems keeps tens of megabytes of it, which counts with several
    workers. Its own limits for returning memory would make every call slower.
    """
    import ctypes  # what starts a worker imports this module, too

    if sys.platform == "linux" and hasattr(library := ctypes.CDLL(None), "malloc_trim"):
        library.malloc_trim(0)


def _answer(request: bytes) -> bytes:
    try:
        function, args = pickle.loads(request)  # noqa: S301 - from our own parent
        return pickle.dumps((function(*args), None, ""), pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        trace = traceback.format_exc()
        try:
            return pickle.dumps((None, error, trace))
        except Exception:  # noqa: BLE001 - an error may hold anything
            return pickle.dumps((None, RuntimeError(f"{type(error).__name__}: {error}"), trace))


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

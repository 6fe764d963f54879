"""Child processes that run this Python: how they are started, and how they end."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PythonProcess", "new_process_group", "python_command"]

STOP_TIMEOUT = 5.0
"""Seconds for a process to end after its input has ended; then it is killed."""


class PythonProcess(subprocess.Popen[bytes]):
    """This Python in a child process, which runs ``main()`` of a module of this package.

    Its input ends when this process ends, in whatever way, and ``main()`` must return then.

    Args:
        module: Full name of the module.
        *arguments: What it finds in ``sys.argv``.
        path: Where it looks for modules; see :func:`python_command`.
        **options: Further options of ``Popen``.

    Raises:
        OSError: The system starts no further process.
    """

    stdin: IO[bytes]
    stdout: IO[bytes]

    def __init__(
        self, module: str, *arguments: str, path: Sequence[str] | None = None, **options: Any
    ) -> None:
        super().__init__(
            python_command(module, *arguments, path=path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            **new_process_group(),
            **options,
        )

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.poll() is None

    def stop(self) -> None:
        """End its input and wait until it has ended; any number of times."""
        with suppress(OSError):  # it ended before it had read everything
            self.stdin.close()
        try:
            self.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
        self.stdout.close()


def python_command(module: str, *arguments: str, path: Sequence[str] | None = None) -> list[str]:
    """Return the command line that runs ``main()`` of a module of this package.

    Args:
        module: Full name of the module.
        *arguments: What it finds in ``sys.argv``.
        path: Its ``sys.path``; ``None`` is that of the installation, with this package found first.
    """
    # Not `-m voiceshift`: that looks in the working directory first, where a user's own script may
    # well be called voiceshift.py. Nothing may be imported before the path is set, for that reason.
    package_folder = str(Path(__file__).parents[2])
    set_path = (
        f"sys.path[0] = {package_folder!r}"
        if path is None
        else f"sys.path[:] = {[str(folder) for folder in path]!r}"
    )
    script = f"import sys; {set_path}; from {module} import main; sys.exit(main())"
    return [sys.executable, "-c", script, *arguments]


def new_process_group() -> dict[str, Any]:
    """Return options for ``Popen``, so that Ctrl-C in a terminal reaches the parent only."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}

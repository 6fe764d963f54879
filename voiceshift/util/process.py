"""Child processes: what they get of the environment, and those that run this Python."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from voiceshift.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRETS = re.compile(
    "^VC_|TOKEN(_|$)|SECRET|PASSW|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY", re.IGNORECASE
)
"""Names of variables that are for this process alone: our own, and what others call a secret."""

BASICS = re.compile(
    r"(PYTHON|LC_|LD_|DYLD_).*|PATH|HOME|LANG|TMPDIR|TEMP|TMP|"
    r"SYSTEMROOT|WINDIR|USERPROFILE|APPDATA|LOCALAPPDATA",
    re.IGNORECASE,
)
"""Names of variables without which a program may not find its libraries and modules."""

ONE_THREAD = dict.fromkeys(
    ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Keeps NumPy from starting threads of its own."""

STOP_TIMEOUT = 5.0
"""Seconds for a process to end after its input has ended; then it is killed."""


class PythonProcess(subprocess.Popen[bytes]):
    """This Python in a child process, which runs ``main()`` of a module of this package.

    Its input ends when this process ends, in whatever way, and ``main()`` must return then.

    Args:
        module: Full name of the module.
        *arguments: What it finds in ``sys.argv``.
        path: Where it looks for modules; see :func:`python_command`.
        env: Its environment; ``None`` is :func:`child_environment`.
        **options: Further options of ``Popen``.

    Raises:
        OSError: The system starts no further process.
        SettingsError: There is no Python to run it; see :func:`python_executable`.
    """

    stdin: IO[bytes]
    stdout: IO[bytes]

    def __init__(
        self,
        module: str,
        *arguments: str,
        path: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            python_command(module, *arguments, path=path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment() if env is None else env,
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


def child_environment() -> dict[str, str]:
    """Return this process's environment without its secrets."""
    return {name: value for name, value in os.environ.items() if not SECRETS.search(name)}


def decoder_environment() -> dict[str, str]:
    """Return the environment of a program that reads a file which is not to be trusted."""
    return {name: value for name, value in os.environ.items() if BASICS.fullmatch(name)}


def python_executable() -> str:
    """Return the path of this Python, which child processes run.

    Raises:
        SettingsError: There is none to be run again: this is a frozen program, as PyInstaller makes
            it, which would itself be started once more; or a program that embeds Python.
    """
    is_frozen = getattr(sys, "frozen", False) or "__compiled__" in globals()  # the latter by Nuitka
    if is_frozen or not sys.executable:
        raise SettingsError(
            "a program that is frozen (PyInstaller) or embeds Python has no Python of its own to "
            "start. To make covers in it, use voiceshift.local.Server with executor="
            "ThreadPoolExecutor(2), workers=2"
        )
    return sys.executable


def python_command(module: str, *arguments: str, path: Sequence[str] | None = None) -> list[str]:
    """Return the command line that runs ``main()`` of a module of this package.

    Args:
        module: Full name of the module.
        *arguments: What it finds in ``sys.argv``.
        path: Its ``sys.path``; ``None`` is that of the installation, with this package found first.

    Raises:
        SettingsError: There is no Python to run it; see :func:`python_executable`.
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
    return [python_executable(), "-c", script, *arguments]


def new_process_group() -> dict[str, Any]:
    """Return options for ``Popen``, so that Ctrl-C in a terminal reaches the parent only."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def physical_memory() -> int | None:
    """Bytes of this machine's memory; ``None`` where nobody says."""
    with suppress(AttributeError, OSError, ValueError):  # not on every system
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(ImportError):  # of the extra `web`
        import psutil

        return int(psutil.virtual_memory().total)
    return None

"""The embedded service in a child process, which ends when this process does, however that ends.

The child is the command ``voiceshift serve``. Its token goes through its standard input, where no
process list shows it; when that input ends, so does the child.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import threading
from typing import IO, TYPE_CHECKING

from voiceshift.errors import ConnectError, CoverError, SettingsError, VoiceShiftError
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.local.library.songs import SongLibrary
from voiceshift.local.separators import FALLBACK_WARNING, uses_fallback
from voiceshift.util.deadline import time_limit
from voiceshift.util.files import existing_folder, file_errors
from voiceshift.util.process import PythonProcess

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from typing_extensions import Self

START_TIMEOUT = 60.0
"""Seconds: a cold start from a slow disk takes long."""

DID_NOT_START = "the embedded service did not start"

WRONG_SETTING = 2
"""Exit code of the command for a setting that is wrong."""


class ChildService:
    """A running embedded service.

    Args:
        songs: Folder of songs.
        voices: Folder of voice models.
        separator: Name of the separator.
        provider: What the networks of RVC voices are run on.

    Attributes:
        uri: Its URI, on this machine.
        token: Its random token.
        advice: What would make its covers better; empty where nothing would.

    Raises:
        SettingsError: The extra ``local`` is not installed, or a folder does not exist.
        ConnectError: It did not start; the message ends with the last line it printed.
    """

    def __init__(
        self,
        *,
        songs: str | os.PathLike[str] | None = None,
        voices: str | os.PathLike[str] | None = None,
        separator: str | None = None,
        provider: str | None = None,
    ) -> None:
        require_local_extra()
        self.advice = FALLBACK_WARNING if uses_fallback(separator) else ""
        # Absolute, so that it also starts again after a change of the working directory.
        self._songs = [] if songs is None else [existing_folder(songs, "songs").absolute()]
        self._options = [f"--songs={folder}" for folder in self._songs]
        if voices is not None:
            self._options += [f"--voices={existing_folder(voices, 'voices').absolute()}"]
        if separator is not None:
            self._options += [f"--separator={separator}"]
        if provider is not None:
            self._options += [f"--provider={provider}"]
        self._stopped = threading.Event()
        self.start()

    def start(self) -> Self:
        """Start it, also again after it ended by itself."""
        self.token = secrets.token_urlsafe(32)
        with file_errors(ConnectError, DID_NOT_START), tempfile.TemporaryFile() as errors:
            self._process = self._launch(errors)
            try:
                self.uri = self._send_token()
            except BaseException as error:
                self._process.stop()
                if not isinstance(error, (OSError, ValueError)):
                    raise
                raise self._failure(errors) from error
        return self

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.is_running

    def ensure_running(self) -> None:
        """Start it again if its process has ended by itself, as after a crash in a native library.

        Raises:
            ConnectError: It did not start.
        """
        if self.is_running or self._stopped.is_set():
            return
        self._process.stop()
        self.start()
        if self._stopped.is_set():  # just now: stop() did not see this process
            self._process.stop()

    def stop(self) -> None:
        """Stop it for good; from any thread, any number of times."""
        self._stopped.set()
        self._process.stop()

    def song_file(self, name: str) -> Path | None:
        """The file that it would read the song of that name from; ``None`` where there is none."""
        try:
            return SongLibrary(self._songs, allow_files=True).find(name).path
        except (CoverError, SettingsError):
            return None

    def _launch(self, errors: IO[bytes]) -> PythonProcess:
        try:
            return PythonProcess(
                "voiceshift.cli", "serve", "--child", *self._options, stderr=errors
            )
        except ValueError as error:  # a null character
            raise SettingsError(f"{DID_NOT_START}: {error}") from error

    def _send_token(self) -> str:
        """Send the token, and return the URI that comes back."""
        self._process.stdin.write(f"{self.token}\n".encode())
        self._process.stdin.flush()
        with time_limit(START_TIMEOUT, self._process.kill):
            line = self._process.stdout.readline()
        uri: str = json.loads(line)["uri"]
        return uri

    def _failure(self, errors: IO[bytes]) -> VoiceShiftError:
        errors.seek(0)
        last_line = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
        message = last_line.removeprefix("voiceshift: ")
        if self._process.returncode == WRONG_SETTING:
            return SettingsError(message)
        return ConnectError(f"{DID_NOT_START}: {message}")

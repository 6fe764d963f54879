"""The embedded service in a child process, which ends when this process does, however that ends.

The child is the command ``voiceshift serve``. Its token goes through its standard input, where no
process list shows it; when that input ends, so does the child.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import tempfile
from typing import IO, TYPE_CHECKING

from voiceshift.errors import ConnectError, CoverError, SettingsError, VoiceShiftError
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.local.library.songs import SongLibrary
from voiceshift.util.child_process import end_of_input, killed_after, own_group
from voiceshift.util.files import existing_folder
from voiceshift.util.process import python_command

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from typing_extensions import Self

__all__ = ["ChildService"]

START_TIMEOUT = 60.0
"""Seconds: a cold start from a slow disk takes long."""

STOP_TIMEOUT = 5.0
"""Seconds for the chunk that is being made; then the child is killed."""

DID_NOT_START = "the embedded service did not start"

WRONG_SETTING = 2
"""Exit code of the command for a setting that is wrong."""


class ChildService:
    """A running embedded service.

    Args:
        songs: Folder of songs.
        voices: Folder of voice models.
        separator: Name of the separator.

    Attributes:
        uri: Its address, on this machine.
        token: Its random token.

    Raises:
        SettingsError: The extra ``local`` is not installed, or a folder does not exist.
        ConnectError: It did not start; the message has its last words.
    """

    def __init__(
        self,
        *,
        songs: str | os.PathLike[str] | None = None,
        voices: str | os.PathLike[str] | None = None,
        separator: str | None = None,
    ) -> None:
        require_local_extra()
        # Absolute, so that it also starts again after a change of the working directory.
        self._folders = {
            f"--{name}": existing_folder(folder, name).absolute()
            for name, folder in (("songs", songs), ("voices", voices))
            if folder is not None
        }
        self._separator = separator
        self.start()

    def start(self) -> Self:
        """Start it, also again after it ended by itself."""
        self.token = secrets.token_urlsafe(32)
        with tempfile.TemporaryFile() as errors:
            self._process = self._launch(errors)
            try:
                self.uri = self._hand_over_token()
            except BaseException as error:
                self.stop()
                if not isinstance(error, (OSError, ValueError)):
                    raise
                errors.seek(0)
                words = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise self._failure(words.removeprefix("voiceshift: ")) from error
        return self

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Stop it; any number of times."""
        end_of_input(self._process, STOP_TIMEOUT)

    def song_file(self, name: str) -> Path | None:
        """The file that it would read the song of that name from; ``None`` where there is none."""
        folders = [self._folders["--songs"]] if "--songs" in self._folders else []
        try:
            return SongLibrary(folders, allow_files=True).find(name).path
        except (CoverError, SettingsError):
            return None

    def _launch(self, errors: IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - this Python, on this package
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                **own_group(),
            )
        except OSError as error:
            raise ConnectError(f"{DID_NOT_START}: {error.strerror}") from error

    def _command(self) -> list[str]:
        command = python_command("voiceshift.cli", "serve", "--child")
        for option, folder in self._folders.items():
            command += [option, str(folder)]
        if self._separator is not None:
            command += ["--separator", self._separator]
        return command

    def _failure(self, words: str) -> VoiceShiftError:
        if self._process.returncode == WRONG_SETTING:
            return SettingsError(words)
        return ConnectError(f"{DID_NOT_START}: {words}")

    def _hand_over_token(self) -> str:
        """Send the token, and wait for the address."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{self.token}\n".encode())
        stdin.flush()
        with killed_after(START_TIMEOUT, self._process):
            line = stdout.readline()
        uri: str = json.loads(line)["uri"]
        return uri

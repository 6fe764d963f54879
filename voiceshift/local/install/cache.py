"""Where networks are kept once they have been made: complete, or not at all."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift.errors import SettingsError, VoiceShiftError
from voiceshift.local.install.requirements import require_local_extra
from voiceshift.util.file_lock import lock

if TYPE_CHECKING:
    from collections.abc import Iterator


def cache_folder(name: str) -> Path:
    """Return the folder ``name`` of the user's cache; it need not exist yet.

    Raises:
        SettingsError: The extra ``local`` is not installed.
    """
    require_local_extra()
    import platformdirs

    return platformdirs.user_cache_path("voiceshift", appauthor=False) / name


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """Make ``folder``, and let no other process work in it at the same time.

    Raises:
        SettingsError: Another process is, or something in the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # The file of the lock stays: another process may have opened it already.
        with (folder / "setup.lock").open("ab") as file:
            if not lock(file):
                raise SettingsError("another voiceshift setup is running; wait until it has ended")
            yield
    except VoiceShiftError:  # some are an OSError, too
        raise
    except OSError as error:
        raise SettingsError(f"the network cannot be made in {folder}: {error}") from error


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder, which is moved to ``target`` in one step when all went well."""
    with tempfile.TemporaryDirectory(dir=target.parent, ignore_cleanup_errors=True) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        yield made
        if target.exists():
            shutil.rmtree(target)
        made.replace(target)

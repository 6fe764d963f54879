"""Files whose content is known, downloaded by their URL.

What has arrived is kept, so that a download goes on where it broke off, in a later run too.
"""

from __future__ import annotations

import hashlib
import time
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, BinaryIO, Union, cast
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request, build_opener
from urllib.response import addinfourl

from attrs import frozen

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.util.retry import TRANSIENT_STATUSES, backoff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ATTEMPTS = 5
"""Attempts in a row that bring nothing more, after which a download is given up."""

INITIAL_BACKOFF = 0.5
"""Seconds before the second of them, at most."""

TIMEOUT = 20.0
"""Seconds without a byte after which a connection is given up."""

BLOCK_SIZE = 2**16
"""Bytes that are read at a time."""

PARTIAL_CONTENT = 206
"""Status of a response with the part of the file that was asked for (RFC 9110 section 15.3.7)."""

Response = Union[HTTPResponse, addinfourl]  # noqa: UP007 - evaluated on 3.10


@frozen(kw_only=True)
class KnownFile:
    """A file to be downloaded, as it was when this was written.

    Attributes:
        name: Its name.
        size: Its bytes.
        sha256: The hash of its content, in hexadecimal.
    """

    name: str
    size: int
    sha256: str

    @property
    def part_name(self) -> str:
        """Name of the file that holds what has arrived."""
        return f"{self.name}.part"

    def check(self, path: Path) -> None:
        """Refuse a file with other content.

        Raises:
            SettingsError: ``path`` has other content.
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


class UnavailableError(ConnectError):
    """A URL gave nothing of a file, or nothing more than had arrived before."""


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """The file is not there, and another attempt would not change that."""


class _BrokenOff(Exception):  # noqa: N818 - it never leaves this module
    """The connection failed; another one may bring more."""


def download(
    file: KnownFile,
    url: str,
    folder: Path,
    on_progress: Callable[[int], object],
    opener: OpenerDirector | None = None,
) -> Path:
    """Download a file into ``folder``, or what is missing of it there.

    What has arrived stays in the folder, also when this process is interrupted or killed. No other
    process may download the same file into it at the same time.

    Args:
        file: What must arrive.
        url: Where it is.
        folder: Where to put it; it must exist.
        on_progress: Called now and then with the bytes that have arrived.
        opener: Opens the URL; ``None`` takes one with the proxies of the environment.

    Returns:
        The file, with its content verified.

    Raises:
        UnavailableError: The URL gave nothing of it.
        ConnectError: It broke off.
        SettingsError: What arrived is another file; it is deleted.
        OSError: The folder cannot be written to.
    """
    path, part = folder / file.name, folder / file.part_name
    if not path.exists():
        before = part.stat().st_size if part.exists() else 0
        try:
            with part.open("ab") as content:
                _complete(content, file.size, url, opener or build_opener(), on_progress)
        except (_BrokenOff, _Refused) as error:
            raise _failure(file, url, part, before, error) from error
        part.replace(path)
    return verified(file, path)


def verified(file: KnownFile, path: Path) -> Path:
    """Return ``path`` if it is that file, or else delete it, so that it is downloaded again.

    Raises:
        SettingsError: It is another file.
    """
    try:
        file.check(path)
    except SettingsError:
        path.unlink()
        raise
    return path


def _failure(file: KnownFile, url: str, part: Path, before: int, error: Exception) -> ConnectError:
    arrived = part.stat().st_size
    if not arrived:
        part.unlink()
    if arrived <= before:
        return UnavailableError(f"{file.name} cannot be downloaded from {url}: {error}")
    return ConnectError(
        f"the download of {file.name} broke off after {arrived / 1e6:.1f} of "
        f"{file.size / 1e6:.1f} MB ({error}); run the command again, and it goes on from there"
    )


def _complete(
    part: BinaryIO,
    size: int,
    url: str,
    opener: OpenerDirector,
    on_progress: Callable[[int], object],
) -> None:
    """Append what is missing, in as many attempts as it takes while they bring something.

    Only the hash can tell whether both belong to the same file.
    """
    in_vain, furthest = 0, part.seek(0, 2)
    while part.seek(0, 2) < size:
        try:
            with _open(opener, url, part.tell()) as response:
                _append(response, part, size, on_progress)
        except _BrokenOff:  # noqa: PERF203 - each attempt may fail
            in_vain = 0 if part.tell() > furthest else in_vain + 1
            furthest = max(furthest, part.tell())
            if in_vain == ATTEMPTS:
                raise
            time.sleep(backoff(max(1, in_vain), INITIAL_BACKOFF))


def _open(opener: OpenerDirector, url: str, start: int) -> Response:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    request = Request(url, headers=headers)  # noqa: S310 - a URL of ours, or of the user's pip
    try:
        return cast("Response", opener.open(request, timeout=TIMEOUT))
    except HTTPError as error:
        error.close()
        kind = _BrokenOff if error.code in TRANSIENT_STATUSES else _Refused
        raise kind(f"HTTP status {error.code}") from error
    except (OSError, HTTPException) as error:
        raise _BrokenOff(str(error)) from error


def _append(
    response: Response, part: BinaryIO, size: int, on_progress: Callable[[int], object]
) -> None:
    """Write the rest of the file from a response; all of it where that is not only the rest."""
    start = part.tell() if _begins_at(response, part.tell()) else 0
    _check_size(response, start, size)
    if start < part.tell():
        part.seek(start)
        part.truncate()
    while (missing := size - part.tell()) and (block := _read(response, min(BLOCK_SIZE, missing))):
        part.write(block)
        on_progress(part.tell())
    if missing:
        raise _BrokenOff("the response ended early")


def _begins_at(response: Response, start: int) -> bool:
    # A file: URL has a response without a status, and always gives the whole file.
    content_range = response.headers.get("Content-Range", "")
    return response.status == PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


def _check_size(response: Response, start: int, size: int) -> None:
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and start + int(length) != size:
        raise _Refused("it has another size")


def _read(response: Response, count: int) -> bytes:
    try:
        return response.read(count)
    except (OSError, HTTPException) as error:
        raise _BrokenOff(str(error) or type(error).__name__) from error

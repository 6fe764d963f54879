"""A download that goes on where it broke off, in this run or in an earlier one."""

from __future__ import annotations

import time
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, BinaryIO, Union, cast
from urllib.error import HTTPError
from urllib.request import OpenerDirector, Request
from urllib.response import addinfourl

from voiceshift.util.retry import TRANSIENT_STATUSES, backoff

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DownloadError", "download"]

ATTEMPTS = 5
"""Attempts in a row that bring nothing, after which a download is given up."""

INITIAL_BACKOFF = 0.5
"""Seconds, at most, before the second of them; doubled for each further one."""

TIMEOUT = 20.0
"""Seconds without a byte after which a connection is given up."""

BLOCK = 2**16
"""Bytes that are read at a time."""

PARTIAL_CONTENT = 206
"""Status of an answer with the part of the file that was asked for (RFC 9110 section 15.3.7)."""

Answer = Union[HTTPResponse, addinfourl]  # noqa: UP007 - evaluated on 3.10


class DownloadError(Exception):
    """Nothing more comes from this address."""


class _BrokenOff(Exception):  # noqa: N818 - it never leaves this module
    """The connection failed; another one may bring more."""


def download(
    opener: OpenerDirector,
    address: str,
    part: BinaryIO,
    size: int,
    on_progress: Callable[[int], object],
) -> None:
    """Write what is missing of a file to what is there of it.

    Whether both belong to the same file only its hash can tell.

    Args:
        opener: Opens the address.
        address: Where the file is.
        part: What is there; more is written to its end, or all of it anew where the server gives
            only the whole.
        size: Bytes of the whole file; a file of another size is not the one that is meant.
        on_progress: Called now and then with the bytes that are there.

    Raises:
        DownloadError: It is not there, or several attempts in a row brought nothing more.
        OSError: The part cannot be written.
    """
    in_vain, furthest = 0, part.seek(0, 2)
    while part.seek(0, 2) < size:
        failure = ""
        try:
            with _open(opener, address, part.tell()) as answer:
                _take_up(answer, part, size, on_progress)
        except _BrokenOff as error:
            failure = str(error) or type(error).__name__
        in_vain = 0 if part.tell() > furthest else in_vain + 1
        furthest = max(furthest, part.tell())
        if in_vain == ATTEMPTS:
            raise DownloadError(failure)
        if failure:
            time.sleep(backoff(max(1, in_vain), INITIAL_BACKOFF))


def _take_up(
    answer: Answer, part: BinaryIO, size: int, on_progress: Callable[[int], object]
) -> None:
    """Write the rest that an answer brings, until it ends or breaks off."""
    continues = _continues(answer, part.tell())
    _check_size(answer, part.tell() if continues else 0, size)
    if part.tell() and not continues:
        part.seek(0)
        part.truncate()
    while (missing := size - part.tell()) and (block := _read(answer, min(BLOCK, missing))):
        part.write(block)
        on_progress(part.tell())
    if missing:
        raise _BrokenOff("the answer ended early")


def _open(opener: OpenerDirector, address: str, held: int) -> Answer:
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
    request = Request(address, headers=headers)  # noqa: S310 - from where pip would take it, too
    try:
        return cast("Answer", opener.open(request, timeout=TIMEOUT))
    except HTTPError as error:
        error.close()
        kind = _BrokenOff if error.code in TRANSIENT_STATUSES else DownloadError
        raise kind(f"HTTP status {error.code}") from error
    except (OSError, HTTPException) as error:
        raise _BrokenOff(str(error)) from error


def _read(answer: Answer, count: int) -> bytes:
    try:
        return answer.read(count)
    except (OSError, HTTPException) as error:
        raise _BrokenOff(str(error)) from error


def _continues(answer: Answer, held: int) -> bool:
    """Tell whether an answer begins where the part ends."""
    begins = answer.headers.get("Content-Range", "").startswith(f"bytes {held}-")
    # A file of this machine is no answer of HTTP, and has no status.
    return answer.status == PARTIAL_CONTENT and begins


def _check_size(answer: Answer, held: int, size: int) -> None:
    length = answer.headers.get("Content-Length", "")
    if length.isdecimal() and held + int(length) != size:
        raise DownloadError("it has another size")

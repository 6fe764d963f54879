"""What fetches songs from the web: yt-dlp, in a process of its own.

A process can be ended at any moment, and the guard over its connections cannot be removed again.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from voiceshift.errors import CoverError
from voiceshift.local.library.ssrf_guard import refuse_private_addresses, was_refused
from voiceshift.local.library.titles import fit_title

SOCKET_TIMEOUT = 20.0
"""Seconds without a byte after which a connection is given up."""

MAX_MEMORY = 2**30
"""Bytes that the process may take: a page without an end would otherwise fill all memory."""

FORMATS = "[protocol~='^(https?|m3u8_native|http_dash_segments)$']"
"""What yt-dlp fetches by itself, under the guard; other protocols need programs that have none."""


@frozen
class DownloadLimits:
    """What may be fetched.

    Attributes:
        max_size: Largest file, in bytes.
        max_duration: Longest song, in seconds; ``None`` is no limit.
        allow_private: Whether songs may come from addresses that are not public, such as those of
            this machine and its network.
    """

    max_size: int
    max_duration: float | None
    allow_private: bool = False


def download(url: str, folder: Path, limits: DownloadLimits) -> tuple[str, Path]:
    """Fetch a song into ``folder``; return its title and the file.

    Raises:
        CoverError: There is no song, or it is too long or too large, or its address is private.
    """
    _sandbox(limits)
    import yt_dlp

    try:
        with yt_dlp.YoutubeDL(_options(folder, limits)) as library:
            found = _first(library.extract_info(url, download=False))
            _check_duration(found, limits.max_duration)
            fetched = library.process_ie_result(found, download=True)
    except CoverError:
        raise
    except Exception as error:
        # Nobody lists what the code for a thousand sites can raise.
        raise CoverError(_reason(error)) from error
    return fit_title(str(fetched["title"])), Path(fetched["requested_downloads"][0]["filepath"])


def _sandbox(limits: DownloadLimits) -> None:
    """Take from this process what it does not need."""
    os.environ["YTDLP_NO_PLUGINS"] = "1"
    sys.modules["curl_cffi"] = cast("Any", None)  # it connects past the guard
    with suppress(ImportError, OSError, ValueError):  # some systems know no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    if not limits.allow_private:
        refuse_private_addresses()


def _options(folder: Path, limits: DownloadLimits) -> dict[str, Any]:
    silent = logging.Logger("yt-dlp")  # a service's output is not the place for its messages
    silent.addHandler(logging.NullHandler())

    def check_size(progress: dict[str, Any]) -> None:
        if max(progress.get(key) or 0 for key in ("downloaded_bytes", "total_bytes")) > (
            limits.max_size
        ):
            raise CoverError(
                f"the song is larger than {limits.max_size // 1_000_000} MB, the limit of this "
                "service"
            )

    return {
        "cachedir": False,
        "ffmpeg_location": os.devnull,  # it would connect past the guard
        "fixup": "never",
        "format": f"bestaudio{FORMATS}/best{FORMATS}",
        "logger": silent,
        "noplaylist": True,
        "outtmpl": {"default": str(folder / "song.%(ext)s")},
        "playlist_items": "1",
        "progress_hooks": [check_size],
        # The proxy would connect for it, to wherever it can.
        **({} if limits.allow_private else {"proxy": ""}),
        "retries": 2,
        "socket_timeout": SOCKET_TIMEOUT,
    }


def _first(found: dict[str, Any]) -> dict[str, Any]:
    """Return the first song where several were found, as on a page with players."""
    if "entries" not in found:
        return found
    entries = [entry for entry in found["entries"] if entry]
    if not entries:
        raise CoverError("there is no song at this URL")
    return _first(entries[0])


def _check_duration(found: dict[str, Any], max_duration: float | None) -> None:
    if found.get("is_live"):
        raise CoverError("this URL is a live stream, which has no end")
    if max_duration is not None and (found.get("duration") or 0) > max_duration:
        raise CoverError(
            f"the song is longer than {max_duration:g} seconds, the limit of this service"
        )


def _reason(error: Exception) -> str:
    """Return why a download failed, without anything that only the machine's owner may know."""
    if was_refused.is_set():
        return "this URL leads into the service's own network, from which it fetches nothing"
    _, inner, _ = getattr(error, "exc_info", None) or (None, None, None)
    if status := getattr(inner, "status", None):
        return f"this URL answers with HTTP status {status}"
    return "there is no song at this URL that can be fetched"

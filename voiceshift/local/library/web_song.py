"""Songs that are fetched from the web when their cover begins."""

from __future__ import annotations

import tempfile
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs

from voiceshift.errors import CoverError
from voiceshift.local.library.downloader import Download, download
from voiceshift.local.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.local.service.fair_executor import Lane

__all__ = ["Web", "WebSong", "is_address"]


def is_address(song: str) -> bool:
    """Tell whether a song is asked for by an address of the web."""
    return song.lower().startswith(("http://", "https://"))


@attrs.frozen
class Web:
    """What may be fetched.

    Attributes:
        max_size: Largest file, in bytes.
        max_duration: Longest song, in seconds; ``None`` is no limit.
        timeout: Seconds until a song must be there; ``None`` is no limit.
        allow_private: Whether songs may come from addresses that are not public, such as those of
            this machine and its network.
    """

    max_size: int
    max_duration: float | None
    timeout: float | None
    allow_private: bool = False

    def find(self, address: str) -> WebSong:
        """Return the song at an address; it is fetched only when it is opened.

        Raises:
            CoverError: The extra ``web`` is not installed.
        """
        if find_spec("yt_dlp") is None:
            raise CoverError(
                "this service plays no addresses: that needs the package yt-dlp, installed with "
                "pip install 'voiceshift[web]'; ask for a song by its title, or for 'demo'"
            )
        return WebSong(address, self)


@attrs.define
class WebSong:
    """A song and its address.

    Attributes:
        address: Where it is, ``http`` or ``https``.
        web: What may be fetched.
        title: What it is called; before it is opened, where it comes from.
    """

    address: str
    web: Web
    title: str = attrs.field()

    @title.default
    def _host(self) -> str:
        try:
            return urlsplit(self.address).hostname or "song"
        except ValueError:
            return "song"

    @contextmanager
    def opened(self, lane: Lane) -> Iterator[Path]:
        """Fetch the song and give its file, which is deleted afterwards.

        Args:
            lane: When it is shut down, fetching ends at once.

        Raises:
            CoverError: The song could not be fetched, in words that are fit for strangers.
        """
        with tempfile.TemporaryDirectory(prefix="voiceshift-") as folder:
            self.title, path = self._fetch(Path(folder), lane)
            yield path

    def _fetch(self, folder: Path, lane: Lane) -> tuple[str, Path]:
        web = self.web
        wanted = Download(self.address, folder, web.max_size, web.max_duration, web.allow_private)
        process = WorkerPool(1)
        try:
            return lane.submit_elsewhere(process, download, wanted).result(web.timeout)
        except FutureTimeout as error:
            raise CoverError(f"the song was not fetched within {web.timeout:g} seconds") from error
        finally:
            process.shutdown(cancel_futures=True)

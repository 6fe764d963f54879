"""Songs that are fetched from the web when their cover begins."""

from __future__ import annotations

import tempfile
from concurrent.futures import CancelledError
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field, frozen

from voiceshift.errors import CoverError
from voiceshift.local.library.downloader import DownloadLimits, download
from voiceshift.local.library.titles import fit_title
from voiceshift.local.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future


def is_url(song: str) -> bool:
    """Return whether a song is asked for by its URL."""
    return song.lower().startswith(("http://", "https://"))


@frozen
class WebLibrary:
    """Finds songs by their URL.

    Attributes:
        limits: What may be fetched.
        timeout: Seconds to fetch a song; ``None`` is no limit.
    """

    limits: DownloadLimits
    timeout: float | None

    def find(self, url: str) -> WebSong:
        """Return the song at a URL, which is not fetched yet.

        Raises:
            CoverError: The extra ``web`` is not installed.
        """
        if not all(find_spec(package) for package in ("psutil", "yt_dlp")):
            raise CoverError(
                "this service cannot fetch songs from the web: that needs yt-dlp and psutil, "
                'installed with pip install "voiceshift[web]"; ask for a song by its title, or for '
                "'demo'"
            )
        return WebSong(url, self)


@define
class WebSong:
    """A song and its URL.

    Attributes:
        url: Where it is, ``http`` or ``https``.
        library: What found it.
        title: What it is called; before it is fetched, the host it comes from.
    """

    url: str
    library: WebLibrary
    title: str = field()

    @title.default
    def _host(self) -> str:
        try:
            return fit_title(urlsplit(self.url).hostname or "song")
        except ValueError:
            return "song"

    @contextmanager
    def fetched(self, cancelled: Future[Any]) -> Iterator[Path]:
        """Fetch the song and give its file, which is deleted afterwards.

        Args:
            cancelled: When it is done, fetching ends at once.

        Raises:
            CoverError: The song could not be fetched, in words that are fit for strangers.
            CancelledError: ``cancelled`` was done before the song was fetched.
        """
        with tempfile.TemporaryDirectory(prefix="voiceshift-") as folder:
            self.title, path = self._fetch(Path(folder), cancelled)
            yield path

    def _fetch(self, folder: Path, cancelled: Future[Any]) -> tuple[str, Path]:
        limits, timeout = self.library.limits, self.library.timeout
        process = WorkerPool(1)
        cancelled.add_done_callback(lambda _: process.shutdown(wait=False, cancel_futures=True))
        try:
            return process.submit(download, self.url, folder, limits).result(timeout)
        except FutureTimeout as error:
            raise CoverError(f"the song was not fetched within {timeout:g} seconds") from error
        except RuntimeError as error:  # the process was ended
            if cancelled.done():
                raise CancelledError from error
            raise
        finally:
            process.shutdown(cancel_futures=True)

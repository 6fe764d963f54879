"""Where the file of a package can be downloaded: looked up wherever the user's pip looks."""

from __future__ import annotations

import ast
import subprocess
import sys
import tempfile
from contextlib import suppress
from html.parser import HTMLParser
from http.client import HTTPException
from pathlib import Path
from ssl import create_default_context
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import (
    BaseHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    build_opener,
    url2pathname,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PackageIndex"]

TIMEOUT = 20.0
"""Seconds without a byte after which a connection is given up."""

DEFAULT_INDEX = "https://pypi.org/simple"
"""Where pip looks unless it is told otherwise."""

SECTIONS = ("global", "download", ":env:")
"""Of pip's configuration; the later overrides the earlier."""

LARGEST_PAGE = 2**24
"""Bytes of a page that are read: one names the files of one package."""


class PackageIndex:
    """The folders and simple indexes (PEP 503) that pip is set up with.

    Addresses with a user and a password in them are left to pip, which knows how to keep them.

    Attributes:
        opener: Opens addresses with the proxy and the certificates that pip is set up with.
    """

    def __init__(self) -> None:
        settings = _settings_of_pip()
        self.opener = _opener(settings)
        self._folders = settings.get("find-links", "").split()
        indexes = [settings.get("index-url", DEFAULT_INDEX), *_words(settings, "extra-index-url")]
        self._indexes = [] if "no-index" in settings else [i for i in indexes if not _has_user(i)]

    def addresses(self, project: str, name: str) -> Iterator[str]:
        """Yield where a file may be found, those on this machine first.

        Args:
            project: Name of the package, as in a simple index.
            name: The file's name.
        """
        for folder in self._folders:
            if (path := Path(folder) / name).is_file():
                yield path.resolve().as_uri()
        for index in sorted(self._indexes, key=lambda index: not index.startswith("file:")):
            yield from self._listed(f"{index.rstrip('/')}/{project}/", name)

    def _listed(self, page: str, name: str) -> Iterator[str]:
        """Yield the addresses that a page has for the file."""
        if page.startswith("file:") and Path(url2pathname(urlsplit(page).path)).is_dir():
            page += "index.html"
        try:
            with self.opener.open(page, timeout=TIMEOUT) as answer:
                text = answer.read(LARGEST_PAGE).decode(errors="replace")
                base = answer.url
        except (OSError, HTTPException, ValueError):  # not there, or no address at all
            return
        links = _Links()
        links.feed(text)
        for target in links.targets:
            with suppress(ValueError):  # no address at all
                address = urljoin(base, target).partition("#")[0]
                if unquote(address.rpartition("/")[2]) == name and not _has_user(address):
                    yield address


class _Links(HTMLParser):
    """Where the links of a page lead, as it says it."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the target of a link."""
        if tag == "a":
            self.targets.extend(value for key, value in attrs if key == "href" and value)


def _settings_of_pip() -> dict[str, str]:
    """Return pip's settings by name: of its files and of the environment."""
    with tempfile.TemporaryDirectory() as empty:  # where no file of the user's can be taken for pip
        listed = subprocess.run(
            [sys.executable, "-m", "pip", "config", "list"],
            check=False,
            cwd=empty,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in found:
            with suppress(ValueError, SyntaxError):  # pip prints the text as Python would
                found[section][name] = str(ast.literal_eval(value))
    return {name: value for each in found.values() for name, value in each.items()}


def _opener(settings: dict[str, str]) -> OpenerDirector:
    certificates = Path(settings.get("cert", ""))
    context = create_default_context(
        cafile=certificates if certificates.is_file() else None,
        capath=certificates if "cert" in settings and certificates.is_dir() else None,
    )
    handlers: list[BaseHandler] = [HTTPSHandler(context=context)]
    if proxy := settings.get("proxy"):  # else urllib takes those of the environment
        handlers.append(ProxyHandler({"http": proxy, "https": proxy}))
    return build_opener(*handlers)


def _words(settings: dict[str, str], name: str) -> list[str]:
    return settings.get(name, "").split()


def _has_user(address: str) -> bool:
    return "@" in address

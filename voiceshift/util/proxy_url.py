"""The URL of a proxy, read so that nothing of the password in it shows."""

from __future__ import annotations

from urllib.parse import SplitResult, unquote, urlsplit

from attrs import field, frozen

from voiceshift.errors import SettingsError

PORTS = {
    "http": 80,
    "socks": 1080,
    "socks4": 1080,
    "socks4a": 1080,
    "socks5": 1080,
    "socks5h": 1080,
}
"""The schemes that can be used, and their ports."""


@frozen
class Proxy:
    """A proxy.

    Attributes:
        scheme: ``http``, ``socks4``, ``socks4a``, ``socks5`` or ``socks5h``.
        host: Its host.
        port: Its port.
        source: What named it, for messages.
        username: For the proxy, decoded.
        password: Likewise.
    """

    scheme: str
    host: str
    port: int
    source: str
    username: str | None = field(repr=False)
    password: str = field(repr=False)

    @property
    def looks_names_up(self) -> bool:
        """Whether it gets the service's name, not an address."""
        return self.scheme in ("http", "socks4a", "socks5h")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port} (from {self.source})"


def parse_proxy(url: object, source: str, expected: str = "the URL of a proxy") -> Proxy:
    """Read the URL of a proxy; without a scheme it is an HTTP proxy's.

    Args:
        url: The URL.
        source: What named it.
        expected: What it must be, for the message.

    Raises:
        SettingsError: It is none, or its scheme is not supported; says nothing of what it holds.
    """
    parts = _split(url)
    if parts is None:
        raise SettingsError(
            f"{source} must be {expected}, such as http://host:3128 or socks5://host; special "
            "characters in a user name or password are written as %23 for #, %2F for /, %40 for @"
        )
    if parts.scheme not in PORTS:
        raise SettingsError(
            f"{source} must be {expected}: {parts.scheme}:// is not supported; use one of "
            f"{', '.join(f'{scheme}://' for scheme in PORTS)}"
        )
    return Proxy(
        "socks5" if parts.scheme == "socks" else parts.scheme,
        parts.hostname or "",
        parts.port or PORTS[parts.scheme],
        source,
        None if parts.username is None else unquote(parts.username),
        unquote(parts.password or ""),
    )


def _split(url: object) -> SplitResult | None:
    """Return the parts of a URL; ``None`` where it is none of a proxy."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url.strip())
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    # An @ behind the host belongs to a password with a /, a ? or a # in it.
    is_cut = "@" in parts.path + parts.query + parts.fragment
    return parts if is_whole and not is_cut else None

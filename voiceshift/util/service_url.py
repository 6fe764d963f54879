"""The URL of the service, read so that nothing shows which may be a token put there by mistake."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from voiceshift.errors import SettingsError

DEFAULT_URI = "wss://voiceshiftde.site:8765"
"""URL of the hosted service, from its documentation."""

EXAMPLE = f"it should look like {DEFAULT_URI}"

UNQUOTED = "%/:@!$&'()*+,;=?~"
"""What stays as it is in the path and query of a URL."""


def safe_url(url: str) -> str:
    """``url`` for people to see: dots stand for all that is behind the host and port."""
    parts = urlsplit(url)
    rest = "/..." if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{rest}"


def normalised_url(uri: str) -> str:
    """The URL as it goes over the network: in ASCII, its scheme and host in lower case.

    Raises:
        SettingsError: It is none of a WebSocket; of what it holds only scheme and host are shown.
    """
    if not isinstance(uri, str):
        raise SettingsError(f"uri must be a string, not {type(uri).__name__}")
    parts = _split(uri)
    if parts.username is not None or parts.password is not None:
        raise SettingsError("uri must not hold a user name or password; the token goes in `token`")
    if parts.scheme not in ("wss", "ws") or not uri[len(parts.scheme) :].startswith("://"):
        raise SettingsError(f"uri must begin with wss:// or ws://{_not(parts)}; {EXAMPLE}")
    if not parts.hostname or parts.port == 0 or not uri.isprintable() or " " in uri:
        raise SettingsError(f"uri is not a WebSocket URL; {EXAMPLE}")
    if parts.fragment:
        raise SettingsError(f"uri must not have a part behind a #{_not(parts)}; {EXAMPLE}")
    if uri.isascii():
        return f"{parts.scheme}{uri[len(parts.scheme) :]}"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else _in_punycode(parts.hostname)
    return urlunsplit(
        parts._replace(
            netloc=host if parts.port is None else f"{host}:{parts.port}",
            path=quote(parts.path, safe=UNQUOTED),
            query=quote(parts.query, safe=UNQUOTED),
        )
    )


def _split(uri: str) -> SplitResult:
    with suppress(ValueError):  # its text has what stands in the port's place, such as a token
        parts = urlsplit(uri)
        _ = parts.port
        return parts
    raise SettingsError(
        f"uri is not a WebSocket URL: its port must be a number up to 65535; {EXAMPLE}"
    )


def _not(parts: SplitResult) -> str:
    """Scheme and host of a wrong URL; what has no host may be anything, a token too."""
    return f", not {parts.scheme}://{parts.hostname}" if parts.scheme and parts.hostname else ""


def _in_punycode(host: str) -> str:
    """A host name as name servers have it (RFC 3490)."""
    try:
        name = host.encode("idna")
        is_same = name.decode("idna") == host
    except UnicodeError as error:
        raise SettingsError(f"uri has no host name: {host!r} ({error})") from None
    if not is_same:
        raise SettingsError(
            f"the host {host!r} in uri is read differently by different programs; write it in "
            "punycode, xn--..."
        )
    return name.decode()

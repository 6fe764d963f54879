"""No web page is a client, unless the owner says so.

A page in a browser of this machine reaches what listens here, whatever site it comes from. It
cannot hide that: browsers send its origin with every request for a WebSocket. Where only this
machine is served, the request must name this machine, too: a site can let its own name lead here.
For the same reason the service's own page is let in where it was opened by an address, or as
``localhost``: under any other name it might be a site's.
"""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voiceshift.errors import SettingsError
from voiceshift.settings import is_loopback
from voiceshift.util.logs import SafeLogger
from voiceshift.util.text import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from websockets.http11 import Request, Response
    from websockets.sync.server import ServerConnection

logger = SafeLogger("voiceshift.local")


def parse_origins(origins: Iterable[str]) -> frozenset[str]:
    """The origins of web pages as browsers send them.

    Raises:
        SettingsError: One is no origin, such as one with a path.
    """
    return frozenset(_parse_origin(origin) for origin in origins)


def page_guard(
    origins: frozenset[str], host: str, page_scheme: str | None = None
) -> Callable[[ServerConnection, Request], Response | None]:
    """What looks at each request, and refuses it with status 403 or lets it pass.

    Args:
        origins: Those of the pages that are allowed.
        host: Where the service listens.
        page_scheme: ``http`` or ``https``, where the service has a page of its own.
    """
    names = {_host_name(origin) for origin in origins}

    def check(connection: ServerConnection, request: Request) -> Response | None:
        hosts = request.headers.get_all("Host")
        own = {f"{page_scheme}://{header.lower()}" for header in hosts if _is_address(header)}
        allowed = origins | own if page_scheme else origins
        for origin in request.headers.get_all("Origin"):
            if origin.lower() not in allowed:
                return refuse(connection, f"a web page of {quoted(origin)}", "its origin")
        for header in (hosts or [""]) if is_loopback(host) else ():
            name = _requested_host(header)
            if not is_loopback(name) and name not in names:
                return refuse(
                    connection, f"a request for the host {quoted(header)}", "http:// and the host"
                )
        return None

    def refuse(connection: ServerConnection, what: str, origin: str) -> Response:
        logger.warning(
            "refused %s; --allow-origin (allow_origins of a Server) with %s allows it", what, origin
        )
        return connection.respond(HTTPStatus.FORBIDDEN, f"this service refuses {what}\n")

    return check


def _parse_origin(origin: str) -> str:
    text = origin.lower().removesuffix("/")
    try:
        parts = urlsplit(text)
        is_origin = (
            parts.hostname and "@" not in text and text == f"{parts.scheme}://{parts.netloc}"
        )
    except ValueError:
        is_origin = False
    if not is_origin:
        raise SettingsError(
            f"{quoted(origin)} is not the origin of a web page; it should look like "
            "https://example.com or http://localhost:8000"
        )
    return text


def _is_address(host: str) -> bool:
    """Whether a ``Host`` is no name that somebody could own."""
    name = _requested_host(host)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return is_loopback(name)
    return True


def _requested_host(header: str) -> str:
    """The host in a ``Host`` header; none in what has more than a host and a port."""
    return "" if set(header) & set("@/?#") else _host_name(f"//{header}")


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # such as a bracket that does not close
        return ""

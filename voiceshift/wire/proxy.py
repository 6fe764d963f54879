"""The proxy between this machine and the service: which one, and how to get through it."""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

from voiceshift.errors import ConnectError, SettingsError, VoiceShiftError
from voiceshift.settings import is_loopback
from voiceshift.util.proxy_url import Proxy, parse_proxy
from voiceshift.util.text import one_line
from voiceshift.wire.http_answer import read_answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from typing_extensions import Self

    from voiceshift.settings import Settings

HINTS = {
    407: " (it wants a user name and password: http://user:password@host)",
    502: " (it cannot reach the service)",
    503: " (it cannot reach the service now)",
    504: " (the service does not answer it)",
}
"""What some answers of an HTTP proxy mean."""


def find_proxy(settings: Settings) -> Proxy | None:
    """Return the proxy to use, where there is one: never one for this machine itself.

    Raises:
        SettingsError: What the environment names is no proxy that can be used, or a package for
            it is not installed.
    """
    if settings.proxy is None or is_loopback(settings.host):
        return None
    proxy = (
        _of_the_environment(settings)
        if settings.proxy == "env"
        else parse_proxy(settings.proxy, "the setting proxy")
    )
    if proxy is not None and proxy.scheme != "http":
        _import_socks()
    return proxy


def _of_the_environment(settings: Settings) -> Proxy | None:
    from urllib.request import getproxies, proxy_bypass

    found = getproxies()
    kinds = ("https" if settings.is_tls else "http", "all")
    kind = next((kind for kind in kinds if found.get(kind)), None)
    authority = f"{_bracketed(settings.host)}:{settings.port}"
    if kind is None or proxy_bypass(authority) or _is_exception(found.get("no", ""), settings):
        return None
    url = found[kind]
    return parse_proxy(url if "://" in url else f"http://{url}", _source(kind, url))


def _import_socks() -> Any:
    """Return the class, the kinds and the error of python-socks.

    Raises:
        SettingsError: It is not there, or too old to take a connection that is open.
    """
    import inspect

    try:
        from python_socks import ProxyError, ProxyType
        from python_socks.sync import Proxy as Socks

        is_new = "forward" in inspect.signature(Socks).parameters
    except ImportError:
        is_new = False
    if not is_new:
        raise SettingsError('a SOCKS proxy needs one more package: pip install "python-socks>=3"')
    return Socks, ProxyType, ProxyError


@frozen
class Tunnel:
    """What a stream to a proxy becomes: a stream to the service.

    python-socks gets it in place of a proxy before the proxy, since a stream that it opens itself
    could neither be cancelled nor be given up in time.

    Attributes:
        stream: To the proxy.
        proxy: The proxy.
        host: The service's host, or its address.
        port: The service's port.
        remaining: Seconds that are left; asked again and again.
    """

    stream: socket.socket
    proxy: Proxy
    host: str
    port: int
    remaining: Callable[[], float | None]

    def open(self) -> None:
        """Ask the proxy to pass on to the service all that the stream carries from now on.

        Raises:
            ConnectError: It refuses, or is none.
            TimeoutError: It does not answer in time.
        """
        (self._ask_http if self.proxy.scheme == "http" else self._ask_socks)()

    def connect(self, **_: object) -> Self:
        """Return this as the stream to the proxy: it is open."""
        return self

    def sendall(self, data: bytes) -> None:
        """Send in what is left of the time."""
        self.stream.settimeout(self.remaining())
        self.stream.sendall(data)

    def recv(self, size: int) -> bytes:
        """Receive in what is left of the time."""
        self.stream.settimeout(self.remaining())
        return self.stream.recv(size)

    def close(self) -> None:
        """Leave the stream to who opened it."""

    def _ask_http(self) -> None:
        """RFC 9110 section 9.3.6."""
        target = f"{_bracketed(self.host)}:{self.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.proxy.username is not None:
            login = f"{self.proxy.username}:{self.proxy.password}".encode()
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login).decode()}")
        try:
            self.sendall("\r\n".join([*lines, "", ""]).encode())
            status = read_answer(self.stream, self.remaining).status
        except (VoiceShiftError, TimeoutError):
            raise
        except (OSError, ValueError) as error:
            raise ConnectError(
                f"the proxy {self.proxy.host} did not answer as a proxy; it is {self.proxy}"
            ) from error
        if not 200 <= status < 300:
            raise _refused(self.proxy, f"with HTTP status {status}{HINTS.get(status, '')}", status)

    def _ask_socks(self) -> None:
        connector, kinds, error_class = _import_socks()
        socks = connector(
            kinds.SOCKS4 if self.proxy.scheme.startswith("socks4") else kinds.SOCKS5,
            self.proxy.host,
            self.proxy.port,
            self.proxy.username,
            None if self.proxy.username is None else self.proxy.password,
            rdns=self.proxy.looks_names_up,
            forward=self,
        )
        try:
            socks.connect(self.host, self.port)
        except (VoiceShiftError, TimeoutError):
            raise
        except (OSError, ValueError, error_class) as error:
            raise _refused(self.proxy, f"({one_line(str(error))})") from error


def _refused(proxy: Proxy, how: str, status: int | None = None) -> ConnectError:
    return ConnectError(
        f"the proxy {proxy.host} refused the connection {how}; it is {proxy}", status=status
    )


def _source(kind: str, url: str) -> str:
    """Return what names a proxy that is found: the variable, whose name may be in any case."""
    names = (name for name, value in os.environ.items() if value == url)
    variable = next((name for name in names if name.lower() == f"{kind}_proxy"), None)
    return variable or "the system's settings"


def _is_exception(exceptions: str, settings: Settings) -> bool:
    """Whether ``NO_PROXY`` names the host, alone or with its port."""
    port, host = f":{settings.port}", settings.host.rstrip(".")
    return any(
        _names(entry, host) or (entry.endswith(port) and _names(entry.removesuffix(port), host))
        for entry in exceptions.lower().replace(",", " ").split()
    )


def _names(entry: str, host: str) -> bool:
    """Whether an entry is the host, a domain around it, or a network with it."""
    try:
        network = ipaddress.ip_network(re.sub(r"[][]", "", entry), strict=False)
        return ipaddress.ip_address(host) in network
    except ValueError:
        return entry == "*" or f".{host}".endswith(f".{_in_ascii(entry.strip('*.'))}")


def _in_ascii(name: str) -> str:
    """Return a host name in punycode, as the host's own is; what is none stays as it is."""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return name


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

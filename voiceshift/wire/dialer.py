"""A connected stream to the service: name lookup, proxy and TLS under one deadline.

websocket-client could dial too, but its timeout starts again for each step and address, and its
socket cannot be reached until all are done. Here another thread may cancel at any moment.
"""

from __future__ import annotations

import base64
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from voiceshift.errors import ConnectError, SettingsError
from voiceshift.settings import is_loopback
from voiceshift.util.sockets import abort

if TYPE_CHECKING:
    from voiceshift.settings import Settings
    from voiceshift.util.deadline import Deadline

__all__ = ["Dialer", "find_addresses", "find_proxy"]

PROXY_PORTS = {"http": 80, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
MAX_PROXY_ANSWER = 64 * 1024
"""Bytes of a proxy's answer that are read."""


class Dialer:
    """Dials once; :meth:`cancel` from any thread ends it.

    Args:
        settings: ``uri``, ``proxy`` and ``ssl_context`` are used.
        deadline: When to give up.
    """

    def __init__(self, settings: Settings, deadline: Deadline) -> None:
        self._settings = settings
        self._deadline = deadline
        self._stream: socket.socket | None = None
        self._cancelled = False

    def dial(self) -> socket.socket:
        """A stream to the service, its timeout set to what is left of the deadline.

        Raises:
            ConnectError: The host is unknown, refuses, or fails to prove its identity; or the
                proxy does.
            DeadlineExceeded: The deadline passed.
            SettingsError: The proxy needs a package that is not installed.
        """
        try:
            stream = (
                self._through_proxy(proxy)
                if (proxy := find_proxy(self._settings))
                else self._direct()
            )
            if self._settings.is_tls:
                stream = self._wrap_tls(stream)
            stream.settimeout(self._remaining())
        except TimeoutError as error:
            raise self._deadline.exceeded() from error
        return stream

    def cancel(self) -> None:
        """End the dialing, wherever it is, or the stream; from any thread.

        The stream is only shut down here, and closed by the thread that dialed.
        """
        self._cancelled = True
        if self._stream is not None:
            abort(self._stream)

    def close(self) -> None:
        """Close the stream; for the thread that dialed."""
        if self._stream is not None:
            abort(self._stream)
            self._stream.close()

    def _remaining(self) -> float | None:
        remaining = self._deadline.remaining()
        if remaining == 0:
            raise TimeoutError
        return remaining

    def _direct(self) -> socket.socket:
        return self._connect(self._settings.host, self._settings.port)

    def _connect(self, host: str, port: int) -> socket.socket:
        """A TCP connection to the first address of ``host`` that takes one."""
        failure: OSError | None = None
        for family, kind, protocol, _, address in find_addresses(host, port):
            self._adopt(socket.socket(family, kind, protocol))
            assert self._stream is not None
            try:
                self._stream.settimeout(self._remaining())
                self._stream.connect(address)
            except OSError as error:
                self._stream.close()
                failure = error
            else:
                self._stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._stream
        if isinstance(failure, TimeoutError):
            raise failure
        raise ConnectError(
            f"{host}:{port} does not take connections ({failure}); is the service running there?"
        ) from failure

    def _adopt(self, stream: socket.socket) -> None:
        """Make ``stream`` the one that :meth:`cancel` ends."""
        self._stream = stream
        if self._cancelled:  # just now: cancel() did not see this stream
            raise ConnectError("the connecting was cancelled")

    def _wrap_tls(self, stream: socket.socket) -> socket.socket:
        import ssl

        stream.settimeout(self._remaining())
        context = self._settings.ssl_context or ssl.create_default_context()
        try:
            wrapped = context.wrap_socket(
                stream, server_hostname=self._settings.host, do_handshake_on_connect=False
            )
            self._adopt(wrapped)
            wrapped.do_handshake()
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise ConnectError(_tls_failure(self._settings.uri, error)) from error
        return wrapped

    def _through_proxy(self, proxy: SplitResult) -> socket.socket:
        if proxy.scheme not in PROXY_PORTS or not proxy.hostname:
            raise SettingsError(
                f"a {proxy.scheme}:// proxy is not supported; use one of {', '.join(PROXY_PORTS)}"
            )
        if proxy.scheme != "http":
            return self._through_socks(proxy)
        stream = self._connect(proxy.hostname, proxy.port or PROXY_PORTS[proxy.scheme])
        self._tunnel(stream, proxy)
        return stream

    def _tunnel(self, stream: socket.socket, proxy: SplitResult) -> None:
        """Ask an HTTP proxy for a tunnel (RFC 9110 section 9.3.6)."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        target = f"{host}:{self._settings.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.username is not None:
            login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode()}")
        try:
            stream.sendall("\r\n".join([*lines, "", ""]).encode())
            answer = b""
            while not answer.endswith(b"\r\n\r\n") and len(answer) < MAX_PROXY_ANSWER:
                stream.settimeout(self._remaining())
                # Byte by byte, since what follows the answer belongs to the service.
                if not (byte := stream.recv(1)):
                    break
                answer += byte
            status = int(answer.split(b" ", 2)[1])
        except TimeoutError:
            raise
        except (OSError, ValueError, IndexError) as error:
            raise ConnectError(f"the proxy {proxy.hostname} did not answer as a proxy") from error
        if not 200 <= status < 300:
            raise ConnectError(
                f"the proxy {proxy.hostname} refused the connection with HTTP status {status}",
                status=status,
            )

    def _through_socks(self, proxy: SplitResult) -> socket.socket:
        try:
            from python_socks import ProxyError, ProxyTimeoutError
            from python_socks.sync import Proxy
        except ImportError as error:
            raise SettingsError(
                "a SOCKS proxy needs one more package: pip install python-socks"
            ) from error
        # socks5h is curl's name for socks5 with the name looked up by the proxy.
        url = proxy._replace(scheme=proxy.scheme.removesuffix("h")).geturl()
        dialer = Proxy.from_url(url, rdns=proxy.scheme == "socks5h")
        try:
            stream: socket.socket = dialer.connect(
                self._settings.host, self._settings.port, timeout=self._remaining()
            )
        except ProxyTimeoutError as error:
            raise TimeoutError from error
        except (OSError, ProxyError) as error:
            raise ConnectError(f"the proxy {proxy.hostname} refused the connection") from error
        self._adopt(stream)
        return stream


def find_addresses(host: str, port: int) -> list[tuple[Any, ...]]:
    """The addresses of a host, as :func:`socket.getaddrinfo` has them.

    Raises:
        ConnectError: It has none that can be found.
    """
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        raise ConnectError(
            f"cannot find the host {host}; is the URL right, and is there a network?"
        ) from error


def find_proxy(settings: Settings) -> SplitResult | None:
    """The proxy to use, where there is one: never one for this machine itself."""
    proxy, host = settings.proxy, settings.host
    if proxy is None or is_loopback(host):
        return None
    if proxy == "env":
        from urllib.request import getproxies, proxy_bypass

        found = getproxies()
        scheme = "https" if settings.is_tls else "http"
        proxy = found.get(scheme) or found.get("all")
        if not proxy or proxy_bypass(host):
            return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")


def _tls_failure(uri: str, error: Exception) -> str:
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{uri} could not prove its identity: {error.verify_message}"
    return f"{uri} did not answer with TLS ({error}); is it a ws:// URL?"

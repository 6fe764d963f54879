"""A connected stream to the service: name lookup, proxy and TLS under one deadline.

websocket-client could dial too, but its timeout starts again for each step and address, and its
socket cannot be reached until all are done. Here another thread may cancel at any moment.
"""

from __future__ import annotations

import errno
import socket
from operator import itemgetter
from typing import TYPE_CHECKING

from voiceshift.errors import ConnectError, VoiceShiftError
from voiceshift.util.sockets import abort
from voiceshift.wire import happy_eyeballs
from voiceshift.wire.proxy import Tunnel, find_proxy

if TYPE_CHECKING:
    from voiceshift.settings import Settings
    from voiceshift.util.deadline import Deadline
    from voiceshift.util.proxy_url import Proxy

ADVICE = {
    errno.ECONNREFUSED: "is it running there?",
    errno.EACCES: "a firewall or a sandbox may forbid it",
    errno.EPERM: "a firewall or a sandbox may forbid it",
    errno.EADDRNOTAVAIL: "are host and port right?",
    errno.EAFNOSUPPORT: "this machine has no such network",
}
"""What to do where a connection fails."""


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
            SettingsError: The proxy is none or needs a package that is not installed, or this
                machine's TLS cannot be used.
        """
        proxy = find_proxy(self._settings)
        try:
            stream = self._through(proxy) if proxy else self._direct()
            if self._settings.is_tls:
                stream = self._wrap_tls(stream)
        except VoiceShiftError:
            raise
        except TimeoutError as error:
            raise self._deadline.exceeded() from error
        stream.settimeout(self._remaining())
        return stream

    def find(self) -> tuple[str, list[happy_eyeballs.Address]]:
        """The host that is connected to, the service's or the proxy's, and its addresses.

        Raises:
            ConnectError: It has none that can be found.
            DeadlineExceeded: The deadline passed.
            SettingsError: The proxy is none.
        """
        proxy = find_proxy(self._settings)
        target = proxy or self._settings
        return target.host, self._addresses(target.host, target.port, proxy)

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
        """Seconds that are left of the dialing, at whose end this raises."""
        if self._cancelled:
            raise ConnectError("the connecting was cancelled")
        remaining = self._deadline.remaining()
        if remaining == 0:
            raise self._deadline.exceeded()
        return remaining

    def _direct(self) -> socket.socket:
        return self._connect(self._settings.host, self._settings.port)

    def _through(self, proxy: Proxy) -> socket.socket:
        host, port = self._settings.host, self._settings.port
        if not proxy.looks_names_up:  # IPv4 first, which more of these proxies have
            _, (host, *_) = min(self._addresses(host, port), key=itemgetter(0))
        stream = self._connect(proxy.host, proxy.port, proxy)
        Tunnel(stream, proxy, host, port, self._remaining).open()
        return stream

    def _connect(self, host: str, port: int, proxy: Proxy | None = None) -> socket.socket:
        """A TCP connection to the service or to the proxy."""
        addresses = self._addresses(host, port, proxy)
        try:
            stream = happy_eyeballs.connect(addresses, self._remaining)
        except VoiceShiftError:
            raise
        except OSError as error:
            name = f"the proxy {proxy}" if proxy else f"{host}:{port}"
            advice = ADVICE.get(error.errno or 0, "is there a network?")
            raise ConnectError(f"{name} does not take connections ({error}); {advice}") from error
        self._adopt(stream)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return stream

    def _addresses(
        self, host: str, port: int, proxy: Proxy | None = None
    ) -> list[happy_eyeballs.Address]:
        try:
            return happy_eyeballs.resolve(host, port, self._remaining)
        except VoiceShiftError:
            raise
        except (OSError, UnicodeError) as error:
            advice = "is the URL right, and is there a network?"
            if proxy:
                advice = f"it is that of the proxy {proxy}"
            raise ConnectError(f"cannot find the host {host}; {advice}") from error

    def _adopt(self, stream: socket.socket) -> None:
        """Make ``stream`` the one that :meth:`cancel` ends."""
        self._stream = stream
        self._remaining()  # cancel() may not have seen this stream

    def _wrap_tls(self, stream: socket.socket) -> socket.socket:
        from voiceshift.wire.tls import default_context, tls_failure

        context = self._settings.ssl_context or default_context()
        try:
            stream.settimeout(self._remaining())
            wrapped = context.wrap_socket(
                stream, server_hostname=self._settings.host, do_handshake_on_connect=False
            )
            self._adopt(wrapped)
            wrapped.do_handshake()
        except (VoiceShiftError, TimeoutError):
            raise
        except (OSError, ValueError) as error:
            raise tls_failure(self._settings, error) from error
        return wrapped

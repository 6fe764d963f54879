"""What ``voiceshift doctor`` looks at for covers by a service."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from voiceshift.cli.checks import Check, check
from voiceshift.client import Client
from voiceshift.errors import ConnectTimeout
from voiceshift.settings import Settings
from voiceshift.util.deadline import Deadline
from voiceshift.wire.dialer import Dialer
from voiceshift.wire.proxy import find_proxy

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    from voiceshift.settings import Secret


def examine(settings: Settings, uri: str | None, token: Secret | None) -> Iterator[Check]:
    """Check everything in the order in which a cover needs it.

    What cannot be checked because of an earlier problem is left out.

    Args:
        settings: What counts.
        uri: The URL that the command line gives, if it does.
        token: The token that it gives, if it does.
    """
    yield Check("URL", settings.address)
    yield check("token", partial(_token, uri, token))
    yield from _network(settings)


def _token(uri: str | None, token: Secret | None) -> str:
    Settings.load(uri=uri, token=token)
    return "there is one"


def _network(settings: Settings) -> Iterator[Check]:
    steps: list[tuple[str, Callable[[Settings], str]]] = [
        ("proxy", _proxy),
        ("DNS", _dns),
        ("connection", _connection),
        ("authentication", _authentication),
    ]
    for name, look in steps:
        if name == "authentication" and settings.token is None:
            return
        found = check(name, partial(look, settings))
        yield found
        if found.error is not None:
            return


def _proxy(settings: Settings) -> str:
    proxy = find_proxy(settings)
    return str(proxy) if proxy else "none is used"


def _dns(settings: Settings) -> str:
    host, addresses = _dialer(settings).find()
    return f"{host} is {', '.join(sorted(str(address[0]) for _, address in addresses))}"


def _connection(settings: Settings) -> str:
    dialer = _dialer(settings)
    try:
        return _encryption(dialer.dial())
    finally:
        dialer.close()


def _dialer(settings: Settings) -> Dialer:
    seconds = settings.connect_timeout
    return Dialer(settings, Deadline(seconds, ConnectTimeout, f"connection to {settings.address}"))


def _encryption(stream: socket.socket) -> str:
    import ssl

    if not isinstance(stream, ssl.SSLSocket):
        return "open, not encrypted"
    certificate = stream.getpeercert() or {}
    return f"open, {stream.version()}, certificate valid until {certificate.get('notAfter')}"


def _authentication(settings: Settings) -> str:
    assert settings.token is not None
    with Client(settings.uri, settings.token, connect_attempts=1) as client:
        client.authenticate()
    return "the service took the token"

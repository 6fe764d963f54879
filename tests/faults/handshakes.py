"""What can answer at an address in place of the service: other servers, and wrong TLS."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import trustme

from tests.faults.fault import Fault, Outcome, scripted
from tests.support.certificates import AUTHORITY, server_tls
from voiceshift import ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.steps import Injection
    from tests.support.raw_service import Peer
    from voiceshift.testing.script import Turn

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def speak_first(data: bytes) -> Injection:
    """Wait for nothing."""
    return lambda peer, _: peer.send(data)


def speak_tls(tls: Callable[[], ssl.SSLContext]) -> Injection:
    """Expect TLS, and answer with these certificates."""

    def shake_hands(peer: Peer, _: Turn) -> None:
        peer.stream = tls().wrap_socket(peer.stream, server_side=True)

    return shake_hands


def expired() -> ssl.SSLContext:
    """A certificate of the right name and authority that was good for a day, long ago."""
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    end = begin + dt.timedelta(days=1)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("localhost", not_before=begin, not_after=end).configure_cert(context)
    return context


def unknown_authority() -> ssl.SSLContext:
    """A certificate of the right name, issued by somebody the client has never heard of."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    return context


def self_signed() -> ssl.SSLContext:
    """A certificate that nobody vouches for but itself: that of an authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.cert_pem.tempfile() as certificate, authority.private_key_pem.tempfile() as key:
        context.load_cert_chain(certificate, key)
    return context


def answer(name: str, status: int | None = None) -> Fault:
    """What answers in place of the service, with an HTTP status or without."""
    return scripted(name, connecting=Outcome(ConnectError, status=status))


def untrusted(name: str, tls: Callable[[], ssl.SSLContext]) -> Fault:
    """A server that cannot prove who it is."""
    return Fault(name, speak_tls(tls), connecting=Outcome(ConnectError), in_place_of_tls=True)


FAULTS = [
    *(answer(f"http-{status}", status) for status in (401, 403, 404, 429, 503, 302)),
    answer("web-page", 200),
    answer("other-protocol"),
    untrusted("a certificate of another name", lambda: server_tls("another.invalid")),
    untrusted("a certificate that has expired", expired),
    untrusted("a certificate of an unknown authority", unknown_authority),
    untrusted("a self-signed certificate", self_signed),
    Fault(
        "a `wss://` address of a server without TLS",
        speak_first(BAD_REQUEST),
        connecting=Outcome(ConnectError),
        in_place_of_tls=True,
    ),
    Fault(
        "a `ws://` address of a server with TLS",
        speak_tls(server_tls),
        connecting=Outcome(ConnectError),
    ),
]

"""What can answer at an address in place of the service: other servers, and wrong TLS."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import trustme

from tests.certificates import AUTHORITY, server_tls
from tests.faults.fault import Fault, Outcome
from voiceshift import ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.steps import Moment, Strike

__all__ = ["FAULTS"]

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
BANNER = b"SSH-2.0-a_server\r\n"


def answer(data: bytes) -> Strike:
    """Hear the opening handshake out, and answer with these bytes."""

    def hear_and_answer(moment: Moment) -> None:
        moment.due()
        moment.peer.send(data)

    return hear_and_answer


def speak_first(data: bytes) -> Strike:
    """Wait for nothing."""
    return lambda moment: moment.peer.send(data)


def speak_tls(tls: Callable[[], ssl.SSLContext]) -> Strike:
    """Expect TLS, and answer with these certificates."""

    def shake_hands(moment: Moment) -> None:
        moment.peer.stream = tls().wrap_socket(moment.peer.stream, server_side=True)

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


def status(number: int, words: str, headers: str = "") -> Fault:
    """An answer with an HTTP status."""
    head = f"HTTP/1.1 {number} {words}\r\n{headers}Content-Length: 0\r\n\r\n"
    return Fault(
        f"HTTP status {number} ({words}) in place of a WebSocket",
        answer(head.encode()),
        connecting=Outcome(ConnectError, status=number),
    )


def untrusted(name: str, tls: Callable[[], ssl.SSLContext]) -> Fault:
    """A server that cannot prove who it is."""
    return Fault(name, speak_tls(tls), connecting=Outcome(ConnectError), in_place_of_tls=True)


FAULTS = [
    status(401, "Unauthorized"),
    status(403, "Forbidden"),
    status(404, "Not Found"),
    status(503, "Service Unavailable"),
    status(302, "Found", "Location: ws://127.0.0.1:9/\r\n"),
    Fault(
        "a web server that knows no WebSocket",
        answer(PAGE),
        connecting=Outcome(ConnectError, status=200),
    ),
    Fault(
        "a server of another protocol, such as SSH",
        speak_first(BANNER),
        connecting=Outcome(ConnectError),
    ),
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

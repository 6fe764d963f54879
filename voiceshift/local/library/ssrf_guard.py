"""A guard against server-side request forgery: a process connects to public addresses only.

A service that fetches the URLs of strangers can be made to fetch what only it can reach: the
router's page, a database, the metadata of a cloud machine. A host name proves nothing, since it may
lead to any address, and to another one a moment later; so the guard checks each connection when it
is made, also after redirects.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from typing import Any

__all__ = ["is_public", "refuse_private_addresses", "was_refused"]

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # to IPv4 by NAT64, RFC 6052

was_refused = threading.Event()
"""Set when the guard has refused a connection."""


def is_public(host: str) -> bool:
    """Return whether an IP address belongs to the public internet.

    An IPv6 address that stands for an IPv4 address is judged by that. Host names are not public.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        address = inner or address
    return address.is_global and not address.is_multicast


def refuse_private_addresses() -> None:
    """Let this process connect to public addresses only, from now on and for good."""
    sys.addaudithook(_check)


def _check(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    # Anything but a tuple is no internet address: a socket in the file system, for example.
    if not (isinstance(address, tuple) and is_public(str(address[0]))):
        was_refused.set()
        raise PermissionError("not a public address")

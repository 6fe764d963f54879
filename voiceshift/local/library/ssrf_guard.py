"""Which addresses of the network are public, and a guard that lets a process connect to no others.

A service that fetches what strangers name can be made to fetch what only it can reach: the router's
page, a database, the data of a cloud machine. A name says nothing, since it may lead anywhere, and
elsewhere the next moment; so the guard looks at each connection when it is made, also after
redirects.
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
    """Tell whether an IP address is one of the public internet.

    An address of IPv6 that stands for one of IPv4 is judged by that. Names are not public.

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
    # Anything but a tuple is no address of the internet: a socket in the file system, for example.
    if not (isinstance(address, tuple) and is_public(str(address[0]))):
        was_refused.set()
        raise PermissionError("not a public address")

"""A guard against server-side request forgery: a process connects to public addresses only.

A service that fetches the URLs of strangers can be made to fetch what only it can reach: the
router's page, a database, the metadata of a cloud machine. A host name proves nothing, since it may
lead to any address, and to another one a moment later; so the guard checks each connection when it
is made, also after redirects. What is behind a firewall may have public addresses, too: those of
this machine and of its networks are refused as well.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]  # noqa: UP007 - evaluated on 3.10
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]  # noqa: UP007 - likewise

# The registries of special-purpose addresses (IANA, RFC 6890), and not what the interpreter says:
# versions of Python differ in it. What does not lead to one machine of the internet is not public.
_IPV4 = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/3
"""
# All but 2000::/3, and from that what is for protocols, for tunnels and for documentation.
_IPV6 = "::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 3fff::/20"
# Inside a cloud they lead to its own services: of Azure, and of IBM. Others are in the lists above.
_CLOUDS = "168.63.129.16/32 161.26.0.0/16 166.8.0.0/14"

_NOT_PUBLIC = [ipaddress.ip_network(text) for text in f"{_IPV4} {_IPV6} {_CLOUDS}".split()]

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # to IPv4 by NAT64, RFC 6052

MAX_IPV6_PREFIX = 64
"""Of a network that machines are in, RFC 4291: an address may come without its network's length."""

was_refused = threading.Event()
"""Set when the guard has refused a connection."""


def is_public(host: str, own: Iterable[Network] = ()) -> bool:
    """Return whether an IP address belongs to the public internet.

    An IPv6 address that stands for an IPv4 address is judged by that. Host names are not public.

    Args:
        host: The address.
        own: Networks whose addresses are not public for this machine.

    >>> is_public("93.184.216.34"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    inner = _inner(address)
    return not (
        any(inner in network for network in _NOT_PUBLIC)
        or any(inner in network or address in network for network in own)
    )


def own_networks() -> list[Network]:
    """Return this machine's addresses, with the networks that they are in."""
    import psutil

    networks = []
    for addresses in psutil.net_if_addrs().values():
        for entry in addresses:
            networks += _networks(entry.address, entry.netmask)
            networks += _networks(entry.ptp, None)  # the other end of a tunnel
    return networks


def refuse_private_addresses() -> None:
    """Let this process connect to public addresses only, from now on and for good."""
    own = own_networks()

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "socket.connect":
            return
        address = arguments[1]
        # Anything but a tuple is no internet address: a socket in the file system, for example.
        if not (isinstance(address, tuple) and is_public(str(address[0]), own)):
            was_refused.set()
            raise PermissionError("not a public address")

    sys.addaudithook(check)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, or else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _networks(text: str | None, mask: str | None) -> list[Network]:
    """The network of an address; none for what is no IP address, such as that of a network card."""
    try:
        address = ipaddress.ip_address(text or "")
        length = f"{int(ipaddress.ip_address(mask)):b}".count("1") if mask else 0
    except ValueError:
        return []
    length = length or address.max_prefixlen  # without a mask, or of all addresses: it alone
    if address.version == 6:
        length = min(length, MAX_IPV6_PREFIX)
    return [ipaddress.ip_network(f"{str(address).partition('%')[0]}/{length}", strict=False)]

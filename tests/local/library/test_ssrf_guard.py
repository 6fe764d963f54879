"""Which addresses are public, and that nothing else can be connected to under the guard."""

from __future__ import annotations

import socket

import pytest

from tests.support.processes import run_python
from voiceshift.local.library.ssrf_guard import is_public


@pytest.mark.parametrize(
    "host", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses(host: str) -> None:
    """Of IPv4, of IPv6, and of the one inside the other."""
    assert is_public(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "localhost",
        "example.com",
        "0x7f.1",
        "",
    ],
)
def test_other_addresses(host: str) -> None:
    """Of this machine, of private networks, of many at once, in disguise; and names."""
    assert not is_public(host)


GUARDED = """
import socket, sys
from voiceshift.local.library.ssrf_guard import refuse_private_addresses, was_refused
refuse_private_addresses()
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])))
except OSError as error:
    sys.stdout.write(f"{error} {was_refused.is_set()}")
"""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_guard_looks_at_what_a_name_leads_to(name: str) -> None:
    """Nothing arrives where it would have connected to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        port = server.getsockname()[1]
        assert run_python(GUARDED, name, str(port)) == "not a public address True"
        with pytest.raises(TimeoutError):
            server.accept()


def test_this_process_is_not_guarded() -> None:
    """The guard is for the process that asks for it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        server.accept()[0].close()

"""Which addresses are public, and that nothing else can be connected to under the guard."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import sys
from importlib.util import find_spec
from ipaddress import ip_address

import pytest

from tests.support.processes import run_python
from tests.support.tools import needs_tool
from voiceshift.local.library.ssrf_guard import is_public, own_networks

needs_psutil = needs_tool("psutil, which the extra `web` brings,", find_spec("psutil"))


@pytest.mark.parametrize(
    "host",
    [
        "93.184.216.34",
        "8.8.8.8",
        "172.32.0.1",
        "192.0.1.1",
        "168.63.129.17",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
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
        "64:ff9b:1::808:808",
        "::127.0.0.1",
        "::8.8.8.8",
        "fec0::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "192.0.0.8",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "240.0.0.1",
        "168.63.129.16",
        "::ffff:168.63.129.16",
        "64:ff9b::a83f:8110",
        "166.9.1.1",
        "100.100.100.200",
        "fd00:ec2::254",
        "localhost",
        "example.com",
        "0x7f.1",
        "",
    ],
)
def test_other_addresses(host: str) -> None:
    """Of this machine, of private networks and clouds, of many at once, in disguise; and names."""
    assert not is_public(host)


@needs_psutil
def test_this_machine_knows_its_own_addresses() -> None:
    """At least the one that leads back to it."""
    assert any(ip_address("127.0.0.1") in network for network in own_networks())


# In a network of its own, where this machine has public addresses: 8.8.4.4 and 2606:4700::1111,
# on networks with others.
OWN_PUBLIC_ADDRESSES = """
import json, socket, sys
from voiceshift.local.library.ssrf_guard import is_public, own_networks, refuse_private_addresses

def connects(host):
    try:
        socket.create_connection((host, port), timeout=10).close()
    except OSError as error:
        return str(error)
    return "connected"

servers = {4: socket.create_server(("0.0.0.0", 0))}
port = servers[4].getsockname()[1]
hosts = ["8.8.4.4", "8.8.4.9"]
if socket.has_ipv6 and sys.argv[1] == "IPv6":
    servers[6] = socket.create_server(("::", port), family=socket.AF_INET6)
    hosts += ["2606:4700::1111"]
before = [connects(host) for host in hosts]
refuse_private_addresses()
hosts += ["2606:4700::2222", "64:ff9b::808:404"] if len(hosts) > 2 else []
after = [connects(host) for host in hosts]
own = own_networks()
others = [host for host in ("8.8.5.5", "2606:4700:0:1::1") if is_public(host, own)]
print(json.dumps([before, after, [is_public(host) for host in hosts], others]))
"""


def in_own_network(*commands: str) -> subprocess.CompletedProcess[str]:
    """Run shell commands in a network of their own, as its root."""
    script = " && ".join(["ip link set lo up", *commands])
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@needs_psutil
def test_public_addresses_of_this_machine_and_its_networks_are_refused() -> None:
    """Whatever their registry says: behind the firewall they lead to what only we can reach."""
    if not (shutil.which("unshare") and shutil.which("ip") and in_own_network().returncode == 0):
        pytest.skip("this system gives no network of its own to a test")
    addresses = ["ip address add 8.8.4.4/24 dev lo"]
    ipv6 = "ip -6 address add 2606:4700::1111/128 dev lo"
    has_ipv6 = in_own_network(ipv6).returncode == 0
    python = [sys.executable, "-c", OWN_PUBLIC_ADDRESSES, "IPv6" if has_ipv6 else "IPv4"]
    ran = in_own_network(*addresses, *[ipv6] * has_ipv6, shlex.join(python))
    assert ran.returncode == 0, ran.stderr
    before, after, public, others = json.loads(ran.stdout)
    assert set(before) == {"connected"}
    assert all(public)
    assert set(after) == {"not a public address"}
    assert others == ["8.8.5.5", "2606:4700:0:1::1"]


GUARDED = """
import socket, sys
from voiceshift.local.library.ssrf_guard import refuse_private_addresses, was_refused
refuse_private_addresses()
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])))
except OSError as error:
    sys.stdout.write(f"{error} {was_refused.is_set()}")
"""


@needs_psutil
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

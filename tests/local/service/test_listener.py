"""Connections are accepted up to a limit, whatever fails meanwhile, and ended with the service."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.certificates import client_tls, server_tls
from tests.support.conversation import TOKEN, authenticated
from tests.support.processes import run_python
from tests.support.strangers import offer, read_to_end, reset, stranger
from voiceshift.local import Server
from voiceshift.local.service.listener import MAX_STRANGERS

OUT_OF_DESCRIPTORS = """
import resource, socket, sys
sys.path.insert(0, sys.argv[1])
from tests.support.conversation import TOKEN, authenticated
from tests.support.strangers import address
from voiceshift.local import Server

with Server(TOKEN) as server:
    with authenticated(server):  # what is imported later would need descriptors
        pass
    free = socket.socket()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free.fileno() + 3, limits[1]))
    free.close()
    clients = []
    try:
        while True:
            clients.append(socket.create_connection(address(server)))
    except OSError as error:
        print(error.strerror)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    for client in clients:
        client.close()
    with authenticated(server):
        print("served")
"""


def test_of_connections_beyond_the_limit_the_oldest_is_cut() -> None:
    """A few more than clients are heard; a client that was admitted stays."""
    with Server(TOKEN, max_clients=1) as server, ExitStack() as stack:
        client = stack.enter_context(authenticated(server))
        first, second, *_ = [
            stack.enter_context(stranger(server)) for _ in range(1 + MAX_STRANGERS)
        ]
        assert read_to_end(first) == b""
        client.ping().wait()
        second.setblocking(False)
        with pytest.raises(BlockingIOError):
            second.recv(1)


def test_a_connection_that_ends_makes_room() -> None:
    """Whoever leaves makes room, however they leave."""
    with Server(TOKEN, max_clients=1) as server:
        for leave in range(5 * (1 + MAX_STRANGERS)):
            with stranger(server) as client:
                if leave % 2:
                    reset(client)
        while True:  # the last ones may be there for a moment
            with stranger(server) as client:
                offer(client, b"GET / HTTP/1.1\r\n\r\n")
                if read_to_end(client):
                    break


@pytest.mark.skipif(os.name != "posix", reason="sets the limit of descriptors")
def test_it_survives_a_lack_of_descriptors() -> None:
    """Once there are some again, clients are served."""
    root = str(Path(__file__).parents[3])
    assert run_python(OUT_OF_DESCRIPTORS, root).splitlines()[-1] == "served"


def test_it_survives_clients_that_reset_before_tls_has_begun() -> None:
    """Accepting fails then, with what they sent still unread."""
    tls = server_tls("127.0.0.1")
    with Server(TOKEN, ssl_context=tls) as server:
        for _ in range(100):
            with stranger(server) as client:
                client.sendall(b"\x16\x03\x01 and so on")
                reset(client)
        with authenticated(server, ssl=client_tls()):
            pass


def test_a_silent_connection_does_not_hold_up_the_stop() -> None:
    """It is cut, also where it has all the time in the world to say something."""
    with Server(TOKEN, auth_timeout=None) as server, stranger(server) as client:
        with authenticated(server):
            pass
        server.stop()
        assert read_to_end(client) == b""

"""The embedded service over TLS, and the files of its certificate."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from tests.support.certificates import AUTHORITY, client_tls, server_tls
from tests.support.conversation import TOKEN, ask, audio_of, authenticated, hear_cover
from tests.support.engines import EchoEngine, HugeEngine
from tests.support.strangers import read_to_end, stranger
from voiceshift import Client, ConnectError
from voiceshift.errors import SettingsError
from voiceshift.local import Server
from voiceshift.local.tls import certificate_context

if TYPE_CHECKING:
    import trustme

PATIENCE = 60.0


@pytest.fixture
def issued() -> trustme.LeafCert:
    """A certificate for this machine."""
    return AUTHORITY.issue_cert("127.0.0.1")


def test_certificate_and_key_may_be_in_one_file_or_in_two(issued: trustme.LeafCert) -> None:
    """A client that trusts the authority is served over both."""
    issued.private_key_and_cert_chain_pem.write_to_path("both.pem")
    issued.cert_chain_pems[0].write_to_path("cert.pem")
    issued.private_key_pem.write_to_path("key.pem")
    for files in (("both.pem",), ("cert.pem", "key.pem")):
        tls = certificate_context(*files)
        with (
            Server(TOKEN, engine=EchoEngine(), ssl_context=tls) as server,
            authenticated(server, ssl=client_tls()) as connection,
        ):
            assert server.uri.startswith("wss://127.0.0.1:")
            ask(connection)
            assert audio_of(hear_cover(connection)[1]) == b"song, tenor, 0"


def test_files_that_do_not_do_are_refused(issued: trustme.LeafCert) -> None:
    """Missing, no certificate, no key, or the key of another: all name the file."""
    issued.cert_chain_pems[0].write_to_path("cert.pem")
    AUTHORITY.issue_cert("127.0.0.1").private_key_pem.write_to_path("other.pem")
    Path("text.pem").write_text("no certificate")
    cases = [("missing.pem",), ("text.pem",), ("cert.pem",), ("cert.pem", "missing.pem")]
    for files in (*cases, ("cert.pem", "other.pem"), (".",)):
        with pytest.raises(SettingsError, match=f"cannot use the certificate {files[0]}"):
            certificate_context(*files)


@pytest.mark.skipif(os.name != "posix", reason="takes the terminal away from a process")
def test_an_encrypted_key_is_refused_without_asking_for_its_password(
    issued: trustme.LeafCert,
) -> None:
    """A service that waits at its terminal would look as if it had hung."""
    issued.cert_chain_pems[0].write_to_path("cert.pem")
    key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"a password for tests"),
    )
    Path("key.pem").write_bytes(encrypted)
    # Without a terminal, OpenSSL asks standard input.
    command = "from voiceshift.local.tls import *; certificate_context('cert.pem', 'key.pem')"
    process = subprocess.run(
        [sys.executable, "-c", command],
        input=b"a password for tests\n",
        stderr=subprocess.PIPE,
        start_new_session=True,
        timeout=PATIENCE,
        check=False,
    )
    assert b"SettingsError: cannot use the certificate cert.pem" in process.stderr


def test_a_client_of_ours_is_served_if_it_trusts_the_certificate() -> None:
    """And only then."""
    tls = server_tls("127.0.0.1")
    with Server(TOKEN, engine=EchoEngine(), ssl_context=tls) as server:
        with (
            Client(server.uri, TOKEN, connect_attempts=1) as client,
            pytest.raises(ConnectError, match="certificate"),
        ):
            client.authenticate()
        with Client(server.uri, TOKEN, ssl_context=client_tls()) as client:
            assert client.create_cover("demo", "tenor").audio == b"song, tenor, 0"


def test_a_client_is_sent_no_ticket(issued: trustme.LeafCert) -> None:
    """One that reads it in one thread while another sends can lose what it sends."""
    issued.private_key_and_cert_chain_pem.write_to_path("both.pem")
    tls = certificate_context("both.pem")
    with (
        Server(TOKEN, engine=EchoEngine(), ssl_context=tls) as server,
        stranger(server) as plain,
        client_tls().wrap_socket(plain, server_hostname="127.0.0.1") as client,
    ):
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        client.recv(1)  # tickets would have come before
        assert client.session is None or not client.session.has_ticket


def test_who_does_not_speak_tls_is_sent_away() -> None:
    """The others are served all the same."""
    tls = server_tls("127.0.0.1")
    with Server(TOKEN, engine=EchoEngine(), ssl_context=tls) as server:
        with stranger(server) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert b"HTTP/1.1" not in read_to_end(client)
        with authenticated(server, ssl=client_tls()):
            pass


def test_a_stop_ends_a_large_message_over_tls() -> None:
    """Nothing of it goes out in the clear."""
    tls = server_tls("127.0.0.1")
    server = Server(TOKEN, engine=HugeEngine(), ssl_context=tls).start()
    # The client's queue fills up, so that it stops reading.
    with authenticated(server, ssl=client_tls(), max_queue=1, close_timeout=0.1) as connection:
        ask(connection)
        server.stop()

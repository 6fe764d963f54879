"""The embedded service as a whole: starting, stopping, several clients, and what it refuses."""

from __future__ import annotations

import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.collecting import needs
from tests.support.conversation import (
    TOKEN,
    ask,
    audio_of,
    authenticated,
    close_code,
    connected,
    hear,
    hear_cover,
    hear_error,
    say,
)
from tests.support.engines import EchoEngine, HugeEngine, LongEngine
from tests.support.processes import run_python
from tests.support.strangers import asked, offer, read_to_end, receive, stranger
from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local import Server

if TYPE_CHECKING:
    from pathlib import Path

    from websockets.sync.client import ClientConnection

pytestmark = needs("numpy")

PATIENCE = 60.0


def can_listen_on_ipv6() -> bool:
    """Whether this machine has the address ::1."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


# ---- what it is made with


def test_a_random_token_is_made_where_none_is_given() -> None:
    """Each server has its own, too long to be guessed."""
    first, second = Server(), Server()
    assert first.token != second.token
    assert len(first.token) >= 32


def test_other_machines_are_served_with_a_token_of_ones_own_only() -> None:
    """A random token would be no protection that its owner chose."""
    for host in ("0.0.0.0", "", "192.0.2.1", "example.com"):
        with pytest.raises(SettingsError, match="give a token"):
            Server(host=host)
        assert Server(TOKEN, host=host).token == TOKEN


@pytest.mark.parametrize("folder", ["songs", "voices"])
def test_a_missing_folder_is_refused(tmp_path: Path, folder: str) -> None:
    """The message has its path."""
    options: dict[str, Any] = {folder: tmp_path / "missing"}
    with pytest.raises(SettingsError, match="missing"):
        Server(**options)


@pytest.mark.parametrize("options", [{"port": -1}, {"port": 65_536}, {"workers": 0}], ids=str)
def test_a_number_out_of_range_is_refused(options: dict[str, Any]) -> None:
    """The message names it."""
    with pytest.raises(SettingsError, match=f"{next(iter(options))} must be"):
        Server(**options)


# ---- starting and stopping


def test_it_serves_before_the_libraries_of_covers_are_loaded() -> None:
    """They take longer than all the rest, and memory that an idle service does not need."""
    loaded = run_python(
        "import sys\n"
        "from voiceshift.local import Server\n"
        "with Server('a token', separator='dsp'):\n"
        "    print({'numpy', 'onnxruntime', 'pyworld', 'soundfile', 'soxr'} & set(sys.modules))"
    )
    assert loaded == "set()\n"


def test_it_tells_its_address_but_not_its_token() -> None:
    """The address is there while it runs; the repr never shows the token."""
    server = Server(TOKEN)
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.uri
    assert repr(server) == "<voiceshift.local.Server stopped>"
    with server:
        assert server.uri.startswith("ws://127.0.0.1:")
        assert repr(server) == f"<voiceshift.local.Server {server.uri}>"


def test_it_can_be_started_again() -> None:
    """Stopping twice does no harm, and a stopped server starts as a new one would."""
    server = Server(TOKEN, engine=EchoEngine())
    for _ in range(2):
        with server, authenticated(server) as connection:
            ask(connection)
            hear_cover(connection)
        server.stop()


def test_a_taken_port_is_told() -> None:
    """A typed error that names the port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConnectError, match=f"port {port}: "):
            Server(TOKEN, port=port).start()


def test_an_address_of_another_machine_is_told() -> None:
    """Nobody can listen there."""
    with pytest.raises(ConnectError, match=r"cannot listen on 192\.0\.2\.1"):
        Server(TOKEN, host="192.0.2.1").start()


@pytest.mark.skipif(not can_listen_on_ipv6(), reason="no IPv6 on this machine")
def test_it_listens_on_ipv6() -> None:
    """The address has the brackets that it needs."""
    with Server(TOKEN, host="::1") as server, authenticated(server):
        assert server.uri.startswith("ws://[::1]:")


def test_stopping_during_a_cover_says_going_away() -> None:
    """The work ends, and the client hears close code 1001 after what was made."""
    engine = LongEngine()
    with Server(TOKEN, engine=engine) as server, authenticated(server) as connection:
        ask(connection)
        hear(connection)
        hear(connection)
        server.stop()
        assert engine.stopped.is_set()
        assert last_close_code(connection) == 1001


def test_stopping_says_going_away_to_all() -> None:
    """Also to a client that waits, one that has no token yet, and one that waits in the queue."""
    with (
        Server(TOKEN, engine=LongEngine()) as server,
        connected(server) as unknown,
        authenticated(server) as idle,
        authenticated(server) as first,
        authenticated(server) as second,
    ):
        for connection in (first, second):
            ask(connection)
            hear(connection)
        server.stop()
        assert close_code(unknown) == close_code(idle) == 1001
        assert last_close_code(first) == last_close_code(second) == 1001


def test_a_client_that_does_not_read_cannot_hold_up_the_stop() -> None:
    """Its connection is cut."""
    server = Server(TOKEN, engine=HugeEngine()).start()
    with asked(server) as client:
        receive(client, 100_000)
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()


# ---- clients


def test_several_clients_at_once_get_their_own_covers() -> None:
    """Nothing is mixed up between them."""

    def cover(pitch: int) -> bytes:
        with authenticated(server) as connection:
            audio = b""
            for _ in range(5):
                ask(connection, pitch=pitch)
                audio += audio_of(hear_cover(connection)[1])
            return audio

    with (
        Server(TOKEN, engine=EchoEngine(), max_running=2) as server,
        ThreadPoolExecutor() as executor,
    ):
        covers = list(executor.map(cover, range(-2, 3)))
    assert covers == [f"song, tenor, {pitch}".encode() * 5 for pitch in range(-2, 3)]


def test_a_message_that_is_too_large_closes_its_connection_only() -> None:
    """Close code 1009, before and after the authentication; others are served."""
    with Server(TOKEN, engine=EchoEngine()) as server, authenticated(server) as other:
        for open_connection in (connected, authenticated):
            with open_connection(server) as connection:
                say(connection, token="x" * 100_000)
                assert close_code(connection) == 1009
        ask(other)
        hear_cover(other)


def test_what_is_no_websocket_does_no_harm() -> None:
    """A stranger that speaks something else is sent away, and others are served."""
    with Server(TOKEN) as server:
        with stranger(server) as client:
            offer(client, b"HELO example.com\r\n\r\n")
            assert b"Traceback" not in read_to_end(client)
        with authenticated(server):
            pass


def test_the_token_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither the right one nor a wrong one, at any level."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "voiceshift")
    caplog.set_level(logging.DEBUG, "voiceshift.local")
    with Server(TOKEN, engine=EchoEngine()) as server:
        with connected(server) as connection:
            say(connection, token="a-wrong-token")
            close_code(connection)
        with authenticated(server) as connection:
            ask(connection, model="nobody")
            hear_error(connection)
    # The library logs on the client's side too, which is not ours here.
    logged = [record.getMessage() for record in caplog.records if "client" not in record.name]
    assert "refused a client at 127.0.0.1: its token is wrong, missing or late" in logged
    assert not [text for text in logged if TOKEN in text or "a-wrong-token" in text]


def last_close_code(connection: ClientConnection) -> int | None:
    """The close code after what else was sent, which must be no error."""
    try:
        while True:
            assert hear(connection)["type"] in ("job_queued", "audio_segment")
    except ConnectionClosed:
        return connection.close_code

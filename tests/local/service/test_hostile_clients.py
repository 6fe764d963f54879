"""Clients that crowd, guess, dawdle or vanish: they harm nobody, and others get their covers."""

from __future__ import annotations

import json
import logging
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.collecting import needs
from tests.support.conversation import (
    REQUEST,
    TOKEN,
    ask,
    audio_of,
    authenticated,
    close_code,
    connected,
    hear,
    hear_cover,
    say,
    say_at_once,
)
from tests.support.engines import EchoEngine, HugeEngine, LongEngine, SteppedEngine
from tests.support.strangers import (
    SMALL,
    address,
    asked,
    flood,
    greeted,
    offer,
    read_to_end,
    receive,
    reset,
    stranger,
)
from voiceshift import Client, ConnectError
from voiceshift.local import Server
from voiceshift.local.service.listener import MAX_STRANGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

pytestmark = needs("numpy")

PATIENCE = 60.0


def check_health(server: Server) -> None:
    """Somebody else gets a cover."""
    with authenticated(server) as connection:
        ask(connection)
        assert audio_of(hear_cover(connection)[1]) == b"song, tenor, 0"


def wait_for_clients_to_end() -> None:
    """Wait until the service holds no connection any more."""
    for thread in threading.enumerate():
        if thread.name == "voiceshift-client":
            thread.join(PATIENCE)
            assert not thread.is_alive()


@pytest.fixture
def hearing(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What the service logs at its own levels; the client in the tests logs, too."""
    caplog.set_level(logging.INFO)
    return caplog


# ---- crowds


def test_a_client_beyond_the_limit_is_told_to_come_back() -> None:
    """Close code 1013; a place that becomes free is given again."""
    with Server(TOKEN, engine=EchoEngine(), max_clients=2) as server:
        with authenticated(server) as first, authenticated(server):
            with connect(server.uri) as third:
                assert close_code(third) == 1013
                assert third.close_reason == "too many clients; try again later"
            ask(first)
            hear_cover(first)
        wait_for_clients_to_end()
        check_health(server)


def test_it_may_be_full_by_the_time_the_token_is_there() -> None:
    """Close code 1013 then, too; what the token is worth, is not said."""
    with (
        Server(TOKEN, engine=EchoEngine(), max_clients=1) as server,
        connected(server) as late,
    ):
        with authenticated(server):
            say(late, token=TOKEN)
            assert close_code(late) == 1013
        wait_for_clients_to_end()
        check_health(server)


def test_a_client_of_ours_hears_that_it_is_one_too_many() -> None:
    """Its error has the service's words."""
    with (
        Server(TOKEN, max_clients=1) as server,
        authenticated(server),
        Client(server.uri, TOKEN, connect_attempts=1) as client,
        pytest.raises(ConnectError, match="1013"),
    ):
        client.authenticate()


@pytest.mark.slow
def test_hundreds_of_connections_do_not_disturb_a_client() -> None:
    """It was there first; most of the others are not even heard."""
    with (
        Server(TOKEN, engine=EchoEngine(), max_clients=20) as server,
        authenticated(server) as connection,
        ExitStack() as stack,
    ):
        for _ in range(300):
            stack.enter_context(stranger(server))
        threads = [thread for thread in threading.enumerate() if "voiceshift" in thread.name]
        assert len(threads) < 50
        ask(connection)
        hear_cover(connection)


@pytest.mark.parametrize("opened", [False, True], ids=["silent", "opened"])
def test_a_crowd_without_a_token_does_not_keep_the_owner_out(opened: bool) -> None:
    """It may have all the time in the world: the oldest of them go."""
    with (
        Server(TOKEN, engine=EchoEngine(), max_clients=5, auth_timeout=None) as server,
        ExitStack() as stack,
    ):
        for _ in range(30):
            stack.enter_context(greeted(server) if opened else stranger(server))
        check_health(server)


@pytest.mark.slow
def test_a_hundred_clients_may_wait_side_by_side() -> None:
    """Where they are admitted: each gets its cover."""
    with Server(TOKEN, engine=EchoEngine(), max_clients=100) as server, ExitStack() as stack:
        clients = [stack.enter_context(asked(server, cover=False)) for _ in range(99)]
        check_health(server)
        for client in clients:
            client.close()
        wait_for_clients_to_end()
        check_health(server)


def test_clients_that_vanish_by_the_dozen_leave_nothing_behind() -> None:
    """By a reset, in the middle of whatever they do."""
    with Server(TOKEN, engine=EchoEngine()) as server:
        for cover in (True, False) * 20:
            with asked(server, cover=cover) as client:
                reset(client)
        wait_for_clients_to_end()
        check_health(server)


def test_one_client_cannot_fill_the_queue() -> None:
    """However often it asks, it waits once."""
    engine = SteppedEngine()
    with (
        Server(TOKEN, engine=engine, max_waiting=1) as server,
        authenticated(server) as greedy,
        authenticated(server) as other,
    ):
        for _ in range(50):
            ask(greedy)
        for _ in range(49):
            assert "one at a time" in hear_refusal(greedy)
        ask(other)
        assert hear(other)["type"] == "job_queued"
        engine.go_on.set()
        assert audio_of(hear_cover(other)[1]) == b"first second"


def hear_refusal(connection: ClientConnection) -> str:
    """The next error; what else is sent belongs to the cover that is being made."""
    while (message := hear(connection))["type"] != "error":
        pass
    return str(message["message"])


# ---- guesses


def test_a_wrong_token_is_refused_slowly() -> None:
    """Whoever guesses has to wait; the right token is accepted at once."""
    with Server(TOKEN, auth_delay=0.5) as server, connected(server) as connection:
        started = time.monotonic()
        say(connection, token="a-wrong-token")
        assert close_code(connection) == 4001
        assert time.monotonic() - started >= 0.5
    with Server(TOKEN, auth_delay=10 * PATIENCE) as server, authenticated(server):
        pass


def test_a_guesser_that_leaves_keeps_its_place_all_the_same() -> None:
    """Or else a new connection for each guess would make them as fast as ever."""
    with Server(TOKEN, auth_delay=10 * PATIENCE, max_clients=1) as server:
        with connected(server, close_timeout=0) as connection:
            say(connection, token="a-wrong-token")
        with connect(server.uri) as connection:
            assert close_code(connection) == 1013
        # Stopping does not wait for the delay.


def test_a_refusal_is_logged_with_the_address(hearing: pytest.LogCaptureFixture) -> None:
    """And without what was sent."""
    with (
        Server(TOKEN, engine=EchoEngine(), auth_delay=0) as server,
        connected(server) as connection,
    ):
        say(connection, token="a-wrong-token")
        close_code(connection)
    (record,) = (record for record in hearing.records if record.name == "voiceshift.local")
    words = "refused a client at 127.0.0.1: its token is wrong, missing or late"
    assert record.getMessage() == words


@pytest.mark.parametrize("request_first", [True, False])
def test_what_is_asked_before_the_token_is_not_answered(request_first: bool) -> None:
    """No cover is made, and no word about songs or voices is said."""
    with (
        Server(TOKEN, engine=EchoEngine(), auth_delay=0) as server,
        connected(server) as connection,
    ):
        if request_first:
            ask(connection)
        else:
            say_at_once(connection, {"token": "a-wrong-token"}, REQUEST)
        assert close_code(connection) == 4001


# ---- dawdlers


@pytest.mark.slow
def test_a_token_by_drops_must_be_there_in_time() -> None:
    """The deadline is that of the whole message."""
    with (
        Server(TOKEN, auth_timeout=2, auth_delay=0) as server,
        connected(server) as connection,
        pytest.raises(ConnectionClosed),
    ):
        connection.send(drop for drop in drops(json.dumps({"token": TOKEN})))


def drops(text: str) -> Iterator[str]:
    """A text, a character at a time, and slower than the deadline allows."""
    for character in text:
        yield character
        time.sleep(0.2)  # the slowness is what is tested


def test_a_request_for_the_upgrade_by_drops_must_be_there_in_time() -> None:
    """As the token, so what comes before it."""
    with Server(TOKEN, auth_timeout=0.3) as server, stranger(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert read_to_end(client) == b""


@pytest.mark.slow
def test_a_client_that_vanishes_without_a_word_is_found_by_pings() -> None:
    """Its cover ends, and so does its connection."""
    engine = LongEngine()
    with (
        Server(TOKEN, engine=engine, ping_interval=1, ping_timeout=2) as server,
        asked(server) as client,
    ):
        # It reads, but answers no ping; what it asks for has begun long before that shows.
        read_to_end(client)
        assert engine.stopped.wait(PATIENCE)


@pytest.mark.slow
def test_a_client_that_takes_nothing_is_cut() -> None:
    """No ping finds it out: its connection is full."""
    with Server(TOKEN, engine=HugeEngine(), send_timeout=3) as server, asked(server) as client:
        receive(client, 100_000)
        wait_for_clients_to_end()
        assert len(read_to_end(client)) < 2**25


def test_a_client_that_takes_nothing_does_not_hold_up_another() -> None:
    """The only worker goes on with the next cover."""
    with Server(TOKEN, engine=HugeEngine()) as server, asked(server) as slow:
        receive(slow, 100_000)
        with authenticated(server) as connection:
            ask(connection)
            assert len(audio_of(hear_cover(connection)[1])) == 2**25


# ---- floods


@pytest.mark.slow
def test_floods_of_pings_do_not_keep_the_owner_out() -> None:
    """From as many connections as there may be, which take no pong and have no token."""
    with Server(TOKEN, engine=EchoEngine(), max_clients=5) as server, ExitStack() as stack:
        crowd = [greeted(server, receive_buffer=SMALL) for _ in range(5 + MAX_STRANGERS)]
        flood(*map(stack.enter_context, crowd))
        check_health(server)


def test_a_flood_of_pings_with_the_request_for_the_upgrade_is_cut() -> None:
    """The answer to the request would wait behind the pongs for ever."""
    with (
        Server(TOKEN, auth_timeout=2, send_timeout=None) as server,
        stranger(server, receive_buffer=SMALL) as client,
    ):
        host, port = address(server)
        client.sendall(
            f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        flood(client)
        wait_for_clients_to_end()


def test_a_flood_of_pings_after_the_token_is_cut() -> None:
    """While nothing is asked for, so that only the library sends."""
    with (
        Server(TOKEN, send_timeout=1, ping_interval=None) as server,
        greeted(server, {"token": TOKEN}, receive_buffer=SMALL) as client,
    ):
        flood(client)
        wait_for_clients_to_end()


# ---- strangers


@pytest.mark.parametrize(
    "greeting",
    [b"", b"\0" * 1000, b"\x16\x03\x01\x02\x00\x01", b"SSH-2.0-scan\r\n", b"GET " * 10_000],
    ids=lambda greeting: repr(greeting[:8]),
)
def test_a_scan_of_ports_is_not_worth_a_line(
    greeting: bytes, capfd: pytest.CaptureFixture[str], hearing: pytest.LogCaptureFixture
) -> None:
    """No traceback in the log or on standard error, whatever it says."""
    with Server(TOKEN, engine=EchoEngine(), auth_timeout=2) as server:
        with stranger(server) as client:
            if greeting:
                offer(client, greeting)
                assert b"Traceback" not in read_to_end(client)
        check_health(server)
    assert not [record for record in hearing.records if "client" not in record.name]
    assert capfd.readouterr().err == ""


def test_a_browser_gets_an_answer_that_names_no_program() -> None:
    """Status 426, and nothing of the versions that run here."""
    with Server(TOKEN) as server, stranger(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = read_to_end(client).decode().lower()
    assert answer.startswith("http/1.1 426 ")
    assert "server:" not in answer
    assert "python" not in answer
    assert "websockets/" not in answer


def test_a_session_that_fails_tells_its_client_nothing(
    hearing: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Close code 1011; the owner's log has why, and others are served."""
    with Server(TOKEN, engine=EchoEngine()) as server:
        with monkeypatch.context() as patched, authenticated(server) as connection:

            def fail(*_: object) -> None:
                raise OSError("/home/owner/private cannot be read")

            patched.setattr("voiceshift.local.library.songs.SongLibrary.find", fail)
            ask(connection)
            assert close_code(connection) == 1011
            assert connection.close_reason == ""
        assert "private cannot be read" in hearing.text
        check_health(server)

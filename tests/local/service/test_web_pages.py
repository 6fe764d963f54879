"""Web pages are no clients, whatever site they are of, unless the owner allows it."""

from __future__ import annotations

import logging

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.support.conversation import TOKEN, connected
from tests.support.strangers import stranger
from voiceshift.errors import SettingsError
from voiceshift.local import Server

PAGE = "https://page.example"


def status(server: Server, *headers: str) -> int:
    """What a request with these headers, and those of every WebSocket, is answered with."""
    upgrade = (
        "GET / HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade, close",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    with stranger(server) as client:
        client.sendall("\r\n".join([*upgrade, *headers, "", ""]).encode())
        return int(client.recv(12).split()[1])


@pytest.mark.parametrize("origin", [PAGE, "http://127.0.0.1:8765", "null", "file://", ""])
def test_every_page_is_refused(origin: str) -> None:
    """By the origin that its browser sends, also of this machine or of none."""
    with Server(TOKEN) as server:
        assert status(server, "Host: 127.0.0.1", f"Origin: {origin}") == 403
        with connected(server):
            pass


def test_an_origin_among_others_is_refused() -> None:
    """Two headers are no way around."""
    with Server(TOKEN, allow_origins=[PAGE]) as server:
        origins = (f"Origin: {PAGE}", "Origin: https://other.example")
        assert status(server, "Host: 127.0.0.1", *origins) == 403


def test_a_page_that_is_allowed_is_served() -> None:
    """Its origin is written in any way that people write it."""
    with Server(TOKEN, allow_origins=["https://PAGE.example/"]) as server:
        with connected(server, origin=PAGE):
            pass
        for other in (f"{PAGE}:8000", "http://page.example", f"{PAGE}.other.example"):
            assert status(server, "Host: 127.0.0.1", f"Origin: {other}") == 403


@pytest.mark.parametrize(
    "host",
    [
        "page.example",
        "page.example:{port}",
        "127.0.0.1.page.example",
        "192.0.2.1",
        "0.0.0.0",
        "page.example@127.0.0.1",
        "127.0.0.1/page.example",
        "[::2",
        "",
    ],
)
def test_a_request_for_another_host_is_refused(host: str) -> None:
    """As it comes when the name of a site is made to lead to this machine."""
    with Server(TOKEN) as server:
        port = server.uri.rpartition(":")[2]
        assert status(server, f"Host: {host.format(port=port)}") == 403


def test_a_request_for_no_host_or_several_is_refused() -> None:
    """No client of a WebSocket sends such a one."""
    with Server(TOKEN) as server:
        assert status(server) == 403
        assert status(server, "Host: 127.0.0.1", "Host: page.example") == 403
        assert status(server, "Host: page.example", "Host: 127.0.0.1") == 403


@pytest.mark.parametrize(
    "host", ["localhost:1", "LOCALHOST.", "127.0.0.1", "[::1]:80", "127.9.9.9"]
)
def test_a_request_for_this_machine_is_served(host: str) -> None:
    """By any of its own names, and through any port that leads here."""
    with Server(TOKEN) as server:
        assert status(server, f"Host: {host}") == 101


def test_the_host_of_a_page_that_is_allowed_is_served() -> None:
    """A proxy in front passes on the name that it was asked for."""
    with Server(TOKEN, allow_origins=[PAGE]) as server:
        assert status(server, "Host: page.example", f"Origin: {PAGE}") == 101


def test_for_other_machines_any_host_is_served() -> None:
    """Nobody knows by which names they reach this one; pages are refused all the same."""
    with Server(TOKEN, host="0.0.0.0") as server:
        assert status(server, "Host: music.example") == 101
        assert status(server, "Host: music.example", "Origin: http://music.example") == 403


def test_a_refusal_says_what_would_help(caplog: pytest.LogCaptureFixture) -> None:
    """To the owner in the log; the page hears why, and nothing of this machine."""
    origin = Origin(f"{PAGE}/{'x' * 300}")
    with (
        Server(TOKEN) as server,
        pytest.raises(InvalidStatus) as caught,
        connect(server.uri, origin=origin),
    ):
        pass
    assert f"this service refuses a web page of '{PAGE}".encode() in caught.value.response.body
    logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    (words,) = [text for text in logged if "--allow-origin" in text]
    assert len(words) < 250


@pytest.mark.parametrize(
    "origin",
    ["*", "page.example", "https://page.example/path", "https://a@page.example", "http://["],
)
def test_what_is_no_origin_is_refused(origin: str) -> None:
    """It would never match; the message has an example."""
    with pytest.raises(SettingsError, match=r"not the origin .* https://example\.com"):
        Server(TOKEN, allow_origins=[origin])


def test_the_services_own_page_is_a_client() -> None:
    """Where it was opened by an address or as localhost, and at the port that was asked."""
    with Server(TOKEN, page=True) as server:
        for host in ("127.0.0.1:8765", "localhost:8765", "[::1]:8765", "LocalHost"):
            assert status(server, f"Host: {host}", f"Origin: http://{host.lower()}") == 101
        for origin in ("http://127.0.0.1:8000", "https://127.0.0.1:8765", "null", PAGE):
            assert status(server, "Host: 127.0.0.1:8765", f"Origin: {origin}") == 403


def test_a_site_is_not_the_services_own_page() -> None:
    """Its name can be made to lead here, and then its origin and the host are the same."""
    with Server(TOKEN, host="0.0.0.0", page=True) as server:
        assert status(server, "Host: 192.0.2.1", "Origin: http://192.0.2.1") == 101
        assert status(server, "Host: music.example", "Origin: http://music.example") == 403
        assert status(server, "Host: music.example") == 101

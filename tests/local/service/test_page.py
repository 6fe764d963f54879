"""The page of ``serve --page``, as far as HTTP goes."""

from __future__ import annotations

import base64
import hashlib
import re
from http.client import HTTPConnection, HTTPMessage
from typing import TYPE_CHECKING, NamedTuple

import pytest
from websockets.http11 import Request

from tests.support.conversation import TOKEN, authenticated
from tests.support.engines import EchoEngine
from tests.support.strangers import PATIENCE, address
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

knows_methods = pytest.mark.skipif(
    not hasattr(Request, "method"), reason="before version 17 websockets knows no other than GET"
)


class Answer(NamedTuple):
    """What a browser gets."""

    status: int
    headers: HTTPMessage
    body: bytes


@pytest.fixture
def server() -> Iterator[Server]:
    """A service with the page."""
    with Server(TOKEN, page=True, engine=EchoEngine()) as server:
        yield server


def ask(server: Server, method: str = "GET", path: str = "/", **headers: str) -> Answer:
    """Ask as a browser does."""
    connection = HTTPConnection(*address(server), timeout=PATIENCE)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def test_the_page_is_at_the_root(server: Server) -> None:
    """One file in UTF-8, whatever stands behind a question mark; asked for anew each time."""
    for path in ("/", "/?from=a-bookmark"):
        answer = ask(server, path=path)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.body.decode().startswith("<!DOCTYPE html>")


def test_the_page_loads_nothing(server: Server) -> None:
    """No address of anything else is in it, and no script or style outside of what is hashed."""
    page = ask(server).body.decode()
    assert re.findall(r"""(?:src|href)=["']?(?!data:)[^"'>\\s]+""", page) == []
    assert re.findall(r"url\(|@import|\bon\w+=\"|\bstyle=\"", page) == []
    addresses = set(re.findall(r"https?://[^\s'\",]+", page))
    assert addresses == {"http://www.w3.org/2000/svg", "http://127.0.0.1:8765"}


def test_only_its_own_script_and_styles_run(server: Server) -> None:
    """The policy has their hashes, and allows nothing that is not named."""
    answer = ask(server)
    policy = dict(
        rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    for element in ("script", "style"):
        (content,) = re.findall(
            f"<{element}>(.*)</{element}>".encode(), answer.body.replace(b"\r\n", b"\n"), re.DOTALL
        )
        digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
        assert policy[f"{element}-src"] == f"'sha256-{digest}'"


@knows_methods
def test_head_has_the_headers_alone(server: Server) -> None:
    """The same ones, and the length that the page has."""
    page, head = ask(server), ask(server, "HEAD")
    assert head.status == 200
    assert head.body == b""
    assert head.headers.items() == page.headers.items()
    assert int(head.headers["Content-Length"]) == len(page.body)


def test_nothing_else_is_found(server: Server) -> None:
    """Neither files of this machine nor those that browsers look for."""
    for path in ("/favicon.ico", "/page.html", "/../page.py", "//", "/%2e%2e/"):
        assert ask(server, path=path).status == 404


@knows_methods
def test_nothing_is_taken(server: Server) -> None:
    """A song comes by the WebSocket, behind the token."""
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = ask(server, method)
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET, HEAD"


def test_every_answer_is_taken_as_what_it_is(server: Server) -> None:
    """A browser guesses no type, shows it in no frame, and tells nobody where it came from."""
    for path in ("/", "/elsewhere"):
        headers = ask(server, path=path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "Server" not in headers


def test_no_other_page_may_read_it(server: Server) -> None:
    """As for the WebSocket: what has an origin of its own is refused, and so is another host."""
    assert ask(server, Origin="https://page.example").status == 403
    assert ask(server, Host="page.example").status == 403


def test_without_the_option_there_is_none() -> None:
    """The service answers a browser that it is none for browsers."""
    with Server(TOKEN, engine=EchoEngine()) as server:
        assert ask(server).status == 426


def test_the_page_and_programs_share_the_port(server: Server) -> None:
    """Clients are served as before."""
    with authenticated(server):
        assert ask(server).status == 200

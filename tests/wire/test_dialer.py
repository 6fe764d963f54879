"""Reaching the service: names, addresses, proxies and TLS, under one deadline."""

from __future__ import annotations

import base64
import socket
import ssl
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.faults.handshakes import expired
from tests.support.certificates import client_tls, server_tls
from tests.support.raw_service import Conversation, Peer, RawService
from tests.support.silent_address import silent_address
from voiceshift import (
    Client,
    ClientClosed,
    ConnectError,
    ConnectTimeout,
    Settings,
    SettingsError,
    SettingsOptions,
    VoiceShiftError,
)
from voiceshift.testing.frames import PING, PONG, frame
from voiceshift.util.deadline import Deadline
from voiceshift.wire.dialer import Dialer
from voiceshift.wire.proxy import find_proxy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.testing import ScriptedService

SONG, VOICE = "Amazing Grace", "tenor"

ELSEWHERE = "service.invalid"
"""A name that no resolver knows (RFC 6761), so that only a proxy can have been asked for it."""


def failure(uri: str, **options: Any) -> VoiceShiftError:
    """What an attempt to authenticate at an address ends with."""
    options = {"connect_attempts": 1, "connect_timeout": 20, **options}
    with Client(uri, "a-token", **options) as client, pytest.raises(VoiceShiftError) as caught:
        client.authenticate()
    return caught.value


def dialer(uri: str, seconds: float = 20, **options: Any) -> Dialer:
    """A dialer with a deadline."""
    settings = Settings(uri=uri, token="a-token", **options)
    return Dialer(settings, Deadline(seconds, ConnectTimeout, "connection"))


# ---- names and addresses


def test_refused(closed_port: int) -> None:
    """Where nothing listens, the error names host and port."""
    error = failure(f"ws://127.0.0.1:{closed_port}")
    assert type(error) is ConnectError
    assert f"127.0.0.1:{closed_port}" in str(error)
    assert isinstance(error.__cause__, ConnectionRefusedError)


@pytest.mark.parametrize("host", [ELSEWHERE, "x" * 64 + ".invalid", "a..invalid"])
def test_unknown_host(host: str) -> None:
    """A name that is not known, or can be none, is named in the error."""
    error = failure(f"wss://{host}:8765")
    assert type(error) is ConnectError
    assert f"cannot find the host {host}" in str(error)


def test_every_address_of_a_name_is_tried(voiceshift_service: ScriptedService) -> None:
    """A service that listens on one of a name's addresses is found by the name."""
    uri = voiceshift_service.uri.replace("127.0.0.1", "localhost")
    with Client(uri) as client:
        assert client.create_cover(SONG, VOICE).complete


@pytest.mark.skipif(not socket.has_ipv6, reason="this system has no IPv6")
def test_address_of_version_6() -> None:
    """An address in brackets is dialed."""
    try:
        listener = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this network has no IPv6")
    with listener:
        dialing = dialer(f"ws://[::1]:{listener.getsockname()[1]}")
        assert dialing.dial().getpeername()[:2] == listener.getsockname()[:2]
        dialing.close()


def test_stream_has_what_is_left_of_the_deadline() -> None:
    """The handshake that follows is bounded by the same deadline, and small frames go at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dialing = dialer(f"ws://127.0.0.1:{listener.getsockname()[1]}", seconds=20)
        stream = dialing.dial()
        assert 0 < (stream.gettimeout() or 0) <= 20
        assert stream.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        dialing.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses connections")
def test_silent_address_is_got_past(
    voiceshift_service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service one of whose addresses swallows packets, as a broken IPv6 does, is reached."""
    port = urlsplit(voiceshift_service.uri).port
    with silent_address() as (family, address):
        entries = [(family, 1, 6, "", address), (family, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_: entries)
        uri = f"ws://{ELSEWHERE}:{port}"
        with Client(uri, allow_insecure=True, connect_attempts=1) as client:
            assert client.create_cover(SONG, VOICE).complete


def test_name_without_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lookup that finds nothing and says nothing is an error in our words."""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [])
    error = failure(f"wss://{ELSEWHERE}:8765")
    assert type(error) is ConnectError
    assert "it has no address" in str(error)


def test_lookup_that_fails_in_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a program has put in the lookup's place is quoted, once, and not asked again."""
    asked = []

    def refuse(*_: Any) -> None:
        asked.append(True)
        raise RuntimeError("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    error = failure(f"wss://{ELSEWHERE}:8765", connect_attempts=3)
    assert type(error) is ConnectError
    assert str(error).endswith("RuntimeError: no network in tests")
    assert len(asked) == 1


# ---- the deadline, and cancelling


@pytest.fixture
def hanging_lookup(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A name server that says nothing; the event tells that it was asked."""
    asked, answered = threading.Event(), threading.Event()

    def hang(*_: Any) -> list[Any]:
        asked.set()
        answered.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield asked
    answered.set()


def test_close_within_the_lookup(hanging_lookup: threading.Event) -> None:
    """A client can be closed while no name server answers."""
    with ThreadPoolExecutor(1) as elsewhere:
        client = Client(f"wss://{ELSEWHERE}", "a-token")
        call = elsewhere.submit(client.authenticate)
        assert hanging_lookup.wait(30)
        client.close()
        assert isinstance(call.exception(30), ClientClosed)


def test_deadline_holds_within_the_lookup(hanging_lookup: threading.Event) -> None:
    """A name server that says nothing is given up in time."""
    error = failure(f"wss://{ELSEWHERE}", connect_timeout=0.3)
    assert type(error) is ConnectTimeout
    assert hanging_lookup.is_set()


def test_deadline_holds_within_tls() -> None:
    """A server that never answers TLS is given up in time."""
    started = time.monotonic()
    with RawService(Peer.wait_for_end) as service:
        dialing = dialer(f"wss://localhost:{service.port}", seconds=0.3)
        with pytest.raises(ConnectTimeout) as caught:
            dialing.dial()
        dialing.close()
    assert caught.value.seconds == 0.3
    assert time.monotonic() - started < 10


def test_cancelling_wakes_the_dialing_thread() -> None:
    """In the middle of a TLS handshake, too."""
    greeted = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.receive(1)
        greeted.set()
        peer.wait_for_end()

    with RawService(conversation) as service, ThreadPoolExecutor(1) as elsewhere:
        dialing = dialer(f"wss://localhost:{service.port}", seconds=60)
        dialed = elsewhere.submit(dialing.dial)
        assert greeted.wait(30)
        dialing.cancel()
        assert isinstance(dialed.exception(30), ConnectError)
        dialing.close()


def test_cancelled_before_it_began() -> None:
    """A dialer that was cancelled opens nothing any more."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dialing = dialer(f"ws://127.0.0.1:{listener.getsockname()[1]}")
        dialing.cancel()
        with pytest.raises(ConnectError, match="cancelled"):
            dialing.dial()
        dialing.close()


# ---- HTTP


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_http_status(status: int) -> None:
    """A server that refuses the WebSocket is quoted with its status, and nothing else of it."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(f"HTTP/1.1 {status} No\r\nX-Private: words\r\n\r\n".encode())

    with RawService(conversation) as service:
        error = failure(service.uri)
    assert isinstance(error, ConnectError)
    assert error.status == status
    assert str(status) in str(error)
    assert "words" not in str(error)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    """Nobody else gets the token."""
    with RawService(Peer.authenticate) as elsewhere:

        def conversation(peer: Peer) -> None:
            peer.receive_head()
            peer.send(f"HTTP/1.1 {status} Gone\r\nLocation: {elsewhere.uri}/\r\n\r\n".encode())

        with RawService(conversation) as service:
            error = failure(service.uri)
        assert elsewhere.connections == 0
    assert isinstance(error, ConnectError)
    assert error.status == status
    assert "redirect" in str(error)


def test_opening_request() -> None:
    """The handshake asks the service itself, and does not pretend to be a browser's page."""
    heads = []

    def conversation(peer: Peer) -> None:
        heads.append(peer.receive_head())

    with RawService(conversation) as service:
        failure(f"{service.uri}/path?query=1")
    lines = heads[0].splitlines()
    assert lines[0] == "GET /path?query=1 HTTP/1.1"
    assert f"Host: 127.0.0.1:{service.port}" in lines
    assert not [line for line in lines if line.lower().startswith(("origin:", "cookie:"))]


def texts_of(error: BaseException | None) -> Iterator[str]:
    """All that an error and its causes hold: words, fields, and the variables of our frames."""
    while error is not None:
        yield from (str(error), repr(vars(error)))
        for caller, _ in traceback.walk_tb(error.__traceback__):
            if caller.f_code.co_filename != __file__:
                yield repr(caller.f_locals)
        error = error.__cause__ or error.__context__


def test_headers_are_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Neither an error has them, nor what a notebook prints of its frames, nor the log."""
    caplog.set_level("DEBUG")

    def conversation(peer: Peer) -> None:
        assert "hush" in peer.receive_head()
        peer.send(b"HTTP/1.1 503 No\r\n\r\n")

    with RawService(conversation) as service:
        error = failure(service.uri, headers={"Authorization": "hush"}, connect_attempts=2)
    assert "hush" not in "".join(texts_of(error)) + caplog.text


# ---- TLS


def play_covers(peer: Peer) -> None:
    """Authenticate, then a cover for each request, with pings among the segments."""
    peer.authenticate()
    for _ in range(2):
        peer.receive_frame()
        for number in range(20):
            peer.send_segment(bytes([number]) * 5000)
            peer.send(frame(PING, bytes([number])))
            assert peer.receive_frame() == (PONG, bytes([number]))
        peer.send_segment(b"", is_final=True)


def test_covers_over_tls() -> None:
    """Requests, pongs and audio cross a TLS connection, in both directions at once."""
    expected = b"".join(bytes([number]) * 5000 for number in range(20))
    with (
        RawService(play_covers, tls=server_tls()) as service,
        Client(service.uri, "a-token", ssl_context=client_tls()) as client,
    ):
        for _ in range(2):
            assert client.create_cover(SONG, VOICE).audio == expected


def test_sending_while_reading_over_tls() -> None:
    """A thread that waits for bytes does not keep another from sending."""

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        assert peer.receive_frame()[0] == 0x1  # while the client's reader waits, as it has for long
        peer.send_segment(b"sound", is_final=True)

    with (
        RawService(conversation, tls=server_tls()) as service,
        Client(service.uri, "a-token", ssl_context=client_tls()) as client,
    ):
        client.authenticate()
        assert not threading.Event().wait(0.3)
        assert client.create_cover(SONG, VOICE, timeout=30).audio == b"sound"


def test_closing_over_tls() -> None:
    """The reader is woken, and the service gets the close frame."""
    heard = []

    def conversation(peer: Peer) -> None:
        peer.authenticate()
        heard.append(peer.receive_frame())

    with RawService(conversation, tls=server_tls()) as service:
        Client(service.uri, "a-token", ssl_context=client_tls()).authenticate().close()
    assert heard == [(0x8, b"\x03\xe8")]


@pytest.mark.parametrize("trusted", [True, False])
def test_service_that_cannot_prove_who_it_is(*, trusted: bool) -> None:
    """A certificate of another name, or of an unknown authority, is refused; and for good."""
    name, context = ("another.invalid", client_tls()) if trusted else ("localhost", None)
    with RawService(Peer.authenticate, tls=server_tls(name)) as service:
        error = failure(service.uri, ssl_context=context, connect_attempts=3)
        assert service.connections == 1
    assert type(error) is ConnectError
    assert "could not prove its identity" in str(error)


def untrusted(**options: Any) -> str:
    """What is said of a certificate whose authority nobody knows."""
    with RawService(Peer.authenticate, tls=server_tls()) as service:
        return str(failure(service.uri, **options))


def test_unknown_authority_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of authorities that is in force is named, and how to name another."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    paths = ssl.get_default_verify_paths()
    words = untrusted()
    assert (paths.cafile or paths.capath or "this system") in words
    assert "ssl_context=ssl.create_default_context(cafile=...)" in words
    monkeypatch.setenv("SSL_CERT_FILE", missing := str(Path("none.pem").absolute()))
    assert f"{missing}, which SSL_CERT_FILE names and which is not there" in untrusted()
    assert "your ssl_context" in untrusted(ssl_context=ssl.create_default_context())


def test_expired_certificate_is_told_as_such() -> None:
    """Nothing of this machine's settings would help."""
    with RawService(Peer.authenticate, tls=expired()) as service:
        error = failure(service.uri, ssl_context=client_tls())
    assert "renew the certificate, unless this machine's clock is wrong" in str(error)


def test_key_log_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, and nothing is tried again."""
    monkeypatch.setenv("SSLKEYLOGFILE", "/nonexistent/keys.log")
    with RawService(Peer.wait_for_end) as service:
        error = failure(f"wss://localhost:{service.port}", connect_attempts=3)
        assert service.connections == 1
    assert type(error) is SettingsError
    assert "SSLKEYLOGFILE names /nonexistent/keys.log" in str(error)


def test_tls_to_a_plain_server() -> None:
    """A wss:// address of a ws:// service is recognised."""

    def conversation(peer: Peer) -> None:
        peer.receive(1)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawService(conversation) as service:
        error = failure(f"wss://localhost:{service.port}", ssl_context=client_tls())
    assert type(error) is ConnectError
    assert "is it a ws:// URL?" in str(error)


def test_plain_to_a_tls_server() -> None:
    """A ws:// address of a wss:// service is recognised."""
    with RawService(Peer.open_websocket, tls=server_tls()) as service:
        error = failure(f"ws://localhost:{service.port}")
    assert type(error) is ConnectError
    assert "wss://" in str(error)


# ---- HTTP proxies


def tunnelling(
    heads: list[str], then: Conversation, tls: ssl.SSLContext | None = None
) -> Conversation:
    """A proxy that notes what it is asked for, and then is the service itself."""

    def conversation(peer: Peer) -> None:
        heads.append(peer.receive_head())
        peer.send(b"HTTP/1.1 200 Connection established\r\nX-Proxy: mine\r\n\r\n")
        if tls is not None:
            peer.stream = tls.wrap_socket(peer.stream, server_side=True)
        then(peer)

    return conversation


def one_cover(peer: Peer) -> None:
    """The service with one cover."""
    peer.authenticate()
    peer.receive_frame()
    peer.send_segment(b"sound", is_final=True)


def test_http_proxy() -> None:
    """The proxy is asked for a tunnel, and looks the name up itself."""
    heads: list[str] = []
    uri = f"ws://{ELSEWHERE}:8765"
    with RawService(tunnelling(heads, one_cover)) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        with Client(uri, "a-token", proxy=address, allow_insecure=True) as client:
            assert client.create_cover(SONG, VOICE).audio == b"sound"
    assert heads == [f"CONNECT {ELSEWHERE}:8765 HTTP/1.1\r\nHost: {ELSEWHERE}:8765\r\n\r\n"]


def test_tls_through_an_http_proxy() -> None:
    """It is the service, not the proxy, that proves who it is."""
    heads: list[str] = []
    with RawService(tunnelling(heads, one_cover, server_tls(ELSEWHERE))) as proxy:
        options: SettingsOptions = {
            "proxy": f"http://127.0.0.1:{proxy.port}",
            "ssl_context": client_tls(),
        }
        with Client(f"wss://{ELSEWHERE}", "a-token", **options) as client:
            assert client.create_cover(SONG, VOICE).audio == b"sound"
    assert heads[0].startswith(f"CONNECT {ELSEWHERE}:443 ")


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    """Without a setting the proxy is that of the environment, as other programs take it."""
    heads: list[str] = []
    with RawService(tunnelling(heads, one_cover, server_tls(ELSEWHERE))) as proxy:
        monkeypatch.setenv(variable, f"{scheme}127.0.0.1:{proxy.port}")
        with Client(f"wss://{ELSEWHERE}", "a-token", ssl_context=client_tls()) as client:
            assert client.create_cover(SONG, VOICE).audio == b"sound"
    assert len(heads) == 1


@pytest.mark.parametrize("reason", ["no_proxy", "the setting"])
def test_no_proxy(monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """Exceptions of the environment hold, and `proxy=None` leaves every proxy out."""
    with RawService(Peer.wait_for_end) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        options: dict[str, Any] = {}
        if reason == "no_proxy":
            monkeypatch.setenv("no_proxy", f"example.org,{ELSEWHERE}")
        else:
            options["proxy"] = None
        assert f"cannot find the host {ELSEWHERE}" in str(failure(f"wss://{ELSEWHERE}", **options))
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("exceptions", "uri"),
    [
        ("10.0.0.0/8", "wss://10.1.2.3:8765"),
        ("example.org, 10.1.2.3", "wss://10.1.2.3:8765"),
        ("10.1.2.3:8765", "wss://10.1.2.3:8765"),
        ("covers.example:8765", "wss://covers.example:8765"),
        ("COVERS.example", "wss://covers.example:8765"),
        (".example", "wss://covers.example:8765"),
        ("*.example", "wss://covers.example:8765"),
        ("example.org,*", "wss://covers.example:8765"),
        ("[fd00::1]", "wss://[fd00::1]:8765"),
        ("[fd00::1]:8765", "wss://[fd00::1]:8765"),
        ("fd00::1", "wss://[fd00::1]:8765"),
        ("fd00::/8", "wss://[fd00::1]:8765"),
        ("[fd00::]/8", "wss://[fd00::1]:8765"),
        ("covers.example", "wss://covers.example.:8765"),
        ("covers.example.", "wss://covers.example:8765"),
        ("bücher.example", "wss://bücher.example:8765"),
        ("BÜCHER.example:8765", "wss://bücher.example:8765"),
        ("xn--bcher-kva.example", "wss://bücher.example:8765"),
    ],
)
def test_exceptions_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, exceptions: str, uri: str
) -> None:
    """Names, domains, addresses and networks, with a port or without, as other programs do."""
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", exceptions)
    assert find_proxy(Settings(uri=uri)) is None
    others = ["wss://11.1.2.3:8766", "wss://mycovers.example.com", "wss://[fe00::1]:8766"]
    if "*" not in exceptions.split(","):
        assert all(find_proxy(Settings(uri=other)) for other in others)


def test_exception_for_another_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not count."""
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "covers.example:8765,10.1.2.3:8765,[fd00::1]:8765")
    for host in ("covers.example", "10.1.2.3", "[fd00::1]"):
        assert find_proxy(Settings(uri=f"wss://{host}:8766"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}", "socks://127.0.0.1:{}"])
def test_dead_proxy(closed_port: int, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """It is the proxy that is named, and the variable that names it, and not the service."""
    address = address.format(closed_port).replace("socks://", "socks5h://")
    monkeypatch.setenv("HTTPS_PROXY", address)
    error = failure(f"wss://{ELSEWHERE}")
    assert type(error) is ConnectError
    assert f"the proxy {address} (from HTTPS_PROXY) does not take connections" in str(error)
    assert ELSEWHERE not in str(error)


def test_proxy_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the proxy's name that cannot be found."""
    monkeypatch.setenv("all_proxy", f"http://user:hush@{ELSEWHERE}:3128")
    error = failure("wss://another.invalid")
    expected = f"cannot find the host {ELSEWHERE}; it is that of the proxy http://{ELSEWHERE}:3128"
    assert str(error) == f"{expected} (from all_proxy)"


@pytest.mark.parametrize("password", ["hush#x", "1/hush", "?hush", "hush[x"])
def test_proxy_password_with_special_characters(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """The variable is named, and how to write them; nothing of the password is."""
    monkeypatch.setenv("https_proxy", f"http://user:{password}@proxy.example:3128")
    error = failure(f"wss://{ELSEWHERE}", connect_attempts=3)
    assert type(error) is SettingsError
    assert str(error).startswith("https_proxy must be the URL of a proxy")
    assert "%23 for #" in str(error)
    assert "hush" not in "".join(traceback.format_exception(error))


def test_no_proxy_for_this_machine(
    voiceshift_service: ScriptedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service on this machine is reached directly, whatever the environment says."""
    with RawService(Peer.wait_for_end) as proxy:
        for variable in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        with Client(proxy=f"http://127.0.0.1:{proxy.port}") as client:
            assert client.create_cover(SONG, VOICE).complete
        assert proxy.connections == 0


def test_informational_answer_of_a_proxy() -> None:
    """It is passed over, as HTTP wants it."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        one_cover(peer)

    with RawService(conversation) as proxy:
        options: SettingsOptions = {
            "proxy": f"http://127.0.0.1:{proxy.port}",
            "allow_insecure": True,
        }
        with Client(f"ws://{ELSEWHERE}:8765", "a-token", **options) as client:
            assert client.create_cover(SONG, VOICE).audio == b"sound"


def test_proxy_is_asked_for_punycode() -> None:
    """A host in any language goes out in ASCII: to the proxy, to the service and in TLS."""
    heads: list[str] = []
    name = "xn--mller-kva.invalid"

    def then(peer: Peer) -> None:
        heads.append(peer.receive_head())

    with RawService(tunnelling(heads, then, server_tls(name))) as proxy:
        options = {"proxy": f"http://127.0.0.1:{proxy.port}", "ssl_context": client_tls()}
        failure("wss://müller.invalid:8765", **options)
    assert heads[0].startswith(f"CONNECT {name}:8765 HTTP/1.1\r\nHost: {name}:8765\r\n")
    assert f"\r\nHost: {name}:8765\r\n" in heads[1]


@pytest.mark.parametrize("status", [403, 407])
def test_proxy_that_refuses(status: int) -> None:
    """A refusal has the proxy's status; another attempt would meet the same."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(f"HTTP/1.1 {status} No\r\n\r\n".encode())

    with RawService(conversation) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        error = failure(f"wss://{ELSEWHERE}", proxy=address, connect_attempts=3)
        assert proxy.connections == 1
    assert isinstance(error, ConnectError)
    assert error.status == status
    assert "the proxy 127.0.0.1 refused" in str(error)


def test_proxy_login() -> None:
    """Name and password are sent to the proxy, decoded from the address, and shown nowhere."""
    heads = []

    def conversation(peer: Peer) -> None:
        heads.append(peer.receive_head())
        peer.send(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")

    with RawService(conversation) as proxy:
        address = f"http://user:hush%40hush@127.0.0.1:{proxy.port}"
        error = failure(f"wss://{ELSEWHERE}", proxy=address)
    login = base64.b64encode(b"user:hush@hush").decode()
    assert f"Proxy-Authorization: Basic {login}" in heads[0].splitlines()
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert "hush" not in shown
    assert login not in shown


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-server\r\n\r\n", b"HTTP/1.1\r\n\r\n", b"x" * 70_000]
)
def test_no_proxy_at_all(answer: bytes) -> None:
    """What does not answer as a proxy is named."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(answer)

    with RawService(conversation) as proxy:
        error = failure(f"wss://{ELSEWHERE}", proxy=f"http://127.0.0.1:{proxy.port}")
    assert type(error) is ConnectError
    assert "did not answer as a proxy" in str(error)


def test_proxy_that_drips() -> None:
    """The deadline is a total within the proxy's answer, too."""
    stop = threading.Event()

    def conversation(peer: Peer) -> None:
        for _ in range(500):
            if stop.wait(0.02):
                break
            peer.send(b"x")

    with RawService(conversation) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        dialing = dialer(f"wss://{ELSEWHERE}", seconds=0.5, proxy=address)
        with pytest.raises(ConnectTimeout):
            dialing.dial()
        stop.set()
        dialing.close()


def test_close_within_the_proxys_answer() -> None:
    """A client can be closed while its proxy hesitates."""
    asked = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        asked.set()
        peer.wait_for_end()

    with RawService(conversation) as proxy, ThreadPoolExecutor(1) as elsewhere:
        client = Client(f"wss://{ELSEWHERE}", "a-token", proxy=f"http://127.0.0.1:{proxy.port}")
        call = elsewhere.submit(client.authenticate)
        assert asked.wait(30)
        client.close()
        assert isinstance(call.exception(30), ClientClosed)


def test_kind_of_proxy_that_is_not_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the environment that cannot be used is an error, not passed over."""
    monkeypatch.setenv("https_proxy", "ftp://user:hush@127.0.0.1:21")
    error = failure(f"wss://{ELSEWHERE}")
    assert type(error) is SettingsError
    assert "ftp://" in str(error)
    assert "hush" not in str(error)


# ---- SOCKS proxies (RFC 1928)


def socks(asked: list[bytes], then: Conversation, *, reply: int = 0) -> Conversation:
    """A SOCKS5 proxy without a login, which then is the service itself."""

    def conversation(peer: Peer) -> None:
        _, methods = peer.receive(2)
        peer.receive(methods)
        peer.send(b"\x05\x00")
        _, _, _, kind = peer.receive(4)
        length = {1: 4, 3: None, 4: 16}[kind]
        address = peer.receive(peer.receive(1)[0] if length is None else length)
        asked.append(address + b":" + str(int.from_bytes(peer.receive(2), "big")).encode())
        peer.send(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if reply == 0:
            then(peer)

    return conversation


@pytest.mark.parametrize(
    ("scheme", "host", "address"),
    [
        ("socks5h", ELSEWHERE, ELSEWHERE.encode()),
        ("socks5", "192.0.2.1", bytes([192, 0, 2, 1])),  # an address for documentation, RFC 5737
        ("socks", "192.0.2.1", bytes([192, 0, 2, 1])),
    ],
)
def test_socks_proxy(scheme: str, host: str, address: bytes) -> None:
    """A cover comes through a SOCKS proxy, which with socks5h looks the name up itself."""
    asked: list[bytes] = []
    with RawService(socks(asked, one_cover)) as proxy:
        options: SettingsOptions = {
            "proxy": f"{scheme}://127.0.0.1:{proxy.port}",
            "allow_insecure": True,
        }
        with Client(f"ws://{host}:8765", "a-token", **options) as client:
            assert client.create_cover(SONG, VOICE).audio == b"sound"
    assert asked == [address + b":8765"]


def test_socks_proxy_that_refuses() -> None:
    """A refusal is a connection that could not be made."""
    with RawService(socks([], one_cover, reply=5)) as proxy:
        address = f"socks5h://user:hush@127.0.0.1:{proxy.port}"
        error = failure(f"wss://{ELSEWHERE}", proxy=address)
    assert type(error) is ConnectError
    assert "the proxy 127.0.0.1 refused" in str(error)
    assert "hush" not in "".join(traceback.format_exception(error))


def test_socks_proxy_that_stalls() -> None:
    """A proxy that says nothing is given up in time."""
    with RawService(Peer.wait_for_end) as proxy:
        address = f"socks5h://127.0.0.1:{proxy.port}"
        error = failure(f"wss://{ELSEWHERE}", proxy=address, connect_timeout=0.3)
    assert type(error) is ConnectTimeout


def test_socks_proxy_for_a_name_that_is_not_known_here() -> None:
    """With socks5 the name is looked up here, and the proxy is not to blame."""
    with RawService(Peer.wait_for_end) as proxy:
        error = failure(f"wss://{ELSEWHERE}", proxy=f"socks5://127.0.0.1:{proxy.port}")
        assert proxy.connections == 0
    assert type(error) is ConnectError
    assert "proxy" not in str(error)
    assert f"cannot find the host {ELSEWHERE}" in str(error)


def test_socks_proxy_that_drips() -> None:
    """The deadline is a total within the handshake of a SOCKS proxy, too."""
    stop = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.send(b"\x05\x00\x05\x00\x00\x03\xff")
        while not stop.wait(0.02):
            peer.send(b"x")

    with RawService(conversation) as proxy:
        address = f"socks5h://127.0.0.1:{proxy.port}"
        dialing = dialer(f"wss://{ELSEWHERE}", seconds=0.5, proxy=address)
        with pytest.raises(ConnectTimeout):
            dialing.dial()
        stop.set()
        dialing.close()


def test_close_within_a_socks_handshake() -> None:
    """A client can be closed while its SOCKS proxy hesitates."""
    asked = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.receive(1)
        asked.set()
        peer.wait_for_end()

    with RawService(conversation) as proxy, ThreadPoolExecutor(1) as elsewhere:
        options: SettingsOptions = {"proxy": f"socks5h://127.0.0.1:{proxy.port}"}
        client = Client(f"wss://{ELSEWHERE}", "a-token", **options)
        call = elsewhere.submit(client.authenticate)
        assert asked.wait(30)
        client.close()
        assert isinstance(call.exception(30), ClientClosed)


def test_socks_proxy_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that SOCKS needs is named."""
    monkeypatch.setitem(sys.modules, "python_socks", None)
    error = failure(f"wss://{ELSEWHERE}", proxy="socks5h://127.0.0.1:1080")
    assert type(error) is SettingsError
    assert 'pip install "python-socks>=3"' in str(error)

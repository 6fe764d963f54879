"""The WebSocket on real sockets, against peers that say right and wrong bytes."""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
import time
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import websocket

from tests.support.raw_service import Conversation, Peer, RawService
from voiceshift import (
    AuthError,
    ConnectError,
    ConnectionLost,
    MessageTooBig,
    ProtocolError,
    VoiceShiftError,
)
from voiceshift.settings import Settings
from voiceshift.testing.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_frame,
    frame,
)
from voiceshift.wire.transport import WebSocket, connect

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def opened(conversation: Conversation, **options: Any) -> Iterator[WebSocket]:
    """A WebSocket to a peer that has this conversation after the handshake."""

    def converse(peer: Peer) -> None:
        peer.open_websocket()
        conversation(peer)

    with RawService(converse) as service:
        stream = socket.create_connection((service.host, service.port))
        with closing(stream):
            yield connect(stream, Settings(uri=service.uri, token="a-token", **options))


def saying(data: bytes) -> Conversation:
    """A conversation of these bytes only."""
    return lambda peer: peer.send(data)


def received(data: bytes, **options: Any) -> list[bytes]:
    """The messages in these bytes, which end with a close."""
    messages: list[bytes] = []

    def read_on() -> None:
        while True:
            messages.append(bytes(connection.receive()))

    with (
        opened(saying(data + close_frame(1000)), **options) as connection,
        pytest.raises(ConnectionLost, match="1000"),
    ):
        read_on()
    return messages


def failure(data: bytes, **options: Any) -> VoiceShiftError:
    """What reading these bytes ends with."""
    with opened(saying(data), **options) as connection, pytest.raises(VoiceShiftError) as caught:
        connection.receive()
    return caught.value


# ---- messages


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 300_000, 3_000_000])
def test_message_of_any_length(size: int) -> None:
    """Each of the three forms of a length is read right, at its limits too."""
    payload = random.Random(size).randbytes(size)
    assert received(frame(BINARY, payload) + frame(TEXT, b"next")) == [payload, b"next"]


def test_many_small_messages() -> None:
    """Messages that come in one piece are told apart."""
    payloads = [str(number).encode() for number in range(50_000)]
    assert received(b"".join(frame(TEXT, payload) for payload in payloads)) == payloads


def test_fragments_are_joined() -> None:
    """A message in fragments, an empty one among them, is one message."""
    data = (
        frame(TEXT, b"one ", final=False)
        + frame(CONTINUATION, b"", final=False)
        + frame(CONTINUATION, b"two ", final=False)
        + frame(CONTINUATION, b"three")
    )
    assert received(data + frame(TEXT, b"next")) == [b"one two three", b"next"]


def test_ten_thousand_fragments() -> None:
    """The number of fragments does not matter."""
    pieces = [struct.pack("!H", number) * 64 for number in range(10_000)]
    data = frame(BINARY, pieces[0], final=False)
    data += b"".join(frame(CONTINUATION, piece, final=False) for piece in pieces[1:])
    assert received(data + frame(CONTINUATION)) == [b"".join(pieces)]


def test_pings_between_fragments_are_answered() -> None:
    """A ping may come in the middle of a message; its answer has its content."""
    pongs = []

    def conversation(peer: Peer) -> None:
        for number in range(3):
            opcode = CONTINUATION if number else TEXT
            peer.send(frame(opcode, b"x", final=False) + frame(PING, bytes([number])))
            pongs.append(peer.receive_frame())
        peer.send(frame(PONG, b"unasked") + frame(CONTINUATION, b"y"))

    with opened(conversation) as connection:
        assert bytes(connection.receive()) == b"xxxy"
    assert pongs == [(PONG, b"\x00"), (PONG, b"\x01"), (PONG, b"\x02")]


def some_stream(seed: int) -> bytes:
    """Valid frames: messages of several lengths, some in fragments, pings and pongs between."""
    chance = random.Random(seed)
    data = b""
    for _ in range(chance.randint(1, 12)):
        size = chance.choice([0, 1, 5, 125, 126, 127, 4000, 65535, 65536, 400_000])
        payload = bytes(chance.choices(range(32, 127), k=size))  # ASCII: the library validates text
        cuts = sorted(chance.choices(range(size + 1), k=chance.choice([0, 0, 0, 1, 2, 7])))
        opcode = chance.choice([TEXT, BINARY])
        for start, end in zip([0, *cuts], [*cuts, None], strict=True):
            if chance.random() < 0.3:
                data += frame(chance.choice([PING, PONG]), payload[:20])
            data += frame(opcode, payload[start:end], final=end is None)
            opcode = CONTINUATION
    return data


def by_the_library(data: bytes) -> list[bytes]:
    """The messages in these bytes, as websocket-client itself reads them."""
    messages: list[bytes] = []

    def converse(peer: Peer) -> None:
        peer.open_websocket()
        peer.send(data + close_frame(1000))

    with RawService(converse) as service:
        connection = websocket.create_connection(service.uri, timeout=30)
        while True:
            opcode, payload = connection.recv_data()
            if opcode == CLOSE:
                break
            messages.append(bytes(payload))
        connection.shutdown()  # its close leaves the socket open here
    return messages


@pytest.mark.parametrize("seed", range(20))
def test_reads_what_the_library_reads(seed: int) -> None:
    """On valid streams the messages are those of the library's own, slower path."""
    data = some_stream(seed)
    assert received(data) == by_the_library(data)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_delivery_in_pieces(size: int) -> None:
    """However the network cuts the bytes, the messages are the same."""
    data = frame(TEXT, b"a" * 10) + frame(BINARY, b"b" * 200, final=False) + frame(PING, b"?")
    data += frame(CONTINUATION, b"c" * 300) + close_frame(1000)

    def conversation(peer: Peer) -> None:
        for start in range(0, len(data), size):
            peer.send(data[start : start + size])

    with opened(conversation) as connection:
        assert bytes(connection.receive()) == b"a" * 10
        assert bytes(connection.receive()) == b"b" * 200 + b"c" * 300
        with pytest.raises(ConnectionLost, match="1000"):
            connection.receive()


# ---- limits and rules


def test_size_is_checked_at_the_header() -> None:
    """A frame that announces too much is refused before any of it arrives."""
    error = failure(frame(BINARY, b"", length=2**62))
    assert isinstance(error, MessageTooBig)
    assert (error.size, error.limit) == (2**62, 64 * 2**20)


def test_size_at_the_limit() -> None:
    """A message of exactly max_message_size is taken, also in fragments."""
    whole = frame(TEXT, b"x" * 1000)
    split = frame(TEXT, b"x" * 999, final=False) + frame(CONTINUATION, b"y")
    messages = received(split + whole, max_message_size=1000)
    assert messages == [b"x" * 999 + b"y", b"x" * 1000]


def test_sizes_of_fragments_are_summed() -> None:
    """Many small fragments do not get past the limit."""
    data = frame(TEXT, b"x" * 600, final=False) + frame(CONTINUATION, b"y" * 401)
    error = failure(data, max_message_size=1000)
    assert isinstance(error, MessageTooBig)
    assert (error.size, error.limit) == (1001, 1000)


@pytest.mark.parametrize(
    "data",
    [
        frame(TEXT, b"masked", mask=True),
        frame(CLOSE, b"\x03\xe8", mask=True),
        frame(TEXT, b"x", reserved=0b100),
        frame(TEXT, b"x", reserved=0b010),
        frame(TEXT, b"x", reserved=0b001),
        frame(CONTINUATION, b"of nothing"),
        frame(TEXT, b"begun", final=False) + frame(TEXT, b"another"),
        frame(0x3, b"unknown opcode"),
        frame(0xB, b"unknown control opcode"),
        frame(PING, b"x" * 126),
        frame(PING, b"x", final=False),
        frame(PONG, b"x", final=False),
        frame(CLOSE, b"\x03\xe8", final=False),
        frame(CLOSE, b"\x03\xe8" + b"x" * 124),
    ],
    ids=[
        "masked",
        "masked close",
        "first reserved bit",
        "second reserved bit",
        "third reserved bit",
        "continuation of nothing",
        "message within a message",
        "unknown opcode",
        "unknown control opcode",
        "long ping",
        "split ping",
        "split pong",
        "split close",
        "long close",
    ],
)
def test_broken_rules(data: bytes) -> None:
    """What RFC 6455 forbids is a protocol error."""
    assert type(failure(data)) is ProtocolError


def test_compression_that_nobody_asked_for() -> None:
    """It is told apart from other broken rules: it is mostly a proxy that adds it."""
    error = failure(frame(TEXT, b"x", reserved=0b100))
    assert "compressed" in str(error)


# ---- the end


@pytest.mark.parametrize(
    ("payload", "code", "reason"),
    [
        (b"", 1005, ""),
        (b"\x03", 1005, ""),
        (struct.pack("!H", 1000), 1000, ""),
        (struct.pack("!H", 1011) + b"why", 1011, "why"),
        (struct.pack("!H", 0) + b"why", 0, "why"),
        (struct.pack("!H", 999), 999, ""),
        (struct.pack("!H", 1006), 1006, ""),
        (struct.pack("!H", 4999) + "größer".encode(), 4999, "größer"),
        (struct.pack("!H", 65535), 65535, ""),
        (struct.pack("!H", 1001) + b"\xff\xfe", 1001, "\ufffd\ufffd"),
        (struct.pack("!H", 1001) + b"x" * 123, 1001, "x" * 123),
    ],
)
def test_close_has_its_code_and_reason(payload: bytes, code: int, reason: str) -> None:
    """Every close is a lost connection with the service's code, 1005 where it has none."""
    error = failure(frame(CLOSE, payload))
    assert isinstance(error, ConnectionLost)
    assert (error.code, error.reason) == (code, reason)


def test_unauthorized() -> None:
    """Code 4001 is the refused token."""
    error = failure(close_frame(4001, b"Unauthorized"))
    assert isinstance(error, AuthError)
    assert (error.code, error.reason) == (4001, "Unauthorized")


def test_close_is_answered() -> None:
    """The service's close gets its code back."""
    answers = []

    def conversation(peer: Peer) -> None:
        peer.send(close_frame(4001, b"no"))
        answers.append(peer.receive_frame())

    with opened(conversation) as connection, pytest.raises(AuthError):
        connection.receive()
    assert answers == [(CLOSE, struct.pack("!H", 4001))]


def test_close_after_messages() -> None:
    """What was sent before the close is received before it."""
    assert received(frame(TEXT, b"last words")) == [b"last words"]


def test_close_keeps_its_code_where_no_answer_can_be_sent() -> None:
    """A service that closes and is gone has told why all the same."""

    def conversation(peer: Peer) -> None:
        peer.send(frame(PING) * 5 + close_frame(4001, b"no"))
        peer.stream.shutdown(socket.SHUT_RD)
        peer.stream.close()

    with opened(conversation) as connection, pytest.raises(AuthError):
        connection.receive()


@pytest.mark.parametrize(
    "data",
    [b"", frame(TEXT, b"x" * 10)[:1], frame(TEXT, b"x" * 200)[:3], frame(TEXT, b"x" * 10)[:-1]],
    ids=["before", "in the header", "in the length", "in the content"],
)
def test_end_without_a_close(data: bytes) -> None:
    """A stream that just ends is a lost connection with code 1006."""
    error = failure(data)
    assert isinstance(error, ConnectionLost)
    assert (error.code, error.reason) == (1006, "")


def test_reset() -> None:
    """A reset of the network is a lost connection, with the system's error as its cause."""
    with opened(Peer.reset) as connection, pytest.raises(ConnectionLost) as caught:
        connection.receive()
    assert caught.value.code == 1006
    assert isinstance(caught.value.__cause__, OSError)


def test_sending_on_an_ended_connection() -> None:
    """What cannot be sent is a lost connection."""
    with opened(saying(b"")) as connection:
        connection.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(ConnectionLost):
            connection.send_message("too late")


def test_messages_are_sent_as_masked_text() -> None:
    """A client's frames are masked, whole, and text."""
    heard = []

    def conversation(peer: Peer) -> None:
        heard.append(peer.receive_frame())

    with opened(conversation) as connection:
        connection.send_message("größer " * 20_000)
        with pytest.raises(ConnectionLost):
            connection.receive()
    assert heard == [(TEXT, ("größer " * 20_000).encode())]


# ---- keep-alive


def test_silent_service_is_pinged_and_given_up() -> None:
    """After ping_interval comes a ping, after ping_timeout more of silence the end."""
    heard = []

    def conversation(peer: Peer) -> None:
        heard.append(peer.receive_frame()[0])
        peer.wait_for_end()

    with (
        opened(conversation, ping_interval=0.2, ping_timeout=0.3) as connection,
        pytest.raises(ConnectionLost, match="silent") as caught,
    ):
        connection.receive()
    assert caught.value.code == 1006
    assert heard == [PING]


def test_service_that_answers_pings_is_kept() -> None:
    """A long silence with answered pings is no reason to end."""

    def conversation(peer: Peer) -> None:
        for _ in range(5):
            opcode, payload = peer.receive_frame()
            assert opcode == PING
            peer.send(frame(PONG, payload))
        peer.send(frame(TEXT, b"at last"))

    with opened(conversation, ping_interval=0.1, ping_timeout=30) as connection:
        assert bytes(connection.receive()) == b"at last"


def test_any_byte_counts_as_a_sign_of_life() -> None:
    """A service in the middle of a long message need not answer pings."""
    data = frame(TEXT, b"slowly")

    def conversation(peer: Peer) -> None:
        for byte in data:
            assert peer.receive_frame()[0] == PING
            peer.send(bytes([byte]))

    with opened(conversation, ping_interval=0.1, ping_timeout=30) as connection:
        assert bytes(connection.receive()) == b"slowly"


class Stopped(socket.socket):
    """A socket of a process that is stopped while it waits: time is up, and there are bytes.

    Attributes:
        times: How often.
    """

    times = 2

    def recv_into(self, *arguments: Any) -> int:
        """As the socket's own, after these times."""
        if self.times:
            self.times -= 1
            assert select.select([self], [], [], 30)[0]
            raise TimeoutError
        return super().recv_into(*arguments)


def test_time_that_was_up_while_bytes_came_is_no_silence() -> None:
    """The service is neither pinged nor given up."""
    with opened(saying(frame(TEXT, b"here"))) as connection:
        connection.sock = Stopped(fileno=connection.sock.detach())
        with closing(connection.sock):
            assert bytes(connection.receive()) == b"here"
            assert connection.sock.times == 0


def test_no_ping_without_an_interval() -> None:
    """With ping_interval of None the service may be silent for ever."""
    waited = threading.Event()

    def conversation(peer: Peer) -> None:
        peer.stream.settimeout(0.5)
        with pytest.raises(TimeoutError):
            peer.receive(1)
        waited.set()
        peer.send(frame(TEXT, b"at last"))

    with opened(conversation, ping_interval=None) as connection:
        assert bytes(connection.receive()) == b"at last"
    assert waited.is_set()


# ---- closing


def test_begin_close_sends_a_close_frame() -> None:
    """Our half of the close is a masked frame with code 1000; the service's comes as its answer."""
    heard = []

    def conversation(peer: Peer) -> None:
        heard.append(peer.receive_frame())
        peer.send(close_frame(1000))

    with opened(conversation) as connection:
        assert connection.begin_close(1)
        with pytest.raises(ConnectionLost) as caught:
            connection.receive()
    assert caught.value.code == 1000
    assert heard == [(CLOSE, b"\x03\xe8")]


def test_begin_close_does_not_wait_for_a_full_network() -> None:
    """Where the service reads nothing, the close frame is given up at once."""
    leave = threading.Event()

    def conversation(_: Peer) -> None:
        leave.wait(30)

    with opened(conversation) as connection:
        connection.sock.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                connection.sock.send(bytes(2**16))
        connection.settimeout(30)
        started = time.monotonic()
        assert not connection.begin_close(1)
        assert time.monotonic() - started < 20
        leave.set()


def test_begin_close_on_a_closed_socket() -> None:
    """A connection that the reader closed meanwhile needs no close."""
    with opened(saying(b"")) as connection:
        connection.sock.close()
        assert not connection.begin_close(1)


# ---- opening


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-a_server\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28"],
    ids=["nothing", "another protocol", "a web page", "TLS"],
)
def test_no_websocket(answer: bytes) -> None:
    """What does not answer as a WebSocket server is named, and asked about."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(answer)

    with RawService(conversation) as service:
        stream = socket.create_connection((service.host, service.port))
        with closing(stream), pytest.raises(ConnectError) as caught:
            connect(stream, Settings(uri=service.uri, token="a-token"))
    assert service.uri in str(caught.value)


def opened_after(answers: bytes) -> None:
    """Open a WebSocket to a service that says this first, and then the right answer."""

    def conversation(peer: Peer) -> None:
        opening = peer.receive_opening()
        peer.send(answers + opening + frame(TEXT, b"hello"))

    with RawService(conversation) as service:
        stream = socket.create_connection((service.host, service.port))
        with closing(stream):
            opened = connect(stream, Settings(uri=service.uri, token="a-token"))
            assert bytes(opened.receive()) == b"hello"


@pytest.mark.parametrize("status", [100, 102, 103])
def test_informational_answers_are_passed_over(status: int) -> None:
    """The answer is the one behind them (RFC 9110 section 15.2)."""
    opened_after(f"HTTP/1.1 {status} Early\r\nLink: </a>; rel=preload\r\n\r\n".encode() * 3)


def refusal(head: str, body: bytes = b"") -> ConnectError:
    """The error where a server answers with this."""

    def conversation(peer: Peer) -> None:
        peer.receive_head()
        peer.send(f"{head}\r\n\r\n".encode() + body)

    with RawService(conversation) as service:
        stream = socket.create_connection((service.host, service.port))
        with closing(stream), pytest.raises(ConnectError) as caught:
            connect(stream, Settings(uri=service.uri, token="a-token"))
    return caught.value


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "headers"),
        (404, "is the URL right?"),
        (418, "is the URL right?"),
        (408, "waited too long"),
        (425, "so early"),
        (429, "too many requests"),
        (511, "wants a login first"),
        (600, "not a WebSocket"),
        (500, "has failed"),
        (503, "takes no connections now"),
        (520, "Cloudflare"),
        (530, "Cloudflare"),
        (301, "redirect"),
    ],
)
def test_status_is_told_in_words(status: int, words: str) -> None:
    """What it means, and what to do about it."""
    error = refusal(f"HTTP/1.1 {status} No")
    assert (error.status, error.retry_after) == (status, None)
    assert f"HTTP status {status}: " in str(error)
    assert words in str(error)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("9" * 5000, 999_999_999),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("-7", None),
        ("soon", None),
        ("\u00b2", None),
        ("", None),
    ],
)
def test_time_to_wait(value: str, seconds: float | None) -> None:
    """The server's seconds or date; what is neither is passed over."""
    error = refusal(f"HTTP/1.1 429 No\r\nretry-after: {value}")
    assert error.retry_after == seconds
    assert ("asks to wait" in str(error)) is (seconds is not None)


def test_date_to_wait_for() -> None:
    """It is told in seconds from now."""
    date = format_datetime(datetime.now(timezone.utc) + timedelta(minutes=5), usegmt=True)
    seconds = refusal(f"HTTP/1.1 503 No\r\nRetry-After: {date}").retry_after
    assert seconds is not None
    assert 200 < seconds <= 300


def test_page_of_a_refusal_is_not_read() -> None:
    """However long it says it is."""
    error = refusal(f"HTTP/1.1 503 No\r\nContent-Length: {2**62}", b"words")
    assert error.status == 503
    assert "words" not in str(error)


@pytest.mark.parametrize(
    "head", ["HTTP/1.1", "HTTP/1.1 \u00b2 Two", "HTTP/1.1 101 Yes", "HTTP/1.1 200 X" + "x" * 70_000]
)
def test_answer_that_is_none(head: str) -> None:
    """What is no HTTP, too long, or no WebSocket is told as such."""
    error = refusal(head)
    assert error.status is None
    assert "did not answer as a WebSocket server" in str(error)


def request_of(**options: Any) -> list[str]:
    """The lines of the opening request."""
    heads = []

    def conversation(peer: Peer) -> None:
        heads.append(peer.receive_head())

    with RawService(conversation) as service:
        stream = socket.create_connection((service.host, service.port))
        with closing(stream), pytest.raises(ConnectError):
            connect(stream, Settings(uri=service.uri, token="a-token", **options))
    return heads[0].splitlines()


def test_request_says_who_asks() -> None:
    """Services and the servers before them refuse programs without a name."""
    (agent,) = [line for line in request_of() if line.lower().startswith("user-agent:")]
    assert agent.startswith("User-Agent: voiceshift ")


def test_headers_of_the_settings() -> None:
    """They are sent as they are, the program's name in place of ours."""
    headers = {"Authorization": "Basic eDp5", "user-agent": "bot/1", "X-Empty": ""}
    lines = request_of(headers=headers)
    assert {"Authorization: Basic eDp5", "user-agent: bot/1", "X-Empty: "} <= set(lines)
    assert not any(line.startswith("User-Agent") for line in lines)

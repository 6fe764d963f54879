"""The head of an HTTP answer, the service's or a proxy's, read within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

MAX_HEAD = 64 * 1024
"""Bytes."""

SWITCHING_PROTOCOLS = 101
"""HTTP status of an opened WebSocket."""


@frozen
class Answer:
    """The head of an answer.

    Attributes:
        status: HTTP status.
        headers: Values by names in lower case.
        head: All of it, as it came.
    """

    status: int
    headers: Mapping[str, str]
    head: bytes


def read_answer(stream: socket.socket, remaining: Callable[[], float | None]) -> Answer:
    """Read an answer's head and nothing behind it; informational ones before it are passed over.

    Args:
        stream: Where it is read.
        remaining: Seconds that are left; asked again and again.

    Raises:
        ValueError: It is no HTTP, or too long.
        OSError: The stream broke, or did not answer in time.
    """
    while True:
        answer = _parsed(_read_head(stream, remaining))
        if answer.status >= 200 or answer.status == SWITCHING_PROTOCOLS:
            return answer


def _read_head(stream: socket.socket, remaining: Callable[[], float | None]) -> bytes:
    head = bytearray()
    while not head.endswith((b"\r\n\r\n", b"\n\n")):
        stream.settimeout(remaining())
        byte = stream.recv(1)  # one by one: what comes behind belongs to another protocol
        if not byte:
            raise ConnectionError("the connection ended within the answer")
        head += byte
        is_http = head.startswith(b"HTTP/") or byte != b"\n"
        if len(head) > MAX_HEAD or not is_http:
            raise ValueError("the answer is no HTTP")
    return bytes(head)


def _parsed(head: bytes) -> Answer:
    first, *lines = head.decode("latin-1").splitlines()
    _, status, *_ = first.split()
    pairs = (line.partition(":") for line in lines)
    return Answer(int(status), {name.lower(): value.strip() for name, _, value in pairs}, head)

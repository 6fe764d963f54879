"""What can answer at an address in place of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voiceshift.testing.faults.fault import OPENING, Fault, Strike, say

if TYPE_CHECKING:
    from voiceshift.testing.course import Moment, Stream

__all__ = ["FAULTS"]


def answer(data: bytes) -> Strike:
    """Hear the opening handshake out, and answer with these bytes."""

    def hear_and_answer(moment: Moment[Stream]) -> None:
        moment.due()
        moment.peer.send(data)

    return hear_and_answer


def status(number: int, words: str, headers: str = "") -> Fault:
    """An answer with an HTTP status."""
    head = f"HTTP/1.1 {number} {words}\r\n{headers}Content-Length: 0\r\n\r\n"
    description = f"HTTP status {number} ({words}) in place of a WebSocket"
    return Fault(description, answer(head.encode()), OPENING)


FAULTS = {
    "http-401": status(401, "Unauthorized"),
    "http-403": status(403, "Forbidden"),
    "http-404": status(404, "Not Found"),
    "http-503": status(503, "Service Unavailable"),
    "http-302": status(302, "Found", "Location: ws://127.0.0.1:9/\r\n"),
    "web-page": Fault(
        "a web server that knows no WebSocket",
        answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        OPENING,
    ),
    "other-protocol": Fault(
        "a server of another protocol, such as SSH", say(b"SSH-2.0-a_server\r\n"), OPENING
    ),
}

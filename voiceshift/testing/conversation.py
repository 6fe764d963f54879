"""One connection of the scripted service, from the opening handshake to its end."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from voiceshift.testing.frames import json_frame
from voiceshift.testing.peer import CLOSE_TIMEOUT, Peer
from voiceshift.testing.script import NOTICE, authentication, cover, message

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from voiceshift.testing.script import Script, Scripts, Step, Turn

INVALID_DATA = 1007
"""Close code for a message that is not what its type says, RFC 6455 section 7.4.1."""


class Conversation:
    """Talks with one client, in a thread of its own.

    Args:
        stream: The connection.
        scripts: The scripts to follow.
        token: The token it accepts.
        requests: The list to add the cover requests to.
    """

    def __init__(
        self, stream: socket.socket, scripts: Scripts, token: str, requests: list[dict[str, Any]]
    ) -> None:
        self._peer = Peer(stream)
        self._scripts = scripts
        self._token = token
        self._requests = requests
        self._thread = threading.Thread(
            target=self._run, name="voiceshift-scripted-conversation", daemon=True
        )
        self._thread.start()

    @property
    def was_opened(self) -> bool:
        """Whether a WebSocket was opened."""
        return self._peer.is_open

    def end(self, code: int, reason: str) -> None:
        """Close the connection, from another thread, and wait until that is done."""
        with suppress(OSError):  # the client was first
            self._peer.close(code, reason)
        self._thread.join(CLOSE_TIMEOUT)
        self._peer.shut_down()
        self._thread.join()

    def _run(self) -> None:
        try:
            with suppress(EOFError, OSError):  # the client ended the connection, as it may
                self._converse_or_close()
        finally:
            self._peer.close_socket()

    def _converse_or_close(self) -> None:
        try:
            self._converse()
        except ValueError:
            self._peer.close(INVALID_DATA, "a message is not a JSON object")
            self._peer.ignore()

    def _converse(self) -> None:
        script = self._scripts.next_connection()
        self._follow(script, authentication(self._peer, self._token))
        while True:
            self._answer(self._peer.receive_message())

    def _answer(self, request: dict[str, Any]) -> None:
        if "token" in request:
            return  # the script left the usual course before the token was asked for
        self._requests.append(request)
        if problem := _problem(request):
            self._peer.send(json_frame(type="error", message=problem))
            return
        script = self._scripts.next_cover()
        self._follow(script, cover(self._peer, request, script.recording))

    def _follow(self, script: Script, course: Iterable[tuple[Step, Turn]]) -> None:
        """Follow the usual course to its end, or to where the script has something else."""
        for step, turn in course:
            if step != script.at or script.act is None:
                self._peer.send(turn.next_bytes())
                continue
            needs_message = not turn.message and step != "opening"
            script.act(self._peer, message(**NOTICE) if needs_message else turn)
            if script.stops_reading or not self._peer.is_open:
                self._peer.drain()
            if not script.continues:
                return


def _problem(request: dict[str, Any]) -> str | None:
    """What is wrong with a cover request, if anything."""
    if request.get("type") not in ("cover", "cover_request"):
        return f"there is no request of the type {request.get('type')!r}"
    for name, kind in (("song", str), ("model", str), ("pitch", int)):
        if type(request.get(name)) is not kind:
            return f"{name} is missing or of the wrong type"
    if not -2 <= request["pitch"] <= 2:
        return "pitch is not from -2 to 2"
    return None

"""A client's connection on which every send has a time limit, the library's own too.

Pongs, pings and close frames are sent by the WebSocket library. To a client that reads nothing they
would wait for ever, and all else that is to be sent or closed would wait behind them.
"""

from __future__ import annotations

from websockets.sync.server import ServerConnection

from voiceshift.util.deadline import time_limit
from voiceshift.util.sockets import abort


class LimitedConnection(ServerConnection):
    """Aborted when the client does not take what is sent to it.

    Attributes:
        send_timeout: Seconds that one send may take; ``None`` is no limit.
    """

    send_timeout: float | None = None

    def send_data(self) -> None:
        """Send what is due: the library calls this for all that it sends."""
        if not self.protocol.writes:  # it calls this after all that it receives, too
            return
        # The socket's own timeout would not do: it counts for the thread that reads, too, and
        # changing it while that thread reads over TLS makes the read fail.
        with time_limit(self.send_timeout, abort, self.socket):
            super().send_data()


def limited_connection(timeout: float | None) -> type[LimitedConnection]:
    """The class of connections that begin with a ``send_timeout``: their handshake has it, too."""
    return type("LimitedConnection", (LimitedConnection,), {"send_timeout": timeout})

"""Every exception that voiceshift raises, and nothing else.

::

    VoiceShiftError
    ├── SettingsError(ValueError)         a setting or an argument is wrong, and how to fix it
    ├── ConnectError(ConnectionError)     no WebSocket to the service could be opened
    ├── AuthError(PermissionError)        the service refused the token (close 4001), at any moment
    ├── ConnectionLost(ConnectionError)   an open connection ended
    ├── ProtocolError(ValueError)         the service said something that is not in the protocol
    │   └── MessageTooBig                 a message is larger than max_message_size
    ├── CoverError                        the service could not make the cover: its own words
    │   └── ServiceFull                   it accepts no more covers now; asking again later may help
    ├── SaveError(OSError)                a cover could not be written to disk
    ├── WorkerLost(RuntimeError)          what made a cover of a batch ended before it
    ├── ClientBusy(RuntimeError)          a cover is running in another thread
    ├── ClientClosed(RuntimeError)        the client was closed
    └── DeadlineExceeded(TimeoutError)    a time limit passed
        ├── ConnectTimeout                connect_timeout
        ├── AuthTimeout                   auth_timeout
        ├── IdleTimeout                   idle_timeout: the service said nothing for that long
        └── CoverTimeout                  the timeout of one cover

Each also is the built-in exception in its parentheses, so that ``except PermissionError`` works as
it does with the samples of the service's documentation. All survive pickling: the message travels
in ``args``, everything else in the instance's ``__dict__``, which is what
:meth:`BaseException.__reduce__` carries.
"""

from __future__ import annotations

import voiceshift  # for annotations; imports nothing

__all__ = [
    "AuthError",
    "AuthTimeout",
    "ClientBusy",
    "ClientClosed",
    "ConnectError",
    "ConnectTimeout",
    "ConnectionLost",
    "CoverError",
    "CoverTimeout",
    "DeadlineExceeded",
    "IdleTimeout",
    "MessageTooBig",
    "ProtocolError",
    "SaveError",
    "ServiceFull",
    "SettingsError",
    "VoiceShiftError",
    "WorkerLost",
]


class VoiceShiftError(Exception):
    """Base of every exception raised by voiceshift.

    Attributes:
        partial: The audio that arrived before the failure, as a :class:`~voiceshift.Cover` with
            ``complete=False``; ``None`` where there is none. Only errors of a running cover have
            one.
    """

    def __init__(self, message: str, *, partial: voiceshift.Cover | None = None) -> None:
        super().__init__(message)
        self.partial = partial

    def _render_traceback_(self) -> list[str]:  # the name is IPython's
        from voiceshift.util.tracebacks import render_for_notebook

        return render_for_notebook(self)


class SettingsError(VoiceShiftError, ValueError):
    """A setting or an argument is missing or wrong; nothing was sent."""


class ConnectError(VoiceShiftError, ConnectionError):
    """No WebSocket to the service could be opened.

    Attributes:
        status: The HTTP status with which the server refused the WebSocket; ``None`` where it did
            not come to that.
        retry_after: Seconds that the server asks to wait before another attempt; ``None`` where it
            does not say.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        partial: voiceshift.Cover | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.status = status
        self.retry_after = retry_after


class _Closed(VoiceShiftError):
    """What the two errors that come with a close code have in common."""

    def __init__(
        self,
        message: str,
        *,
        code: int = 1006,
        reason: str = "",
        partial: voiceshift.Cover | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.code = code
        self.reason = reason


class AuthError(_Closed, PermissionError):
    """The service refused the token: it closed the connection with code 4001.

    Attributes:
        code: The close code, 4001.
        reason: The service's reason; may be empty.
    """


class ConnectionLost(_Closed, ConnectionError):
    """An open connection ended before its work was done.

    Attributes:
        code: The close code: the service's own, 1005 for a close frame without a code, 1006 where
            no close frame came.
        reason: The service's reason; may be empty.
    """


class ProtocolError(VoiceShiftError, ValueError):
    """The service sent something that the protocol does not have."""


class MessageTooBig(ProtocolError):
    """The service announced a message larger than ``max_message_size``.

    Attributes:
        size: The announced size, in bytes.
        limit: The limit, in bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        size: int = 0,
        limit: int = 0,
        partial: voiceshift.Cover | None = None,
    ) -> None:
        super().__init__(message, partial=partial)
        self.size = size
        self.limit = limit


class CoverError(VoiceShiftError):
    """The service could not make the cover; the message is its own."""


class ServiceFull(CoverError):
    """The service accepts no more covers now, and did not accept this one; the message is its own.

    Nothing was made, so asking again later costs nothing. A batch asks again by itself.
    """


class SaveError(VoiceShiftError, OSError):
    """A cover or a voice could not be written to disk.

    The operating system's error is the ``__cause__``.
    """


class WorkerLost(VoiceShiftError, RuntimeError):
    """The worker that made a cover of a batch ended before the cover was done.

    Attributes:
        sent: Whether the request had been sent, so that the cover may have cost quota; ``None``
            where that cannot be known any more.
    """

    def __init__(
        self, message: str, *, sent: bool | None = None, partial: voiceshift.Cover | None = None
    ) -> None:
        super().__init__(message, partial=partial)
        self.sent = sent


class ClientBusy(VoiceShiftError, RuntimeError):
    """The client is making a cover in another thread, or its stream is not finished."""


class ClientClosed(VoiceShiftError, RuntimeError):
    """The client was closed; make a new one."""


class DeadlineExceeded(VoiceShiftError, TimeoutError):
    """A time limit passed.

    Attributes:
        seconds: The limit, in seconds.
    """

    def __init__(
        self, message: str, *, seconds: float = 0.0, partial: voiceshift.Cover | None = None
    ) -> None:
        super().__init__(message, partial=partial)
        self.seconds = seconds


class ConnectTimeout(DeadlineExceeded):
    """No connection within ``connect_timeout``."""


class AuthTimeout(DeadlineExceeded):
    """No answer to the authentication within ``auth_timeout``."""


class IdleTimeout(DeadlineExceeded):
    """The service sent nothing for ``idle_timeout`` while a cover was running."""


class CoverTimeout(DeadlineExceeded):
    """The cover took longer than its ``timeout``."""

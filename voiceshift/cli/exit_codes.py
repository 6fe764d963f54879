"""What the command's exit code says."""

from __future__ import annotations

from voiceshift.errors import (
    AuthError,
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    SettingsError,
    VoiceShiftError,
)

WRONG_USAGE = 2  # as argparse has it
TOKEN_REFUSED = 3
NO_CONNECTION = 4
COVER_FAILED = 5
INTERRUPTED = 130  # as shells have it: 128 and the number of the signal

SUMMARY = (
    f"exit codes: {WRONG_USAGE} wrong usage or settings, {TOKEN_REFUSED} token refused, "
    f"{NO_CONNECTION} connection failed or timed out, {COVER_FAILED} cover failed, "
    f"{INTERRUPTED} interrupted"
)
"""For the help."""

EXIT_CODES = {
    SettingsError: WRONG_USAGE,
    AuthError: TOKEN_REFUSED,
    ConnectError: NO_CONNECTION,
    ConnectionLost: NO_CONNECTION,
    DeadlineExceeded: NO_CONNECTION,
    VoiceShiftError: COVER_FAILED,
    KeyboardInterrupt: INTERRUPTED,
}
"""Exit codes by exception; the first that fits counts."""


def exit_code(error: BaseException) -> int:
    """The exit code of the command for ``error``, one of ours or Ctrl-C."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))

"""What a failure's exit code is."""

from __future__ import annotations

from voiceshift.errors import (
    AuthError,
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    SettingsError,
    VoiceShiftError,
)

__all__ = ["INTERRUPTED", "exit_code"]

EXIT_CODES = {
    SettingsError: 2,  # what argparse uses for a wrong command line
    AuthError: 3,
    ConnectError: 4,
    ConnectionLost: 4,
    DeadlineExceeded: 4,
    VoiceShiftError: 5,
}
"""Exit codes by exception; the first that fits counts."""

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 plus the number of the signal, as shells have it."""


def exit_code(error: VoiceShiftError) -> int:
    """The exit code of the command for ``error``."""
    return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))

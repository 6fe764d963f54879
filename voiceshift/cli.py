"""The command line: what can be typed, and what a failure's exit code is."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from voiceshift.commands import add_commands
from voiceshift.errors import (
    AuthError,
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    SettingsError,
    VoiceShiftError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name; ``None`` takes the process's own.

    Returns:
        The exit code: 0, or 2 for a wrong command line or setting, 3 for a refused token, 4 for a
        connection that failed or timed out, 5 for a cover that could not be made, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int | None = options.run(options)
    except KeyboardInterrupt:
        _complain("KeyboardInterrupt", "interrupted", as_json=options.json)
        return INTERRUPTED
    except VoiceShiftError as error:
        _complain(type(error).__name__, str(error), as_json=options.json)
        return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    return code or 0


def _complain(kind: str, message: str, *, as_json: bool) -> None:
    print(f"voiceshift: {message}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": kind, "message": message}))


class PrintVersion(argparse.Action):
    """Like argparse's own, but the version is looked up only when it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from voiceshift import __version__

        print(f"voiceshift {__version__}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="voiceshift",
        description="AI song covers, by the hosted service or made on this machine.",
        epilog="exit codes: 2 usage or settings, 3 token refused, 4 connection, 5 cover, "
        "130 interrupted",
    )
    parser.add_argument("--version", action=PrintVersion, help="print the version")
    add_commands(parser)
    return parser

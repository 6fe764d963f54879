"""The command line: what can be typed, and what a failure's exit code is."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from voiceshift import commands
from voiceshift.errors import (
    AuthError,
    ConnectError,
    ConnectionLost,
    DeadlineExceeded,
    SettingsError,
    VoiceShiftError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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

DEFAULT_PORT = 8765
"""Port of ``serve``: that of the hosted service."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name; ``None`` takes the process's own.

    Returns:
        The exit code: 0, or 2 for a wrong command line or setting, 3 for a refused token, 4 for a
        connection that failed or timed out, 5 for a cover that could not be made, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    try:
        command(options)
    except KeyboardInterrupt:
        _complain("KeyboardInterrupt", "interrupted", as_json=options.json)
        return INTERRUPTED
    except VoiceShiftError as error:
        _complain(type(error).__name__, str(error), as_json=options.json)
        return next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    return 0


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
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_cover(subparsers)
    _add_demo(subparsers)
    _add_serve(subparsers)
    _add_voices(subparsers)
    return parser


def _add_cover(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "cover",
        help="make a cover of a song",
        description="Make a cover of a song. Without a token, a SONG that is a file is covered by "
        "the embedded service.",
        epilog='example: voiceshift cover "Amazing Grace" --voice baritone --pitch -1',
    )
    parser.set_defaults(command=commands.cover)
    parser.add_argument("song", metavar="SONG", help="a title, a YouTube address, or a file")
    parser.add_argument("--voice", required=True, help="name of the target voice")
    _add_cover_options(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--uri", help="address of the service (VC_URI)")
    where.add_argument("--local", action="store_true", help="make it on this machine")
    _add_token_options(parser)

    _add_library_options(parser)


def _add_demo(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="make a cover of the bundled song on this machine",
        description="Make a cover of the bundled song on this machine, without an account.",
    )
    parser.set_defaults(command=commands.demo)
    parser.add_argument("--voice", help="name of the target voice; by default the first one")
    _add_cover_options(parser)


def _add_serve(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "serve",
        help="run the embedded service",
        description="Run the embedded service. Without a token it makes a random one and prints "
        "it.",
        epilog="example: voiceshift serve --songs ~/Music",
    )
    parser.set_defaults(command=commands.serve)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port, 0 for a free one (%(default)s)"
    )
    _add_token_options(parser)
    _add_library_options(parser)
    parser.add_argument(
        "--allow-files", action="store_true", help="also take paths of audio files for songs"
    )
    parser.add_argument("--workers", type=int, default=1, help="covers made at once (%(default)s)")
    parser.add_argument("--cert", metavar="FILE", help="certificate (PEM); makes it wss://")
    parser.add_argument("--key", metavar="FILE", help="its key, unless it is in the same file")
    _add_limits(parser)
    parser.add_argument("--json", action="store_true", help="print the address as JSON")
    # For Client.local(): the token comes on standard input, and its end stops the service.
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    from attrs import fields

    from voiceshift.local.limits import Limits

    group = parser.add_argument_group("limits")
    for limit in fields(Limits):
        group.add_argument(
            f"--{limit.name.replace('_', '-')}",
            type=type(limit.default),
            default=limit.default,
            metavar="SECONDS" if isinstance(limit.default, float) else "COUNT",
            help=f"{limit.metadata['help']} (%(default)s)",
        )


def _add_voices(subparsers: Any) -> None:
    parser = subparsers.add_parser("voices", help="list the voices of the embedded service")
    parser.set_defaults(command=commands.voices)
    parser.add_argument("--voices", metavar="DIR", help="folder of further voice models")
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def _add_cover_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pitch", type=int, default=0, help="octaves from -2 to 2 (0)")
    parser.add_argument("-o", "--output", metavar="FILE", help="file or folder to write")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="limit for the cover")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def _add_token_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--token-file", metavar="FILE", help="file that holds the token")
    parser.add_argument("--token", help="the token; better VC_TOKEN, .env or --token-file")


def _add_library_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--songs", metavar="DIR", help="folder of songs, for the embedded service")
    parser.add_argument("--voices", metavar="DIR", help="folder of voices, likewise")

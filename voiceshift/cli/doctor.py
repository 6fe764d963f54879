"""``voiceshift doctor``: what keeps covers from being made, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceshift.cli.checks import Check, examine
from voiceshift.cli.exit_codes import exit_code
from voiceshift.cli.options import add_command, add_token_options, named_token
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    import argparse

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "doctor",
        run,
        summary="find out why there is no cover",
        description="Look at versions, settings, .env, proxy, DNS, TLS and authentication, and say "
        "what to do about what is wrong. It asks for no cover, and never shows the token.",
        examples=("voiceshift doctor", "voiceshift doctor --uri wss://example.org:8765 --json"),
    )
    parser.add_argument("--uri", help="address of the service (VC_URI)")
    add_token_options(parser)
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    """Print each finding as it is made; the exit code is that of the first one that is wrong."""
    checks = []
    for check in examine(options.uri, named_token(options)):
        checks.append(check)
        if not options.json:
            pass
    if options.json:
        pass
    return next((exit_code(check.error) for check in checks if check.error), 0)


def _line(check: Check) -> str:
    if check.error is None:
        return one_line(f"ok     {check.name}: {check.words}")
    return one_line(f"WRONG  {check.name}: {check.error}")


def _record(check: Check) -> dict[str, object]:
    return {
        "check": check.name,
        "ok": check.error is None,
        "message": str(check.error or check.words),
    }

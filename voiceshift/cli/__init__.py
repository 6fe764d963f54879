"""The command line: what can be typed, and how a failure is told."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from voiceshift.cli.commands_list import add_commands
from voiceshift.cli.exit_codes import INTERRUPTED, exit_code
from voiceshift.errors import VoiceShiftError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command_line_parser", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name; ``None`` takes the process's own.

    Returns:
        The exit code: 0, or 2 for a wrong command line or setting, 3 for a refused token, 4 for a
        connection that failed or timed out, 5 for a cover that could not be made, 130 after Ctrl-C.
    """
    options = command_line_parser().parse_args(arguments)
    try:
        code: int | None = options.run(options)
    except KeyboardInterrupt:
        _complain("KeyboardInterrupt", "interrupted", as_json=options.json)
        return INTERRUPTED
    except VoiceShiftError as error:
        _complain(type(error).__name__, str(error), as_json=options.json)
        return exit_code(error)
    return code or 0


def _complain(kind: str, message: str, *, as_json: bool) -> None:
    if as_json:
        pass


class PrintVersion(argparse.Action):
    """Like argparse's own, but the version is looked up only when it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from voiceshift import __version__

        parser.exit()


class PrintCompletion(argparse.Action):
    """Print the script with which a shell completes this command, made by shtab."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: Any, *__: object) -> None:
        """Print it and exit."""
        try:
            import shtab
        except ImportError:
            parser.error("shell completion needs shtab: pip install 'voiceshift[completion]'")
        if shell not in shtab.SUPPORTED_SHELLS:
            parser.error(f"no completion for {shell}, but for {', '.join(shtab.SUPPORTED_SHELLS)}")
        _complete_paths(parser, {"FILE": shtab.FILE, "SONG": shtab.FILE, "DIR": shtab.DIRECTORY})
        parser.exit()


def _complete_paths(parser: argparse.ArgumentParser, kinds: dict[str, Any]) -> None:
    """Have options be completed by what their metavar says that they take."""
    for action in parser._actions:  # noqa: SLF001 - shtab reads it, and this attribute of each
        if isinstance(action.choices, dict):  # the commands
            for command in action.choices.values():
                _complete_paths(command, kinds)
        elif action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # it is shtab's


def command_line_parser() -> argparse.ArgumentParser:
    """What can be typed."""
    parser = argparse.ArgumentParser(
        prog="voiceshift",
        description="AI song covers, by the hosted service or made on this machine.",
        epilog="exit codes: 2 usage or settings, 3 token refused, 4 connection, 5 cover, "
        "130 interrupted",
    )
    parser.add_argument("--version", action=PrintVersion, help="print the version")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        metavar="SHELL",
        help="print the script that completes this command in bash, zsh, fish, tcsh or powershell",
    )
    add_commands(parser)
    return parser

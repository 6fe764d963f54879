"""The command line: what can be typed, and how a failure is reported.

Each command is a module of its own: ``add_parser(subparsers)`` says what can be typed, and
``run(options)`` does it and may return an exit code. Results go to standard output; progress,
warnings and notices to standard error. What they share::

    options     options of several commands
    output      a cover that is asked for, written and reported
    where       by a service or on this machine
    messages    results, and what is none
    checks, local_checks, hosted_checks
                what the doctor looks at
    exit_codes  what a failure's exit code is
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NoReturn

from voiceshift.cli.exit_codes import SUMMARY, WRONG_USAGE, exit_code
from voiceshift.cli.messages import notice, result
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.errors import VoiceShiftError
from voiceshift.util.files import is_file

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = ("cover", "batch", "demo", "serve", "voices", "setup", "doctor")
"""In the order of the help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the program's name; ``None`` takes the process's own.

    Returns:
        The exit code: 0, or one of :mod:`voiceshift.cli.exit_codes`.
    """
    try:
        words = sys.argv[1:] if arguments is None else arguments
        # Only what is asked for is imported: the service of Client.local() starts here, too.
        asked_for = [name for name in COMMANDS if name in words[:1]]
        parser = command_line_parser(asked_for or COMMANDS)
        return _run(parser.parse_args([_file_or_option(word) for word in words]))
    finally:
        result("", end="")  # what argparse printed may wait to be written


def _file_or_option(word: str) -> str:
    """Return the name of a file that begins as options do, such as ``-dash.wav``, as its path."""
    is_name = word.startswith("-") and PurePath(word).suffix and is_file(word)
    return f"{os.curdir}{os.sep}{word}" if is_name else word


def _run(options: argparse.Namespace) -> int:
    try:
        code: int | None = options.run(options)
    except KeyboardInterrupt:
        return _fail(KeyboardInterrupt("interrupted"), as_json=options.json)
    except VoiceShiftError as error:
        return _fail(error, as_json=options.json)
    return code or 0


def _fail(error: BaseException, *, as_json: bool) -> int:
    """Report ``error``, and return its exit code."""
    notice(str(error))
    if as_json:
        from voiceshift.batch.outcome import error_facts

        result(json.dumps(error_facts(error)))
    return exit_code(error)


class PrintVersion(argparse.Action):
    """Like argparse's own, but the version is looked up only when it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it and exit."""
        from voiceshift import __version__

        result(f"voiceshift {__version__}")
        parser.exit()


class PrintCompletion(argparse.Action):
    """Print the script with which a shell completes this command, made by shtab."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, shell: Any, *__: object) -> None:
        """Print it and exit."""
        try:
            import shtab
        except ImportError:
            parser.error('shell completion needs shtab: pip install "voiceshift[completion]"')
        if shell not in shtab.SUPPORTED_SHELLS:
            parser.error(f"no completion for {shell}, but for {', '.join(shtab.SUPPORTED_SHELLS)}")
        _complete_paths(parser, {"FILE": shtab.FILE, "SONG": shtab.FILE, "DIR": shtab.DIRECTORY})
        result(shtab.complete(parser, shell))
        parser.exit()


def _complete_paths(parser: argparse.ArgumentParser, kinds: dict[str, Any]) -> None:
    """Have options be completed by what their metavar says that they take."""
    for action in parser._actions:  # noqa: SLF001 - shtab reads it, and this attribute of each
        if isinstance(action.choices, dict):  # the commands
            for command in action.choices.values():
                _complete_paths(command, kinds)
        elif action.metavar in kinds:
            action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # it is shtab's


class CommandParser(argparse.ArgumentParser):
    """Its complaints go to standard error or nowhere; argparse's own go to standard output then."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and exit."""
        usage = io.StringIO()
        self.print_usage(usage)
        STANDARD_ERROR.write(f"{usage.getvalue()}{self.prog}: error: {message}\n")
        self.exit(WRONG_USAGE)


def command_line_parser(names: Sequence[str] = COMMANDS) -> argparse.ArgumentParser:
    """What can be typed, of these commands."""
    parser = CommandParser(
        prog="voiceshift",
        description="AI song covers, by the hosted service or made on this machine.",
        epilog=SUMMARY,
    )
    parser.add_argument("--version", action=PrintVersion, help="print the version")
    parser.add_argument(
        "--print-completion",
        action=PrintCompletion,
        metavar="SHELL",
        help="print the script that completes this command in bash, zsh, fish, tcsh or powershell",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name in names:
        import_module(f"{__name__}.{name}").add_parser(commands)
    return parser

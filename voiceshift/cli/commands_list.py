"""The commands of ``voiceshift``, each in a module of its own.

A command's module has ``add_parser(subparsers)``, which says what can be typed, and
``run(options)``, which does it and may return an exit code. Results go to standard output;
progress, warnings and remarks to standard error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceshift.cli import batch, cover, demo, doctor, serve, setup, voices

if TYPE_CHECKING:
    import argparse

__all__ = ["add_commands"]

COMMANDS = (cover, batch, demo, serve, voices, setup, doctor)
"""In the order of the help."""


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add every command to the program's parser; ``options.run(options)`` then runs it."""
    subparsers: Any = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers)

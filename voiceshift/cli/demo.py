"""``voiceshift demo``: a cover of the bundled song, on this machine and without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceshift.cli.messages import warn_about_fallback
from voiceshift.cli.options import add_command, add_cover_options
from voiceshift.cli.output import make_cover
from voiceshift.cli.voices import voice_names
from voiceshift.client import Client

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "demo",
        run,
        summary="make a cover of the bundled song on this machine",
        description="Make a cover of the bundled song on this machine, without an account.",
        examples=(
            "voiceshift demo --play",
            "voiceshift demo --voice tenor -o first-cover.ogg",
        ),
    )
    parser.add_argument("--voice", help="name of the target voice (the first one)")
    add_cover_options(parser)


def run(options: argparse.Namespace) -> None:
    """Make a cover of the bundled song."""
    voice = options.voice or voice_names(None)[0]
    warn_about_fallback(None)
    with Client.local() as client:
        make_cover(client, "demo", voice, options)

"""``voiceshift demo``: a cover of the bundled song, on this machine and without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceshift.cli.options import add_command, add_cover_options
from voiceshift.cli.output import make_cover
from voiceshift.client import Client
from voiceshift.local import demo

if TYPE_CHECKING:
    import argparse


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "demo",
        run,
        summary="make a cover of the bundled song on this machine",
        description="Make a cover of the bundled song on this machine, without an account. The "
        "song itself is put beside it as demo-original.ogg, so that you can compare them.",
        examples=(
            "voiceshift demo --play",
            "voiceshift demo --voice baritone -o first-cover.ogg",
        ),
    )
    parser.add_argument(
        "--voice", default=demo.VOICE, help=f"name of the target voice ({demo.VOICE})"
    )
    add_cover_options(parser, pitch="auto")


def run(options: argparse.Namespace) -> None:
    """Make a cover of the bundled song."""
    with Client.local() as client:
        make_cover(client, "demo", options.voice, options, original=demo.SONG)

"""``voiceshift cover``: one cover, by the hosted service or on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceshift.cli.options import (
    add_command,
    add_cover_options,
    add_library_options,
    add_token_options,
    token_from,
)
from voiceshift.cli.output import make_cover
from voiceshift.cli.where import is_for_this_machine, settings_for
from voiceshift.client import Client
from voiceshift.errors import SettingsError
from voiceshift.request import CoverRequest

if TYPE_CHECKING:
    import argparse

    from voiceshift.settings import Secret


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "cover",
        run,
        summary="make a cover of a song",
        description="Make a cover of a song. Without a token, a SONG that is a file is covered by "
        "the embedded service.",
        examples=(
            'voiceshift cover "Amazing Grace" --voice baritone --pitch -1',
            "voiceshift cover song.mp3 --voice tenor -o cover.ogg --play",
            "voiceshift cover song.mp3 --voice tenor --local --json",
        ),
    )
    parser.add_argument("song", metavar="SONG", help="a title, a YouTube URL, or a file")
    parser.add_argument("--voice", required=True, help="name of the target voice")
    add_cover_options(parser)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--uri", help="URL of the service (VC_URI)")
    where.add_argument("--local", action="store_true", help="make it on this machine")
    add_token_options(parser)
    add_library_options(parser)


def run(options: argparse.Namespace) -> None:
    """Make one cover."""
    token = token_from(options)
    if _is_for_embedded_service(options, token):
        client = Client.local(
            songs=options.songs,
            voices=options.voices,
            separator=options.separator,
            provider=options.provider,
        )
    else:
        settings_for(options.uri, token)  # in the words of a shell, where there is no token
        client = Client(options.uri, token)
    with client:
        make_cover(client, options.song, options.voice, options)


def _is_for_embedded_service(options: argparse.Namespace, token: Secret | None) -> bool:
    for_it = options.songs or options.voices or options.separator or options.provider
    if options.uri and for_it:
        raise SettingsError(
            "--songs, --voices, --separator and --provider are for the embedded service; leave "
            "out --uri"
        )
    if options.local or for_it:
        return True
    if options.uri:
        return False
    return is_for_this_machine([CoverRequest(options.song, options.voice)], token)

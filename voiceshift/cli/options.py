"""Options that several commands share."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING, Any

from voiceshift.cli.messages import notice
from voiceshift.errors import SettingsError
from voiceshift.request import FORMATS, CoverOptions, value_from_text
from voiceshift.settings import Secret
from voiceshift.util.files import expand_user, file_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voiceshift.request import Pitch

COVER_OPTIONS = {
    "format": ("NAME", f"{', '.join(FORMATS)} (by the name of the file, else ogg)"),
    "key": ("SEMITONES", "move the whole song, -12 to 12 (0)"),
    "start": ("TIME", "begin there in the song, as 1:00 or 60"),
    "length": ("TIME", "cover so much of it, as 0:20 or 20"),
    "vocals": ("DB", "level of the voice; none leaves it out (0)"),
    "accompaniment": ("DB", "level of everything else; none leaves it out (0)"),
}
"""What is typed for each option of a cover, and its help."""

HELP_WIDTH = 78
"""Of a description, whose lines argparse leaves alone together with those of the examples."""


def add_command(  # noqa: PLR0913 - all but three are keywords
    subparsers: Any,
    name: str,
    run: Callable[[argparse.Namespace], int | None],
    *,
    summary: str,
    description: str,
    examples: Sequence[str],
) -> argparse.ArgumentParser:
    """A command's parser, whose help has examples.

    Args:
        subparsers: Where it is added.
        name: What is typed.
        run: What it does.
        summary: Its line in the help of the whole.
        description: What its own help begins with.
        examples: Command lines, with which its help ends.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=textwrap.fill(description, HELP_WIDTH),
        epilog="\n  ".join(["examples:", *examples]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_cover_options(parser: argparse.ArgumentParser, *, pitch: Pitch = 0) -> None:
    """Options of every command that makes a cover; ``pitch`` is the one that need not be typed."""
    add_request_options(parser, pitch=pitch)
    parser.add_argument("-o", "--output", metavar="FILE", help="file or folder to write")
    parser.add_argument(
        "--no-clobber", action="store_true", help="never replace a file, and request no cover then"
    )
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="limit for the cover")
    parser.add_argument(
        "--play", action="store_true", help="play it with a player that is installed"
    )
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_request_options(
    parser: argparse.ArgumentParser, *, pitch: Pitch = 0, when: str = ""
) -> None:
    """What a cover can be asked for with; :func:`cover_options` reads it.

    Args:
        parser: Where they are added.
        pitch: The one that need not be typed.
        when: When they count, with a blank before it.
    """
    parser.add_argument(
        "--pitch",
        type=_reader("pitch"),
        default=pitch,
        help=f"octaves from -2 to 2, or auto{when} ({pitch})",
    )
    group = parser.add_argument_group("for the embedded service")
    for name, (metavar, text) in COVER_OPTIONS.items():
        group.add_argument(
            f"--{name}",
            type=_reader(name),
            default=argparse.SUPPRESS,  # None is a level
            metavar=metavar,
            help=text,
        )


def _reader(name: str) -> Callable[[str], object]:
    """What reads an option of a cover."""

    def read(text: str) -> object:
        try:
            return value_from_text(name, text)
        except SettingsError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def cover_options(options: argparse.Namespace) -> CoverOptions:
    """The options of a cover that were typed."""
    typed: Any = {name: value for name, value in vars(options).items() if name in COVER_OPTIONS}
    chosen: CoverOptions = typed
    return chosen


def add_token_options(
    parser: argparse.ArgumentParser, *, better: str = "VC_TOKEN, .env or --token-file"
) -> None:
    """Where the token is; see :func:`token_from`. What is ``better`` shows it to nobody."""
    parser.add_argument("--token-file", metavar="FILE", help="file that holds the token")
    parser.add_argument("--token", type=Secret, help=f"the token; better {better}")


def add_library_options(parser: argparse.ArgumentParser) -> None:
    """What the embedded service has to offer."""
    parser.add_argument("--songs", metavar="DIR", help="folder of songs, for the embedded service")
    parser.add_argument(
        "--voices", metavar="DIR", help="folder of voices, for the embedded service"
    )
    parser.add_argument(
        "--separator",
        metavar="NAME",
        help="what separates the vocals, for the embedded service: spleeter (after setup), dsp, "
        "none for songs without accompaniment, "
        "or a plug-in's name",
    )
    parser.add_argument(
        "--provider",
        metavar="NAME",
        help="what RVC voices sing on, likewise: cuda, directml, coreml or cpu",
    )


def token_from(options: argparse.Namespace) -> Secret | None:
    """The token that the command line names, if it does."""
    token: Secret | None = options.token
    if token:
        notice(
            "warning: other users of this machine can see --token in the process list; they "
            "cannot see one in the environment or in --token-file"
        )
        return token
    if options.token_file:
        path = expand_user(options.token_file)
        with file_errors(SettingsError, f"cannot read the token file {path}"):
            token = Secret(path.read_text(encoding="utf-8").strip())
        if not token.reveal():
            raise SettingsError(f"the token file {path} is empty")
        return token
    return None

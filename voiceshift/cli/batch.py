"""``voiceshift batch``: the covers of a list, by a service, on this machine or on a cluster."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from voiceshift.batch import create_covers, create_local_covers
from voiceshift.batch.dask import connected_cluster
from voiceshift.batch.outcome import error_facts, request_facts
from voiceshift.batch.request_list import KINDS, Defaults, RequestList, read_requests
from voiceshift.cli.exit_codes import COVER_FAILED
from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import (
    add_command,
    add_library_options,
    add_request_options,
    add_token_options,
    cover_options,
    token_from,
)
from voiceshift.cli.output import report
from voiceshift.cli.where import is_for_this_machine, settings_for
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.errors import SettingsError
from voiceshift.util.files import existing_file
from voiceshift.util.text import one_line, signed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from voiceshift.batch import Outcome
    from voiceshift.request import CoverRequest
    from voiceshift.settings import Settings


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "batch",
        run,
        summary="make the covers of a list",
        description="Make the covers of a LIST: CSV with a header (song, voice, pitch, user_id, "
        "and the options of a cover, such as format and key), JSON Lines with the same names, or a "
        "text file with one song a line. Run again, it makes "
        "only what is missing.",
        examples=(
            "voiceshift batch songs.csv -o covers",
            "voiceshift batch songs.txt --voice baritone -o covers --local",
        ),
    )
    parser.add_argument("list", metavar="LIST", help="the list; - is standard input")
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, help="folder to write the covers into"
    )
    parser.add_argument("--voice", help="target voice, where the list names none")
    add_request_options(parser, when=", where the list names none")
    parser.add_argument(
        "--list-format", choices=KINDS, help="format of the list, where it does not tell"
    )
    parser.add_argument("--workers", type=int, metavar="COUNT", help="covers at the same time")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="limit for each cover")
    parser.add_argument("--no-resume", action="store_true", help="make all covers again")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--uri", help="URL of the service (VC_URI)")
    where.add_argument(
        "--local", action="store_true", help="make them on this machine, without a service"
    )
    add_token_options(parser)
    add_library_options(parser)
    parser.add_argument("--dask", metavar="ADDRESS", help="make them on this Dask cluster")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each cover")


def run(options: argparse.Namespace) -> int:
    """Make the covers; the exit code tells whether some failed."""
    logging.basicConfig(format="voiceshift: %(message)s", stream=STANDARD_ERROR)
    logging.getLogger("voiceshift.batch").setLevel(logging.INFO)
    counts: Counter[str] = Counter(made=0, there=0, failed=0)
    with ExitStack() as stack:
        for outcome in _outcomes(options, _requests(options), stack):
            counts[_state(outcome)] += 1
            _report(outcome, options)
    notice(f"{counts['made']} made, {counts['there']} already there, {counts['failed']} failed")
    return COVER_FAILED if counts["failed"] else 0


def _requests(options: argparse.Namespace) -> Iterable[CoverRequest]:
    defaults = Defaults(options.voice, options.pitch, cover_options(options))
    if options.list == "-":
        return read_requests(sys.stdin.buffer, "standard input", defaults, options.list_format)
    return RequestList(existing_file(options.list, "list"), defaults, options.list_format)


def _outcomes(
    options: argparse.Namespace, requests: Iterable[CoverRequest], stack: ExitStack
) -> Iterator[Outcome]:
    is_local = _is_local(options, requests)
    settings = None if is_local else _settings(options)
    cluster = stack.enter_context(connected_cluster(options.dask)) if options.dask else None
    workers = options.workers
    if workers is None and cluster is not None:
        workers = cluster.workers
    common: dict[str, Any] = {
        "to": options.output,
        "executor": cluster.executor if cluster else None,
        "resume": not options.no_resume,
        "progress": _is_watched(options),
    }
    if is_local:
        library = {name: getattr(options, name) for name in ("songs", "voices", "separator")}
        return create_local_covers(requests, workers=workers, **library, **common)
    limits = {} if workers is None else {"workers": workers}
    return create_covers(requests, settings=settings, timeout=options.timeout, **limits, **common)


def _is_watched(options: argparse.Namespace) -> bool:
    """Whether a bar is shown, which then lists the failures, too."""
    return not (options.quiet or options.json) and STANDARD_ERROR.isatty()


def _is_local(options: argparse.Namespace, requests: Iterable[CoverRequest]) -> bool:
    if options.uri and (options.songs or options.voices or options.separator):
        raise SettingsError(
            "--songs, --voices and --separator are for covers made on this machine; leave out --uri"
        )
    if options.local or options.songs or options.voices or options.separator:
        return True
    if options.uri or options.dask or not isinstance(requests, RequestList):
        return False
    return is_for_this_machine(requests, token_from(options))


def _settings(options: argparse.Namespace) -> Settings | None:
    if not options.dask:
        return settings_for(options.uri, token_from(options))
    if options.uri or options.token or options.token_file:
        raise SettingsError(
            "the workers of a cluster read VC_URI and VC_TOKEN of their own environment, so that "
            "no token is sent to them; leave out --uri, --token and --token-file"
        )
    return None


def _state(outcome: Outcome) -> str:
    if outcome.error is not None:
        return "failed"
    return "there" if outcome.resumed else "made"


def _report(outcome: Outcome, options: argparse.Namespace) -> None:
    request, cover, error = outcome.request, outcome.cover, outcome.error
    if error is not None:
        line = one_line(f"{request.song} ({request.voice}, {signed(request.pitch)}): {error}")
        _beside_bar(notice, line)
        if options.json:
            _beside_bar(result, json.dumps(error_facts(error) | request_facts(request)))
    elif cover is not None and (options.json or not outcome.resumed):
        assert cover.path is not None
        facts = {**request_facts(request), "resumed": outcome.resumed}
        _beside_bar(result, report(cover, cover.path, as_json=options.json, **facts))


def _beside_bar(write: Callable[[str], None], line: str) -> None:
    """Print a line without breaking into a bar that is shown."""
    from tqdm import tqdm

    with tqdm.external_write_mode(file=STANDARD_ERROR):  # where the bar is
        write(line)

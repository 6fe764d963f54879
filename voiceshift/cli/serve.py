"""``voiceshift serve``: the embedded service, for clients of this machine or others."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from voiceshift.cli.messages import result
from voiceshift.cli.options import add_command, add_library_options, add_token_options, token_from
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.errors import SettingsError
from voiceshift.settings import Secret, Settings
from voiceshift.util.deadline import MAX_WAIT

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from voiceshift.batch.dask import Cluster
    from voiceshift.local import Server

DEFAULT_PORT = 8765
"""That of the hosted service."""


TOKEN_VARIABLE = "VC_SERVE_TOKEN"  # noqa: S105 - the name of a variable
"""Holds the token that clients must send. ``VC_TOKEN`` is the one that a client sends."""


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "serve",
        run,
        summary="run the embedded service",
        description="Run the embedded service. Its token comes from --token-file or the variable "
        "VC_SERVE_TOKEN; without one it makes up a random one and prints it.",
        examples=(
            "voiceshift serve --songs ~/Music",
            "voiceshift serve --page",
            "voiceshift serve --port 0 --json",
            "voiceshift serve --host 0.0.0.0 --token-file token.txt --cert server.pem",
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, help="port, 0 for a free one (%(default)s)"
    )
    add_token_options(parser, better=f"{TOKEN_VARIABLE} or --token-file")
    add_library_options(parser)
    parser.add_argument(
        "--allow-files", action="store_true", help="also accept the paths of audio files as songs"
    )
    parser.add_argument(
        "--allow-private-addresses",
        action="store_true",
        help="also fetch songs from addresses of this machine and its network",
    )
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        dest="allow_origins",
        help="also serve the web pages of an origin, such as https://example.com; can be repeated",
    )
    parser.add_argument(
        "--page", action="store_true", help="also answer browsers, with a page that makes covers"
    )
    parser.add_argument(
        "--workers", type=int, help="processes that make covers (one per core, at most 4)"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="Dask cluster that does the work")
    parser.add_argument("--cert", metavar="FILE", help="certificate (PEM); makes it wss://")
    parser.add_argument("--key", metavar="FILE", help="its key, unless it is in the same file")
    _add_limits(parser)
    parser.add_argument("--json", action="store_true", help="print the URL as JSON")
    # For Client.local(): the token comes on standard input, and its end stops the service.
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    from attrs import fields

    from voiceshift.local.limits import Limits

    group = parser.add_argument_group("limits")
    for limit in fields(Limits):
        group.add_argument(
            f"--{limit.name.replace('_', '-')}",
            type=type(limit.default),
            default=limit.default,
            metavar="SECONDS" if isinstance(limit.default, float) else "COUNT",
            help=f"{limit.metadata['help']} (%(default)s)",
        )


def run(options: argparse.Namespace) -> None:
    """Run the embedded service until it is told to stop."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", stream=STANDARD_ERROR)
    token = Settings(token=_token(options)).token
    with _cluster(options.dask) if options.dask else nullcontext() as cluster:
        server = _server(options, token, cluster)
        stopped = threading.Event()
        _stop_on_signals(stopped)
        if options.child:
            _stop_with_parent(stopped)
        with server:
            result(_announcement(server, options, is_random=token is None))
            while not stopped.wait(MAX_WAIT):  # in slices: Ctrl-C on Windows does not end a wait
                pass


def _cluster(address: str) -> AbstractContextManager[Cluster]:
    from voiceshift.batch.dask import connected_cluster  # it brings all of the batches

    return connected_cluster(address)


def _token(options: argparse.Namespace) -> Secret | None:
    """The token that clients must send, where it is given."""
    if options.child:
        return Secret(sys.stdin.readline().strip())
    # VC_TOKEN and .env do not count: theirs is the token of another service.
    variable = os.environ.get(TOKEN_VARIABLE)
    return token_from(options) or (Secret(variable) if variable else None)


def _server(options: argparse.Namespace, token: Secret | None, cluster: Cluster | None) -> Server:
    """The service that the options describe."""
    from attrs import fields

    from voiceshift.local import Server
    from voiceshift.local.limits import Limits
    from voiceshift.local.tls import certificate_context

    if options.key and not options.cert:
        raise SettingsError("--key is the key of a certificate: give --cert, too")
    workers = cluster.workers if cluster and options.workers is None else options.workers
    return Server(
        token.reveal() if token else None,
        host=options.host,
        port=0 if options.child else options.port,
        songs=options.songs,
        voices=options.voices,
        separator=options.separator,
        provider=options.provider,
        allow_files=options.child or options.allow_files,
        allow_private_addresses=options.allow_private_addresses,
        allow_origins=options.allow_origins,
        page=options.page,
        workers=workers,
        executor=cluster.executor if cluster else None,
        ssl_context=certificate_context(options.cert, options.key) if options.cert else None,
        **{limit.name: getattr(options, limit.name) for limit in fields(Limits)},
    )


def _announcement(server: Server, options: argparse.Namespace, *, is_random: bool) -> str:
    addresses = {"uri": server.uri}
    if is_random:  # shown once, as notebook servers do: nobody would know it otherwise
        addresses["token"] = server.token
    if options.page:
        addresses["page"] = _page_url(server)
    if options.child or options.json:
        return json.dumps(addresses)
    names = {"uri": "VC_URI=", "token": "VC_TOKEN=", "page": "in a browser: "}
    lines = [f"{names[kind]}{address}" for kind, address in addresses.items()]
    return "\n".join([*lines, "listening; Ctrl-C stops"])


def _page_url(server: Server) -> str:
    """Where a browser on this machine finds the page."""
    parts = urlsplit(server.uri.replace("ws", "http", 1))
    if parts.hostname in ("0.0.0.0", "::"):  # noqa: S104 - listens there already
        parts = parts._replace(netloc=f"localhost:{parts.port}")
    return f"{parts.geturl()}/"


def _stop_on_signals(stopped: threading.Event) -> None:
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopped.set())


def _stop_with_parent(stopped: threading.Event) -> None:
    """Stop when standard input ends, which it does with the parent, however that ends."""

    def wait() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait, name="voiceshift-parent", daemon=True).start()

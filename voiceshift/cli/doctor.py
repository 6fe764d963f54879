"""``voiceshift doctor``: what keeps covers from being made, and what to do."""

from __future__ import annotations

import json
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from voiceshift.cli import hosted_checks, local_checks
from voiceshift.cli.checks import Check
from voiceshift.cli.exit_codes import exit_code
from voiceshift.cli.messages import result
from voiceshift.cli.options import add_command, add_token_options, token_from
from voiceshift.errors import SettingsError
from voiceshift.settings import ENVIRONMENT, Secret, Settings
from voiceshift.util.dotenv_file import find_dotenv
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from voiceshift.util.dotenv_file import DotenvFile


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "doctor",
        run,
        summary="find out why covers cannot be made",
        description="Check what covers need, and say what to do about each problem: for covers on "
        "this machine packages, the network of voiceshift setup, voices, ffmpeg, cache and memory; "
        "for covers by a service, where a token or VC_URI is set, settings, .env, proxy, DNS, TLS "
        "and authentication. It requests no cover, and never shows the token.",
        examples=(
            "voiceshift doctor",
            "voiceshift doctor --hosted",
            "voiceshift doctor --uri wss://example.org:8765 --json",
        ),
    )
    parser.add_argument(
        "--hosted", action="store_true", help="also check the service where nothing is set for it"
    )
    parser.add_argument("--uri", help="URL of the service (VC_URI)")
    add_token_options(parser)
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    """Print each finding as it is made; the exit code is that of the first one that is wrong."""
    token = token_from(options)
    dotenv = find_dotenv(ENVIRONMENT.values())
    secrets = _tokens(token, dotenv)
    checks, records = [], []
    for check in examine(options.uri, token, dotenv, is_hosted=options.hosted):
        checks.append(check)
        message = _redacted(str(check.error or check.words), secrets)
        records.append(_record(check, message))
        if not options.json:
            result(one_line(f"{_verdict(check):<6} {check.name}: {message}"))
    if options.json:
        result(json.dumps(records))
    return next((exit_code(check.error) for check in checks if check.error), 0)


def _verdict(check: Check) -> str:
    if check.error is not None:
        return "WRONG"
    return "note" if check.is_advice else "ok"


def _record(check: Check, message: str) -> dict[str, object]:
    return {
        "check": check.name,
        "ok": check.error is None,
        "advice": check.is_advice,
        "message": message,
    }


def _tokens(given: Secret | None, dotenv: DotenvFile) -> list[Secret]:
    """Every token that might show, such as in the name of a host, whether it counts or not."""
    variable = ENVIRONMENT["token"]
    found = [os.environ.get(variable), dotenv.variables.get(variable)]
    return [*([given] if given else []), *(Secret(text) for text in found if text)]


def _redacted(text: str, secrets: list[Secret]) -> str:
    for secret in secrets:
        text = secret.redact(text)
    return text


def examine(
    uri: str | None, token: Secret | None, dotenv: DotenvFile, *, is_hosted: bool
) -> Iterator[Check]:
    """Check what covers need: on this machine, and by a service where one is to be used.

    Args:
        uri: The URL that the command line gives, if it does.
        token: The token that it gives, if it does.
        dotenv: The file `.env`.
        is_hosted: Whether to check the service, too, where nothing is set for it.
    """
    yield Check("versions", _versions())
    for extra in ("fast", "local", "web"):
        yield Check(f"extra {extra}", _extra(extra))
    places = _places(uri, token, dotenv)
    is_hosted = is_hosted or "uri" in places or "token" in places
    for check in local_checks.examine():
        # Who uses a service need not be able to make covers here.
        needless = is_hosted and check.error is not None
        yield Check(check.name, str(check.error), is_advice=True) if needless else check
    try:
        yield Check("settings", _sources(places, dotenv))
        settings = Settings.load(need_token=False, uri=uri, token=token)
    except SettingsError as error:
        yield Check("settings", "wrong", error)
        return
    if is_hosted:
        yield from hosted_checks.examine(settings, uri, token)
    else:
        yield Check("service", "not checked, since no token is set; --hosted checks it")


def _versions() -> str:
    from voiceshift import __version__

    packages = [
        f"voiceshift {__version__}",
        *(f"{name} {version(name)}" for name in _packages(None)),
    ]
    return f"Python {platform.python_version()} on {platform.system()}, {', '.join(packages)}"


def _extra(extra: str) -> str:
    found = []
    for package in _packages(extra):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:  # noqa: PERF203 - each may be missing
            found.append(f'no {package}: pip install "voiceshift[{extra}]" brings it')
    return ", ".join(found)


def _packages(extra: str | None) -> list[str]:
    """Names of the packages that this one needs, or that an extra of it does."""
    try:
        requirements = requires("voiceshift") or ()
    except PackageNotFoundError:  # it was copied without its metadata
        requirements = ()
    return [
        re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        for requirement in requirements
        if re.findall(r"extra == .(\w+)", requirement) == ([extra] if extra else [])
    ]


def _places(uri: str | None, token: Secret | None, dotenv: DotenvFile) -> Mapping[str, str]:
    """Where each setting comes from that is set; never what it is."""
    given = {"uri": uri, "token": token}
    places = {}
    for name, variable in ENVIRONMENT.items():
        if given.get(name):
            places[name] = f"{name} from the command line"
        elif os.environ.get(variable):
            places[name] = f"{variable} from the environment"
        elif variable in dotenv.variables:
            places[name] = f"{variable} from {dotenv.path}"
    return places


def _sources(places: Mapping[str, str], dotenv: DotenvFile) -> str:
    file = f".env is {dotenv.path}" if dotenv.path else f".env: {', '.join(dotenv.searched)}"
    return "; ".join([file, *places.values()])

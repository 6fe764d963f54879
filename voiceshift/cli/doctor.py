"""``voiceshift doctor``: what keeps covers from being made, and what to do."""

from __future__ import annotations

import json
import os
import platform
import re
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Any

from attrs import frozen

from voiceshift.cli.exit_codes import exit_code
from voiceshift.cli.messages import result
from voiceshift.cli.options import add_command, add_token_options, token_from
from voiceshift.client import Client
from voiceshift.errors import ConnectTimeout, SettingsError, VoiceShiftError
from voiceshift.settings import ENVIRONMENT, Secret, Settings
from voiceshift.util.deadline import Deadline
from voiceshift.util.dotenv_file import find_dotenv
from voiceshift.util.text import one_line
from voiceshift.wire.dialer import Dialer
from voiceshift.wire.proxy import find_proxy

if TYPE_CHECKING:
    import argparse
    import socket
    from collections.abc import Callable, Iterator


def add_parser(subparsers: Any) -> None:
    """Say what can be typed."""
    parser = add_command(
        subparsers,
        "doctor",
        run,
        summary="find out why covers cannot be made",
        description="Check versions, settings, .env, proxy, DNS, TLS and authentication, and say "
        "what to do about each problem. It requests no cover, and never shows the token.",
        examples=("voiceshift doctor", "voiceshift doctor --uri wss://example.org:8765 --json"),
    )
    parser.add_argument("--uri", help="URL of the service (VC_URI)")
    add_token_options(parser)
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")


def run(options: argparse.Namespace) -> int:
    """Print each finding as it is made; the exit code is that of the first one that is wrong."""
    checks = []
    for check in examine(options.uri, token_from(options)):
        checks.append(check)
        if not options.json:
            result(_line(check))
    if options.json:
        result(json.dumps([_record(check) for check in checks]))
    return next((exit_code(check.error) for check in checks if check.error), 0)


def _line(check: Check) -> str:
    if check.error is None:
        return one_line(f"ok     {check.name}: {check.words}")
    return one_line(f"WRONG  {check.name}: {check.error}")


def _record(check: Check) -> dict[str, object]:
    return {
        "check": check.name,
        "ok": check.error is None,
        "message": str(check.error or check.words),
    }


@frozen
class Check:
    """What was found.

    Attributes:
        name: What was looked at.
        words: What is the case.
        error: What is wrong with it, and what to do; ``None`` where all is well.
    """

    name: str
    words: str
    error: VoiceShiftError | None = None


def examine(uri: str | None, token: Secret | None) -> Iterator[Check]:
    """Check everything in the order in which a cover needs it.

    What cannot be checked because of an earlier problem is left out.

    Args:
        uri: The URL that the command line gives, if it does.
        token: The token that it gives, if it does.
    """
    yield Check("versions", _versions())
    for extra in ("fast", "local", "web"):
        yield Check(f"extra {extra}", _extra(extra))
    yield Check("vocals", _vocals())
    try:
        yield Check("settings", _sources(uri, token))
        settings = Settings.load(need_token=False, uri=uri, token=token)
    except SettingsError as error:
        yield Check("settings", "wrong", error)
        return
    yield Check("URL", settings.uri)
    yield _check("token", lambda: _token(uri, token))
    yield from _network(settings)


def _network(settings: Settings) -> Iterator[Check]:
    steps: list[tuple[str, Callable[[Settings], str]]] = [
        ("proxy", _proxy),
        ("DNS", _dns),
        ("connection", _connection),
        ("authentication", _authentication),
    ]
    for name, look in steps:
        if name == "authentication" and settings.token is None:
            return
        check = _check(name, partial(look, settings))
        yield check
        if check.error is not None:
            return


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, look())
    except VoiceShiftError as error:
        return Check(name, "failed", error)


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


def _vocals() -> str:
    """What finds the vocals in covers that are made on this machine."""
    from voiceshift.local.separators import FALLBACK_WARNING, uses_fallback

    try:
        return (
            FALLBACK_WARNING
            if uses_fallback(None)
            else "separated by the network of voiceshift setup"
        )
    except SettingsError as error:  # nothing is wrong for those who make no covers here
        return str(error)


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


def _sources(uri: str | None, token: Secret | None) -> str:
    """Where each setting comes from; never what it is."""
    dotenv = find_dotenv(ENVIRONMENT.values())
    given = {"uri": uri, "token": token}
    places = []
    for name, variable in ENVIRONMENT.items():
        if given.get(name):
            places.append(f"{name} from the command line")
        elif os.environ.get(variable):
            places.append(f"{variable} from the environment")
        elif variable in dotenv.variables:
            places.append(f"{variable} from {dotenv.path}")
    file = f".env is {dotenv.path}" if dotenv.path else f".env: {', '.join(dotenv.searched)}"
    return "; ".join([file, *places])


def _token(uri: str | None, token: Secret | None) -> str:
    Settings.load(uri=uri, token=token)
    return "there is one"


def _proxy(settings: Settings) -> str:
    proxy = find_proxy(settings)
    return str(proxy) if proxy else "none is used"


def _dns(settings: Settings) -> str:
    host, addresses = _dialer(settings).find()
    return f"{host} is {', '.join(sorted(str(address[0]) for _, address in addresses))}"


def _connection(settings: Settings) -> str:
    dialer = _dialer(settings)
    try:
        return _encryption(dialer.dial())
    finally:
        dialer.close()


def _dialer(settings: Settings) -> Dialer:
    seconds = settings.connect_timeout
    return Dialer(settings, Deadline(seconds, ConnectTimeout, f"connection to {settings.uri}"))


def _encryption(stream: socket.socket) -> str:
    import ssl

    if not isinstance(stream, ssl.SSLSocket):
        return "open, not encrypted"
    certificate = stream.getpeercert() or {}
    return f"open, {stream.version()}, certificate valid until {certificate.get('notAfter')}"


def _authentication(settings: Settings) -> str:
    assert settings.token is not None
    with Client(settings.uri, settings.token, connect_attempts=1) as client:
        client.authenticate()
    return "the service took the token"

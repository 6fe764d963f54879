"""What ``voiceshift serve`` bears, and its TLS: the options are those of the embedded service."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from attrs import fields

from tests.support.certificates import AUTHORITY, client_tls
from tests.support.command_line import voiceshift
from voiceshift import Client, ConnectError
from voiceshift.cli import main
from voiceshift.local.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = pytest.CaptureFixture[str]

TOKEN = "a-token-for-tests"
PATIENCE = 60.0
OPTIONS = {limit.name: f"--{limit.name.replace('_', '-')}" for limit in fields(Limits)}
NOT_THIS_MACHINE = "192.0.2.1"  # kept for examples by RFC 5737, so that nobody has it

posix_only = pytest.mark.skipif(os.name != "posix", reason="ends the service by a signal")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's token is known."""
    monkeypatch.setenv("VC_SERVE_TOKEN", TOKEN)


@pytest.fixture
def certificate() -> str:
    """A file with a certificate for this machine, and its key."""
    AUTHORITY.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path("both.pem")
    return "both.pem"


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The address of a running service, which has nothing to complain of."""
    arguments = ("--port", "0", "--json", "--separator", "dsp", *arguments)
    with voiceshift("serve", *arguments) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["uri"]
        process.terminate()
        assert process.communicate(timeout=PATIENCE) == ("", "")


@posix_only
def test_with_a_certificate_it_serves_over_tls(certificate: str) -> None:
    """A client that trusts it gets in."""
    with serving("--cert", certificate, "--key", certificate) as uri:
        assert uri.startswith("wss://")
        with Client(uri, TOKEN, ssl_context=client_tls()) as client:
            client.authenticate()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--key", "both.pem"], "give --cert, too"),
        (["--cert", "missing.pem"], "cannot use the certificate missing.pem"),
    ],
    ids=["key alone", "missing file"],
)
def test_a_certificate_that_does_not_do_is_refused(
    options: list[str], words: str, certificate: str, capsys: Capture
) -> None:
    """Before anybody is served."""
    assert main(["serve", *options]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("with_tls", [True, False])
def test_other_machines_without_tls_are_worth_a_warning(with_tls: bool, certificate: str) -> None:
    """The token can be read by all between; here the address cannot be had in the end."""
    tls = ["--cert", certificate] if with_tls else []
    with voiceshift("serve", "--host", NOT_THIS_MACHINE, "--port", "0", *tls) as process:
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4
    warning = f"WARNING listening on {NOT_THIS_MACHINE} without TLS: "
    assert (warning in errors) is not with_tls


@posix_only
def test_a_limit_on_the_command_line_counts() -> None:
    """Here that of the clients."""
    with serving("--max-clients", "1") as uri, Client(uri, TOKEN) as first:
        first.authenticate()
        with (
            Client(uri, TOKEN, connect_attempts=1) as second,
            pytest.raises(ConnectError, match="1013"),
        ):
            second.authenticate()


@pytest.mark.parametrize("name", OPTIONS)
def test_each_limit_has_an_option_with_its_default(name: str, capsys: Capture) -> None:
    """The help says what it is for; a value out of range is refused by its name."""
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["serve", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    limit = getattr(fields(Limits), name)
    assert f"{limit.metadata['help']} ({limit.default})" in text
    assert main(["serve", OPTIONS[name], "-1"]) == 2
    assert f"{name} must be" in capsys.readouterr().err

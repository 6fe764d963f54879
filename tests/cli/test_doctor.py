"""``voiceshift doctor``: every fault is found, named, and told what to do about."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import platformdirs
import pytest

from tests.support.certificates import AUTHORITY, server_tls
from voiceshift.cli import main
from voiceshift.local import Server
from voiceshift.local.install.spleeter import network_path
from voiceshift.local.separators import FALLBACK_WARNING

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

TOKEN = "a-token-for-tests"


def findings(capsys: Capture) -> dict[str, tuple[bool, str]]:
    """What is told about each thing, and whether it is well, from the JSON that was printed."""
    output, errors = capsys.readouterr()
    assert errors == ""
    return {found["check"]: (found["ok"], found["message"]) for found in json.loads(output)}


def test_all_is_well(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Each thing has a line; no cover is asked for, and the token is not shown."""
    assert main(["doctor"]) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert all(line.startswith("ok     ") for line in output.splitlines())
    for words in (
        "versions: Python 3.",
        "websocket-client 1.",
        "extra local: numpy ",
        "VC_TOKEN from the environment",
        f"URL: {voiceshift_service.uri}",
        "token: there is one",
        "proxy: none is used",
        "DNS: 127.0.0.1 is 127.0.0.1",
        "connection: open, not encrypted",
        "authentication: the service took the token",
    ):
        assert words in output
    assert voiceshift_service.token not in output
    assert voiceshift_service.requests == []


def test_a_refused_token_ends_with_3(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """All before it is well."""
    monkeypatch.setenv("VC_TOKEN", "a-wrong-token")
    assert main(["doctor"]) == 3
    output = capsys.readouterr().out
    assert output.splitlines()[-1].startswith("WRONG  authentication: ")
    assert output.count("WRONG") == 1
    assert "a-wrong-token" not in output


def test_a_missing_token_ends_with_2(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """It is told where to put one; the connection is looked at all the same."""
    monkeypatch.delenv("VC_TOKEN")
    assert main(["doctor", "--json"]) == 2
    found = findings(capsys)
    well, words = found["token"]
    assert not well
    assert "Set VC_TOKEN" in words
    assert found["connection"] == (True, "open, not encrypted")
    assert "authentication" not in found


def test_settings_of_a_dotenv_file_are_found(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """With the file's path, and that the command line goes before it."""
    monkeypatch.delenv("VC_TOKEN")
    monkeypatch.delenv("VC_URI")
    Path(".env").write_text(f"VC_TOKEN={voiceshift_service.token}\nVC_URI=ws://elsewhere\n")
    assert main(["doctor", "--json", "--uri", voiceshift_service.uri]) == 0
    path = Path.cwd() / ".env"
    words = f".env is {path}; uri from the command line; VC_TOKEN from {path}"
    assert findings(capsys)["settings"] == (True, words)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [("VC_URI", "https://example.org", "must begin with wss://"), ("VC_USER_ID", "me", "user_id")],
)
def test_a_wrong_setting_ends_with_2(
    variable: str, value: str, words: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes after it cannot be looked at."""
    monkeypatch.setenv(variable, value)
    assert main(["doctor", "--json"]) == 2
    *_, (well, message) = findings(capsys).values()
    assert not well
    assert words in message


def test_a_package_without_metadata(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied, or in a frozen program: which version it is cannot be told."""

    def not_found(name: str) -> NoReturn:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", not_found)
    main(["doctor", "--json"])
    well, message = findings(capsys)["versions"]
    assert well
    assert message.endswith(", voiceshift unknown")


def test_an_unreadable_dotenv_file_ends_with_2(capsys: Capture) -> None:
    """It is not text, and so the token is missing: the message names the file."""
    path = Path(".env").absolute()
    path.write_bytes(b"\xff\xfe\xff")
    assert main(["doctor", "--json"]) == 2
    found = findings(capsys)
    for step in ("settings", "token"):
        well, message = found[step]
        assert well == (step == "settings")
        assert f"{path} cannot be read" in message


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("wss://nowhere.invalid", ("DNS", "cannot find the host nowhere.invalid")),
        ("ws://127.0.0.1:{port}", ("connection", "does not take connections")),
    ],
    ids=["name", "port"],
)
def test_a_service_that_is_not_there_ends_with_4(
    uri: str,
    problem: tuple[str, str],
    closed_port: int,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The step that fails is told, and is the last one."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    assert main(["doctor", "--json", "--uri", uri.format(port=closed_port)]) == 4
    name, (well, message) = list(findings(capsys).items())[-1]
    check, words = problem
    assert (name, well) == (check, False)
    assert words in message


def test_a_proxy_is_told_without_its_password(
    closed_port: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the proxy's name that is looked up then, and the proxy that refuses."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    monkeypatch.setenv("https_proxy", f"http://me:secret@127.0.0.1:{closed_port}")
    assert main(["doctor", "--json", "--uri", "wss://service.invalid"]) == 4
    found = findings(capsys)
    assert found["proxy"] == (True, f"http://127.0.0.1:{closed_port} (from https_proxy)")
    assert found["DNS"] == (True, "127.0.0.1 is 127.0.0.1")
    assert not found["connection"][0]
    assert "the proxy http://127.0.0.1" in found["connection"][1]
    assert "secret" not in str(found)


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_looked_at(
    trusted: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the certificates that this system trusts."""
    if trusted:
        AUTHORITY.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    with Server(TOKEN, ssl_context=server_tls("127.0.0.1")) as server:
        assert main(["doctor", "--json", "--uri", server.uri]) == (0 if trusted else 4)
    well, message = findings(capsys)["connection"]
    assert well is trusted
    words = "open, TLSv1.3, certificate valid until " if trusted else "could not prove its identity"
    assert words in message


def test_a_missing_extra_is_told_how_to_get(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, voiceshift_service: ScriptedService
) -> None:
    """Nothing is wrong without it."""
    monkeypatch.setattr("voiceshift.cli.doctor._packages", lambda _: ["no-such-package"])
    monkeypatch.setattr("voiceshift.cli.doctor._versions", lambda: "")
    assert main(["doctor", "--json"]) == 0
    words = 'no no-such-package: pip install "voiceshift[local]" brings it'
    assert findings(capsys)["extra local"] == (True, words)


def test_what_finds_the_vocals_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    """The fallback is no error, but there is something better."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    main(["doctor"])
    assert f"ok     vocals: {FALLBACK_WARNING}\n" in capsys.readouterr().out
    network_path().parent.mkdir(parents=True)
    network_path().touch()
    main(["doctor"])
    assert "vocals: separated by the network" in capsys.readouterr().out

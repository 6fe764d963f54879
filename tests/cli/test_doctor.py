"""``voiceshift doctor``: every fault is found, named, and told what to do about."""

from __future__ import annotations

import errno
import importlib.metadata
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import platformdirs
import pytest

from tests.support.certificates import AUTHORITY, server_tls
from voiceshift.cli import main
from voiceshift.local import Server
from voiceshift.local.engine.separation.spleeter import network_files
from voiceshift.local.install.network_file import HASH_FILE, network_path
from voiceshift.util.files import sha256_of
from voiceshift.util.process import physical_memory

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

Capture = pytest.CaptureFixture[str]

TOKEN = "a-token-for-tests"


def findings(capsys: Capture) -> dict[str, tuple[bool, str]]:
    """What is told about each thing, and whether it is well, from the JSON that was printed."""
    output, errors = capsys.readouterr()
    assert errors == ""
    return {found["check"]: (found["ok"], found["message"]) for found in json.loads(output)}


# ---- covers on this machine


def test_a_healthy_machine_without_a_token_ends_with_0(capsys: Capture) -> None:
    """The service is not looked at, and nothing is complained about."""
    assert main(["doctor", "--json"]) == 0
    found = findings(capsys)
    assert {"libraries", "vocals", "voices", "ffmpeg", "cache", "memory"} <= found.keys()
    assert found["voices"] == (True, "2 of the demo, 0 of your own")
    assert found["service"] == (True, "not checked, since no token is set; --hosted checks it")
    assert "connection" not in found


def test_the_service_is_looked_at_where_that_is_asked_for(capsys: Capture) -> None:
    """Without a token that is wrong."""
    main(["doctor", "--json", "--hosted", "--uri", "ws://127.0.0.1:1"])
    found = findings(capsys)
    assert not found["token"][0]
    assert "connection" in found


def test_a_missing_package_is_wrong_where_there_is_no_service(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a service it is none: who uses that makes no covers here."""
    missing = ["no_such_package"]
    monkeypatch.setattr("voiceshift.local.install.requirements._PACKAGES", missing)
    assert main(["doctor", "--json"]) == 2
    well, words = findings(capsys)["libraries"]
    assert not well
    assert words.endswith('pip install "voiceshift[local]"')
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    assert main(["doctor", "--json", "--uri", "wss://nowhere.invalid"]) == 4
    assert findings(capsys)["libraries"] == (True, words)


def test_a_package_that_does_not_load_is_wrong(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Such as one made for another system."""
    (tmp_path / "a_library.py").write_text("raise OSError('no libsomething.so')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("voiceshift.cli.local_checks.NATIVE_LIBRARIES", ["a_library"])
    assert main(["doctor", "--json"]) == 2
    well, words = findings(capsys)["libraries"]
    assert not well
    assert "a_library is installed but cannot be loaded: no libsomething.so" in words
    assert words.endswith("pip install --force-reinstall a_library")


def test_a_damaged_network_is_wrong(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It would fail with the first cover; so would one whose hash is missing."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    files = write_network()
    assert main(["doctor", "--json"]) == 0
    assert findings(capsys)["vocals"] == (True, "separated by the network of voiceshift setup")
    for file in files:
        file.unlink()
        assert main(["doctor", "--json"]) == 2
        assert "voiceshift setup --force makes it again" in findings(capsys)["vocals"][1]


def write_network() -> list[Path]:
    """Files in the network's place with their hash, as they lie after ``voiceshift setup``."""
    network, weights = network_files(network_path())
    network.parent.mkdir(parents=True)
    for file in (network, weights):
        file.write_bytes(b"a part of the network")
    hashed = network.with_name(HASH_FILE)
    hashed.write_text(sha256_of(network, weights), encoding="ascii")
    return [hashed, weights]


def test_what_could_be_better_is_no_fault(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No network, no ffmpeg, little memory, a cache that cannot be written to: covers are made."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("voiceshift.cli.local_checks.physical_memory", lambda: 10**8)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert main(["doctor"]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note   ")]
    assert [line.split()[1] for line in notes] == ["vocals:", "ffmpeg:", "cache:", "memory:"]


def refuse(*_: object, **__: object) -> NoReturn:
    """As a file system does that is read only."""
    raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_the_memory_of_this_machine_is_known() -> None:
    """In bytes."""
    memory = physical_memory()
    assert memory is not None
    assert memory > 2**28


# ---- covers by a service


def test_all_is_well(capsys: Capture, voiceshift_service: ScriptedService) -> None:
    """Each thing has a line; no cover is asked for, and the token is not shown."""
    assert main(["doctor"]) == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert all(line.startswith(("ok     ", "note   ")) for line in output.splitlines())
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
    assert main(["doctor", "--json", "--hosted", "--uri", "wss://nowhere.invalid"]) == 2
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


# ---- the token


@pytest.mark.parametrize(
    "uri",
    [
        "{}",
        "wss://{}@127.0.0.1:1",
        "wss://user:{}@127.0.0.1:1",
        "wss://127.0.0.1:{}",
        "wss://127.0.0.1:1/?token={}",
        "wss://127.0.0.1:1/{}",
        "https://127.0.0.1:1/#{}",
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_a_token_in_the_url_is_never_shown(
    uri: str, is_known: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was put into VC_URI by mistake, and perhaps nowhere else."""
    monkeypatch.setenv("VC_URI", uri.format(TOKEN))
    if is_known:
        monkeypatch.setenv("VC_TOKEN", TOKEN)
    assert main(["doctor"]) in (2, 4)
    assert TOKEN not in "".join(capsys.readouterr())


def test_a_token_in_the_place_of_another_setting_is_never_shown(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a host's name it is found where it is set as the token, too."""
    monkeypatch.setenv("VC_USER_ID", TOKEN)
    assert main(["doctor"]) == 2
    monkeypatch.delenv("VC_USER_ID")
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    assert main(["doctor", "--uri", f"wss://{TOKEN}.invalid"]) == 4
    output = "".join(capsys.readouterr())
    assert "URL: wss://***.invalid" in output
    assert TOKEN not in output

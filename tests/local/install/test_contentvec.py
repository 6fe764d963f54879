"""ContentVec is downloaded and made once, checked, and kept; nothing else is taken for it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import platformdirs
import pytest

from tests.support.file_server import FileServer
from tests.support.rvc_voices import TINY_CONTENTVEC, random_contentvec, save_torch_file
from voiceshift.errors import ConnectError, SettingsError
from voiceshift.local.engine.voices.rvc import contentvec as network_module
from voiceshift.local.install import contentvec, download
from voiceshift.local.install.contentvec import contentvec_path, prepare_contentvec
from voiceshift.local.install.download import KnownFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, empty; the network is a tiny one."""
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.setattr(network_module, "SIZES", TINY_CONTENTVEC)
    return tmp_path / "cache" / "contentvec"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file, and it is the one that is known."""
    path = tmp_path / "pytorch_model.bin"
    save_torch_file(random_contentvec(TINY_CONTENTVEC), path)
    monkeypatch.setattr(contentvec, "CONTENTVEC", known(path))
    return path


def known(path: Path) -> KnownFile:
    """Return what there is to know of a file."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return KnownFile(name="pytorch_model.bin", size=len(content), sha256=sha256)


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def works(path: Path) -> bool:
    """Whether the network gives vectors."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    samples = np.random.default_rng(0).normal(0, 0.1, (1, 720)).astype(np.float32)
    return bool(session.run(["v2"], {"samples": samples})[0].shape == (1, 2, 12))


def test_it_is_made_from_a_file(file: Path, cache: Path) -> None:
    """The file stays, and nothing else is left."""
    assert prepare_contentvec(file) == contentvec_path()
    assert works(contentvec_path())
    assert names(cache) == ["contentvec-1", "setup.lock"]
    assert names(cache / "contentvec-1") == ["contentvec.onnx", "contentvec.weights"]
    assert file.exists()


def test_it_is_downloaded_and_goes_on_where_it_broke_off(
    file: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a later run, too; what was downloaded is not kept twice."""
    monkeypatch.setattr(download, "ATTEMPTS", 1)
    arrived: list[int] = []
    with FileServer("pytorch_model.bin", file.read_bytes()) as server:
        server.cuts = [2000, 0]
        with pytest.raises(ConnectError, match=r"broke off after 0\.0 of .* goes on from there"):
            prepare_contentvec(url=server.address)
        assert (cache / "pytorch_model.bin.part").stat().st_size == 2000
        prepare_contentvec(url=server.address, on_progress=arrived.append)
        assert server.ranges[-1] == "bytes=2000-"
    assert arrived[-1] == file.stat().st_size
    assert works(contentvec_path())
    assert names(cache) == ["contentvec-1", "setup.lock"]


def test_a_network_that_is_there_is_not_made_again(file: Path) -> None:
    """Unless that is asked for."""
    prepare_contentvec(file)
    contentvec_path().write_bytes(b"as it was")
    prepare_contentvec(file.with_name("nothing"))
    assert contentvec_path().read_bytes() == b"as it was"
    assert works(prepare_contentvec(file, force=True))


def test_another_sum_is_refused_with_both_named(file: Path, cache: Path) -> None:
    """Downloaded or not; it is taken when the user vouches for it."""
    other = random_contentvec(TINY_CONTENTVEC, seed=1)
    ours = contentvec.CONTENTVEC.sha256
    save_torch_file(other, file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(SettingsError, match=rf"its sha256 is {sha256}, not {ours}"):
        prepare_contentvec(file)
    with (
        FileServer("pytorch_model.bin", file.read_bytes()) as server,
        pytest.raises(SettingsError, match=rf"its sha256 is {sha256}, not {ours}"),
    ):
        prepare_contentvec(url=server.address)
    assert names(cache) == ["setup.lock"]
    assert works(prepare_contentvec(file, sha256=sha256.upper()))


def test_another_size_is_not_even_downloaded(file: Path) -> None:
    """The server says it."""
    with (
        FileServer("pytorch_model.bin", file.read_bytes() + b"more") as server,
        pytest.raises(ConnectError, match="it has another size"),
    ):
        prepare_contentvec(url=server.address)


def test_a_file_of_another_network_is_refused(file: Path) -> None:
    """Though its sum is right."""
    save_torch_file({"weight": np.zeros(3, np.float32)}, file)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(SettingsError, match="another network: it has a tensor 'weight'"):
        prepare_contentvec(file, sha256=sha256)
    assert not contentvec_path().exists()


@pytest.mark.parametrize("sha256", ["abc", "g" * 64])
def test_a_sum_that_is_none_is_refused(file: Path, sha256: str) -> None:
    """Before anything is done."""
    with pytest.raises(SettingsError, match="a sha256 has 64 hexadecimal digits"):
        prepare_contentvec(file, sha256=sha256)


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    """With its path."""
    with pytest.raises(SettingsError, match=r"there is no file .*gone\.bin"):
        prepare_contentvec(file.with_name("gone.bin"))

"""The plug-in for sherpa-onnx runs what networks a user has."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.utils import Extractor

from tests.support.sherpa_networks import SPLEETER, UVR, write_gain, write_model, write_uvr
from tests.support.tools import needs_tool
from voiceshift.errors import SettingsError
from voiceshift.local.engine.separation import sherpa
from voiceshift.local.engine.separation.sherpa import make_sherpa
from voiceshift.local.engine.separation.spleeter import Spleeter
from voiceshift.local.install.network_file import network_path
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from pathlib import Path

RATE = 44_100
NETWORK = network_path()  # of the developer: the tests have a home of their own


@pytest.fixture
def mix() -> np.ndarray:
    """Three seconds of two tones, which begin and end in the middle of their way."""
    time = np.arange(3 * RATE) / RATE
    tones = [np.cos(2 * np.pi * 440 * time), np.cos(2 * np.pi * 3000 * time)]
    return (0.2 * np.stack(tones, axis=1)).astype(np.float32)


def test_network_of_ultimate_vocal_remover(tmp_path: Path, mix: np.ndarray) -> None:
    """By its name and its file, as the command has it; to the very first and last samples."""
    separate = load_separator(f"sherpa:{write_uvr(tmp_path / 'half.onnx')}")
    vocals = separate(mix, RATE)
    assert vocals.shape == mix.shape
    assert vocals.dtype == np.float32
    assert np.abs(vocals - mix / 2).max() < 0.01


def test_spleeters_two_files(tmp_path: Path, mix: np.ndarray) -> None:
    """The vocals' share is that of their power; the edges do not blow up."""
    for name, gain in (("vocals", 3), ("accompaniment", 1)):
        path = tmp_path / f"{name}.fp16.onnx"
        write_gain(path, [2, "splits", 512, 1024], gain, SPLEETER)
    vocals = make_sherpa(str(tmp_path))(mix, RATE)
    assert np.abs(vocals - 0.9 * mix).max() < 0.06


def test_it_can_be_sent_to_other_processes(tmp_path: Path) -> None:
    """It holds paths only."""
    separate = make_sherpa(str(write_uvr(tmp_path / "half.onnx")))
    assert pickle.loads(pickle.dumps(separate)) == separate


@needs_tool("the network of `voiceshift setup`", NETWORK.exists())
def test_trained_spleeter_says_the_same(tmp_path: Path) -> None:
    """With the same weights its vocals are those of the separator of this package."""
    model = onnx.shape_inference.infer_shapes(onnx.load(NETWORK))
    shape: list[str | int | None] = [2, "splits", 512, 1024]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    there = helper.make_node("Transpose", ["x"], ["magnitudes"], perm=[1, 0, 2, 3])
    stems = [node.output[0] for node in model.graph.node if "magnitudes" in node.input[1:]]
    for name, stem in zip(("vocals", "accompaniment"), stems, strict=True):
        back = helper.make_node("Transpose", [stem], ["y"], perm=[1, 0, 2, 3])
        inner = Extractor(model).extract_model(["magnitudes"], [stem]).graph
        nodes = [there, *inner.node, back]
        graph = helper.make_graph(nodes, name, ends[:1], ends[1:], inner.initializer)
        write_model(tmp_path / f"{name}.onnx", graph, SPLEETER)
    time = np.arange(6 * RATE) / RATE
    phase = 2 * np.pi * 220 * time + np.sin(30 * time)
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 20)], axis=0)
    drums = np.random.default_rng(0).normal(0, np.exp(-10 * (2 * time % 1)))
    sounds = 0.1 * np.stack([voice, drums], axis=1) / np.std([voice, drums], axis=1)
    sound = (sounds @ [[1, 1], [0.7, 0.5]]).astype(np.float32)
    own, theirs = Spleeter(NETWORK)(sound, RATE), make_sherpa(str(tmp_path))(sound, RATE)
    assert ((own - theirs) ** 2).mean() < 0.01 * (own**2).mean()


@pytest.mark.parametrize("model", ["", "nowhere.onnx"])
def test_model_must_be_there(model: str) -> None:
    """And how to name it is told."""
    with pytest.raises(SettingsError, match=r"sherpa:MODEL\.onnx"):
        make_sherpa(model)


def test_folder_must_have_both_files(tmp_path: Path) -> None:
    """One of each."""
    with pytest.raises(SettingsError, match=r"one file vocals\*\.onnx, not 0"):
        make_sherpa(str(tmp_path))


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ({}, "lacks model_type, sample_rate, stems, n_fft"),
        ({key: value for key, value in UVR.items() if key != "dim_t"}, "lacks dim_t"),
        (UVR | {"model_type": "spleeter"}, "is of 'spleeter'"),
    ],
)
def test_network_without_description_is_refused(
    tmp_path: Path, description: dict[str, str], message: str
) -> None:
    """Of itself sherpa-onnx would end the whole process."""
    with pytest.raises(SettingsError, match=message):
        make_sherpa(str(write_uvr(tmp_path / "half.onnx", description)))


def test_other_file_is_refused(tmp_path: Path) -> None:
    """It is no network at all."""
    path = tmp_path / "song.wav"
    path.write_bytes(b"RIFF" * 100)
    with pytest.raises(SettingsError, match=r"song\.wav is not an ONNX file"):
        make_sherpa(str(path))


def test_without_sherpa_onnx_it_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setattr(sherpa, "find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pip install "voiceshift\[separators\]"'):
        make_sherpa("half.onnx")


def test_other_rates_are_refused(tmp_path: Path, mix: np.ndarray) -> None:
    """A network is for one rate."""
    separate = make_sherpa(str(write_uvr(tmp_path / "half.onnx")))
    with pytest.raises(ValueError, match="is for 44100 Hz, not for 48000"):
        separate(mix, 48_000)

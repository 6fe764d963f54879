"""The network of a voice computes what the reference computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from tests.support import rvc_reference
from tests.support.rvc_voices import CONFIGS, TINY, random_voice, save_torch_file
from voiceshift.local.engine.voices.rvc.model import map_file, read_model
from voiceshift.local.engine.voices.rvc.network import write_network

if TYPE_CHECKING:
    from pathlib import Path

Inputs = dict[str, npt.NDArray[Any]]

TOLERANCE = 1e-4
"""Worst difference of a sample, at a standard deviation of 0.3."""


def run(
    voice: Path, inputs: Inputs, folder: Path, part: tuple[int, int] | None = None
) -> npt.NDArray[np.float32]:
    """Return what the network of a voice makes of the inputs, or of a part of the frames."""
    inputs = inputs | {"part": np.array(part or (0, inputs["noise"].shape[2]))}
    model = read_model(map_file(voice), voice.name)
    path = folder / "voice.onnx"
    write_network(model, path, {})
    onnx.checker.check_model(path)
    if "pitchf" in inputs:
        rate, samples = model.architecture.sample_rate, model.architecture.samples_per_frame
        phase = rvc_reference.phases(inputs["pitchf"], rate, samples).astype(np.float32)
        inputs = inputs | {"phase": phase}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (audio,) = session.run(None, inputs)
    assert audio.shape[:2] == (1, 1)
    return np.asarray(audio[0, 0])


def random_inputs(config: list[Any], features: int, frames: int, *, has_pitch: bool) -> Inputs:
    """Return inputs with an unvoiced gap."""
    random = np.random.default_rng(frames)
    inputs: Inputs = {
        "phone": random.standard_normal((1, frames, features)),
        "noise": random.standard_normal((1, config[2], frames)),
        "speaker": np.zeros(1, np.int64),
    }
    if has_pitch:
        pitchf = random.uniform(100, 400, (1, frames))
        pitchf[:, frames // 3 : frames // 2] = 0
        inputs["pitchf"] = pitchf
        inputs["pitch"] = random.integers(1, 256, (1, frames))
        inputs["breath"] = random.standard_normal((1, frames, config[17] // 100))
    return {
        name: value.astype(np.float32) if value.dtype.kind == "f" else value
        for name, value in inputs.items()
    }


def test_the_reference_s_own_sound(golden: Path, tmp_path: Path) -> None:
    """What its code made of the same inputs, for all three kinds of voices."""
    with np.load(golden.with_suffix(".npz")) as file:
        data = dict(file)
    expected = data.pop("audio")
    assert expected.std() > 0.2, "nothing to compare"
    assert np.abs(run(golden, data, tmp_path) - expected).max() < TOLERANCE


@pytest.mark.parametrize("has_pitch", [True, False])
@pytest.mark.parametrize("frames", [1, 2, 9, 12, pytest.param(431, marks=pytest.mark.slow)])
def test_any_number_of_frames(tmp_path: Path, frames: int, has_pitch: bool) -> None:
    """From one on, and more than are decoded at a time."""
    voice = random_voice(TINY, has_pitch=has_pitch)
    save_torch_file(voice, tmp_path / "voice.pth")
    inputs = random_inputs(TINY, 768, frames, has_pitch=has_pitch)
    expected = rvc_reference.audio(voice, inputs)
    assert expected.std() > 0.02, "nothing to compare"
    assert np.abs(run(tmp_path / "voice.pth", inputs, tmp_path) - expected).max() < TOLERANCE


@pytest.mark.parametrize("part", [(0, 431), (0, 1), (430, 431), (35, 400), (100, 420)])
def test_any_part_of_the_frames(tmp_path: Path, part: tuple[int, int]) -> None:
    """It is what the whole has there."""
    save_torch_file(random_voice(TINY), tmp_path / "voice.pth")
    inputs = random_inputs(TINY, 768, 431, has_pitch=True)
    whole = run(tmp_path / "voice.pth", inputs, tmp_path)
    found = run(tmp_path / "voice.pth", inputs, tmp_path, part)
    assert np.abs(found - whole[part[0] * 80 : part[1] * 80]).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("kind", CONFIGS)
def test_full_size(tmp_path: Path, kind: str) -> None:
    """All kinds of voices there are, against an independent forward pass."""
    config, features = CONFIGS[kind], 256 if kind.startswith("v1") else 768
    voice = random_voice(config, features)
    save_torch_file(voice, tmp_path / "voice.pth")
    inputs = random_inputs(config, features, 14, has_pitch=True)
    expected = rvc_reference.audio(voice, inputs)
    assert expected.std() > 0.02, "nothing to compare"
    assert np.abs(run(tmp_path / "voice.pth", inputs, tmp_path) - expected).max() < TOLERANCE

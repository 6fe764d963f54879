"""The content encoder is read, checked, and computes what it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest

from tests.support import contentvec_reference
from tests.support.rvc_voices import TINY_CONTENTVEC, random_contentvec, save_torch_file
from voiceshift.errors import SettingsError
from voiceshift.local.engine.voices.rvc.contentvec import (
    SIZES,
    Sizes,
    read_contentvec,
    write_contentvec,
)
from voiceshift.local.engine.voices.rvc.model import map_file

if TYPE_CHECKING:
    from pathlib import Path

Tensors = dict[str, npt.NDArray[Any]]


def session(tensors: Tensors, sizes: Sizes, folder: Path) -> onnxruntime.InferenceSession:
    """Return the network of a content encoder whose file has these tensors."""
    save_torch_file(tensors, folder / "pytorch_model.bin")
    weights = read_contentvec(map_file(folder / "pytorch_model.bin"), "pytorch_model.bin", sizes)
    path = folder / "contentvec.onnx"
    write_contentvec(weights, path, sizes)
    onnx.checker.check_model(path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


def check(sizes: Sizes, folder: Path, frames: int) -> None:
    """Compare a random content encoder with an independent forward pass."""
    tensors = random_contentvec(sizes)
    samples = np.random.default_rng(1).normal(0, 0.2, 320 * frames + 80).astype(np.float32)
    found = session(tensors, sizes, folder).run(["v1", "v2"], {"samples": samples[None]})
    for result, expected in zip(
        found, contentvec_reference.vectors(tensors, sizes, samples), strict=True
    ):
        assert result.shape == (1, frames, expected.shape[1])
        assert expected.std() > 0.3, "nothing to compare"
        assert np.abs(result[0] - expected).max() < 1e-4


@pytest.mark.parametrize("frames", [1, 2, 30])
def test_vectors(tmp_path: Path, frames: int) -> None:
    """Of both versions; exactly as many as fit."""
    check(TINY_CONTENTVEC, tmp_path, frames)


@pytest.mark.slow
def test_full_size(tmp_path: Path) -> None:
    """The network as it is, with weights that nobody has trained."""
    check(SIZES, tmp_path, 20)


def test_newer_names_of_a_normalised_weight(tmp_path: Path) -> None:
    """As PyTorch 2 has them."""
    tensors: Tensors = dict(random_contentvec(TINY_CONTENTVEC))
    name = "encoder.pos_conv_embed.conv"
    for old, new in (("g", "original0"), ("v", "original1")):
        tensors[f"{name}.parametrizations.weight.{new}"] = tensors.pop(f"{name}.weight_{old}")
    session(tensors, TINY_CONTENTVEC, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("final_proj.weight", None, "lacks the tensor 'final_proj.weight'"),
        ("final_proj.bias", np.zeros(4, np.float32), r"of the shape \(4,\) in place of \(5,\)"),
        ("final_proj.bias", np.full(5, np.inf, np.float32), "holds infinite numbers"),
        ("label_embs_concat", np.zeros(4, np.float32), "another network: .* 'label_embs_concat'"),
        ("encoder.pos_conv_embed.conv.weight_g", np.zeros(8, np.float32), "do not fit together"),
        ("encoder.pos_conv_embed.conv.weight_v", None, "lacks the tensor 'encoder.pos_conv"),
    ],
)
def test_other_networks_are_refused(tmp_path: Path, name: str, value: Any, words: str) -> None:
    """The tensor that does not fit is named."""
    tensors: Tensors = dict(random_contentvec(TINY_CONTENTVEC)) | {name: value}
    if value is None:
        del tensors[name]
    with pytest.raises(SettingsError, match=words):
        session(tensors, TINY_CONTENTVEC, tmp_path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """One that PyTorch did not write, and one without tensors."""
    with pytest.raises(SettingsError, match=r"model\.bin is no file of PyTorch"):
        read_contentvec(memoryview(b"<html>"), "model.bin")
    save_torch_file({}, tmp_path / "empty.bin")
    with pytest.raises(SettingsError, match="lacks the tensor"):
        read_contentvec(map_file(tmp_path / "empty.bin"), "empty.bin")

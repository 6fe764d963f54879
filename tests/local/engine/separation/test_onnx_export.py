"""A checkpoint becomes the network that it is the weights of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
import onnxruntime
import pytest

from tests.support import spleeter_reference
from voiceshift.errors import SettingsError
from voiceshift.local.engine.separation.onnx_export import write_network

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.separation.tf_checkpoint import Arrays


@pytest.fixture(scope="module")
def weights() -> Arrays:
    """Weights that nobody has trained."""
    return spleeter_reference.random_weights()


@pytest.mark.slow
def test_network_computes_what_is_described(tmp_path: Path, weights: Arrays) -> None:
    """It agrees with a plain implementation; its weights are in a file of their own."""
    path = tmp_path / "network.onnx"
    write_network(weights, path)
    onnx.checker.check_model(path)
    assert path.stat().st_size < 100_000
    assert path.with_suffix(".weights").stat().st_size > 70_000_000
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    magnitudes = np.random.default_rng(1).uniform(0, 3, (2, 64, 1024)).astype(np.float32)
    (mask,) = session.run(None, {"magnitudes": magnitudes[None]})
    expected = spleeter_reference.mask(weights, magnitudes)
    assert expected.std() > 0.05, "nothing to compare"
    assert np.abs(mask[0] - expected).max() < 1e-4


@pytest.mark.parametrize("name", ["conv2d/bias", "batch_normalization_1/moving_variance"])
def test_checkpoint_of_another_network_is_refused(
    tmp_path: Path, weights: Arrays, name: str
) -> None:
    """The array that is missing, or of another shape, is named."""
    others = {key: value for key, value in weights.items() if key != name}
    with pytest.raises(SettingsError, match=f"not Spleeter's .* {name} in it is missing"):
        write_network(others, tmp_path / "network.onnx")
    with pytest.raises(SettingsError, match=rf"{name} in it has the shape \(3,\), not \("):
        write_network(others | {name: np.zeros(3, np.float32)}, tmp_path / "network.onnx")
    assert not list(tmp_path.iterdir())

"""Networks run on what there is, and what there is not is told."""

from __future__ import annotations

import onnxruntime
import pytest

from voiceshift.errors import SettingsError
from voiceshift.local.engine.onnx_sessions import Hardware

ALL = ["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"]


def test_the_fastest_provider_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those that have a name here; the CPU is always the last resort."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ALL)
    assert Hardware().providers() == ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert Hardware("cuda").providers() == ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert Hardware("cpu").providers() == ["CPUExecutionProvider"]


def test_a_provider_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With those there are."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ALL)
    with pytest.raises(SettingsError, match=r"does not offer coreml, only 'cpu', 'cuda'"):
        Hardware("coreml")


def test_an_unknown_provider_is_told() -> None:
    """With those that are known."""
    with pytest.raises(SettingsError, match=r"no provider 'gpu'; the providers are 'auto', "):
        Hardware("gpu")

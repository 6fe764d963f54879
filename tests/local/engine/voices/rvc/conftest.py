"""Voices that nobody has trained."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.rvc_voices import (
    SMALL_CONTENTVEC,
    TINY,
    random_contentvec,
    random_voice,
    save_torch_file,
)
from voiceshift.local.engine.onnx_sessions import Hardware
from voiceshift.local.engine.voices.rvc.contentvec import read_contentvec, write_contentvec
from voiceshift.local.engine.voices.rvc.model import map_file
from voiceshift.local.engine.voices.rvc.saved_voice import _index, add_voice
from voiceshift.local.engine.voices.rvc.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent / "golden"
"""Three tiny voices, with what the reference's own code made of them."""


@pytest.fixture(params=["tiny-v1-1", "tiny-v2-0", "tiny-v2-1"])
def golden(request: pytest.FixtureRequest) -> Path:
    """One of them: a v1 voice, a v2 voice, and one without pitch; beside it its data."""
    return GOLDEN / f"{request.param}.pth"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The file of a tiny voice with random weights."""
    path = tmp_path / "tiny.pth"
    save_torch_file(random_voice(TINY), path)
    return path


@pytest.fixture(scope="session")
def content_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The network of a small content encoder, as setting it up makes it."""
    folder = tmp_path_factory.mktemp("contentvec")
    save_torch_file(random_contentvec(SMALL_CONTENTVEC), folder / "pytorch_model.bin")
    data = map_file(folder / "pytorch_model.bin")
    weights = read_contentvec(data, "pytorch_model.bin", SMALL_CONTENTVEC)
    write_contentvec(weights, folder / "contentvec.onnx", SMALL_CONTENTVEC)
    return folder / "contentvec.onnx"


@pytest.fixture(autouse=True)
def indexes() -> Iterator[None]:
    """No index stays open after a test."""
    yield
    _index.cache_clear()


@pytest.fixture
def voice(tiny: Path, content_encoder: Path) -> Voice:
    """A tiny voice among the user's."""
    path = tiny.with_name("anna.onnx")
    add_voice(path, tiny)
    return Voice.load(path, content_encoder, Hardware("cpu"))

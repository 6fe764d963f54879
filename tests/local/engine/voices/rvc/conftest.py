"""Voices that nobody has trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rvc_voices import TINY, random_voice, save_torch_file

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

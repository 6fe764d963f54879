"""Anyone's voice can be compared with what the reference made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.rvc import main

GOLDEN = Path(__file__).parents[1] / "local" / "engine" / "voices" / "rvc" / "golden"

Capture = pytest.CaptureFixture[str]


def test_parity(capsys: Capture) -> None:
    """The worst difference is told; the same ends with 0."""
    arguments = ["parity", str(GOLDEN / "tiny-v2-1.pth"), str(GOLDEN / "tiny-v2-1.npz")]
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith("at a deviation of 0.31: the same\n")


def test_a_difference_is_found(tmp_path: Path, capsys: Capture) -> None:
    """In a single sample; another length is one, too. Both end with 1."""
    voice = str(GOLDEN / "tiny-v2-0.pth")
    with np.load(GOLDEN / "tiny-v2-0.npz") as file:
        data = dict(file)
    data["audio"][1000] += 2e-4
    np.savez(tmp_path / "other.npz", **data)
    assert main(["parity", voice, str(tmp_path / "other.npz")]) == 1
    assert "worst difference 0.0002 at" in capsys.readouterr().out
    data["audio"] = data["audio"][1:]
    np.savez(tmp_path / "shorter.npz", **data)
    assert main(["parity", voice, str(tmp_path / "shorter.npz")]) == 1
    assert capsys.readouterr().out.endswith("not the same\n")

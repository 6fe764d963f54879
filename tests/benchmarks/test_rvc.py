"""Anyone's voice can be compared with what the reference made of it; other commands are tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.benchmarks.rvc.__main__ import main
from tests.support import rvc_reference
from tests.support.rvc_voices import TINY, random_voice, save_torch_file

if TYPE_CHECKING:
    from collections.abc import Mapping

GOLDEN = Path(__file__).parents[1] / "local" / "engine" / "voices" / "rvc" / "golden"

Capture = pytest.CaptureFixture[str]


def data_of(name: str) -> dict[str, Any]:
    """Return the arrays of a golden file."""
    with np.load(GOLDEN / name) as file:
        return dict(file)


def parity(voice: Path, data: Mapping[str, Any], folder: Path) -> int:
    """Compare a voice with arrays; the exit code."""
    np.savez(folder / "data.npz", **data)
    return main(["parity", str(voice), str(folder / "data.npz")])


@pytest.mark.parametrize("name", ["tiny-v1-1", "tiny-v2-0", "tiny-v2-1"])
def test_parity(name: str, capsys: Capture) -> None:
    """The worst difference is told; the same ends with 0."""
    assert main(["parity", str(GOLDEN / f"{name}.pth"), str(GOLDEN / f"{name}.npz")]) == 0
    assert capsys.readouterr().out.endswith(": the same\n")


def test_a_difference_is_found(tmp_path: Path, capsys: Capture) -> None:
    """In a single sample, also one that is no number; or another length. All end with 1."""
    voice, data = GOLDEN / "tiny-v2-0.pth", data_of("tiny-v2-0.npz")
    data["audio"][1000] += 2e-4
    assert parity(voice, data, tmp_path) == 1
    assert "worst difference 0.0002 at" in capsys.readouterr().out
    data["audio"][1000] = np.nan
    assert parity(voice, data, tmp_path) == 1
    data["audio"] = data["audio"][1:]
    assert parity(voice, data, tmp_path) == 1
    assert capsys.readouterr().out.endswith("2960 samples in place of 2959: not the same\n")


def test_the_arrays_may_be_as_the_reference_has_them(tmp_path: Path) -> None:
    """Of other types, with axes of one element elsewhere, and with more arrays than are needed."""
    data = data_of("tiny-v2-1.npz")
    frames, samples = data["breath"].shape[1:]
    data["breath"] = data["breath"].reshape(1, frames * samples, 1).astype(np.float64)
    data["audio"] = data["audio"].reshape(1, 1, -1)
    data["pitch"] = data["pitch"].astype(np.int32)
    data["speaker"] = data["speaker"][0].astype(np.int32)
    data["phone_lengths"] = np.array([frames])
    assert parity(GOLDEN / "tiny-v2-1.pth", data, tmp_path) == 0


@pytest.mark.parametrize(
    ("sizes", "options", "speaker", "frames"),
    [
        ({12: [10, 10, 2, 2], 13: 32, 14: [16, 16, 4, 4], 17: 40_000}, {}, 0, 12),
        (
            {12: [12, 10, 2, 2], 13: 36, 14: [24, 20, 4, 4], 17: 48_000},
            {"features": 256, "has_pitch": False},
            2,
            7,
        ),
        ({12: [10, 4, 2, 2, 2], 14: [16, 16, 4, 4, 4], 17: 32_000}, {"features": 256}, 1, 1),
        ({2: 18, 3: 36, 4: 20, 5: 4, 6: 1, 7: 5, 16: 7}, {}, 0, 250),
    ],
)
def test_voices_of_other_sizes(
    tmp_path: Path, sizes: dict[int, Any], options: dict[str, Any], speaker: int, frames: int
) -> None:
    """Rates, channels, speakers and frames, against an independent forward pass."""
    config = [sizes.get(place, value) for place, value in enumerate(TINY)]
    voice = random_voice(config, speakers=3, **options)
    features = voice["weight"]["enc_p.emb_phone.weight"].shape[1]
    save_torch_file(voice, tmp_path / "voice.pth")
    random = np.random.default_rng(frames)
    data: dict[str, Any] = {
        "phone": random.standard_normal((1, frames, features)),
        "noise": random.standard_normal((1, config[2], frames)),
        "speaker": np.array([speaker]),
    }
    if voice["f0"]:
        data["pitchf"] = random.uniform(100, 900, (1, frames)) * (random.random((1, frames)) > 0.2)
        data["pitch"] = random.integers(1, 256, (1, frames))
        data["breath"] = random.standard_normal((1, frames, config[17] // 100))
    data = {
        name: array.astype(np.float32) if array.dtype.kind == "f" else array
        for name, array in data.items()
    }
    data["audio"] = rvc_reference.audio(voice, data)
    assert data["audio"].std() > 0.01, "nothing to compare"
    assert parity(tmp_path / "voice.pth", data, tmp_path) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"noise": None}, "the data has no array 'noise'"),
        ({"phone": np.zeros((1, 37, 256))}, r"'phone' has the shape (1, 37, 256), where the voice"),
    ],
)
def test_data_that_do_not_fit_are_told(
    tmp_path: Path, capsys: Capture, changes: dict[str, Any], words: str
) -> None:
    """What is missing, or has another shape; both end with 2."""
    data = data_of("tiny-v2-0.npz") | changes
    data = {name: array for name, array in data.items() if array is not None}
    assert parity(GOLDEN / "tiny-v2-0.pth", data, tmp_path) == 2
    assert words in capsys.readouterr().err


def test_files_that_cannot_be_read_are_told(tmp_path: Path, capsys: Capture) -> None:
    """A text in place of the data, and nothing in place of the voice."""
    (tmp_path / "data.npz").write_text("audio")
    assert main(["parity", str(GOLDEN / "tiny-v2-0.pth"), str(tmp_path / "data.npz")]) == 2
    assert "data.npz is no file of numpy's savez" in capsys.readouterr().err
    assert main(["parity", str(tmp_path / "gone.pth"), str(GOLDEN / "tiny-v2-0.npz")]) == 2
    assert "gone.pth cannot be read" in capsys.readouterr().err


@pytest.mark.slow
def test_the_source_sings_what_is_asked_for(capsys: Capture) -> None:
    """In all octaves and keys that are tried."""
    assert main(["melody"]) == 0
    (share,) = re.findall(
        r"^-1 octaves, \+0 semitones: ([\d.]+)%", capsys.readouterr().out, re.MULTILINE
    )
    assert float(share) > 95

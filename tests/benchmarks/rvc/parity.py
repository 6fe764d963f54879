"""A voice compared with what the reference made of the same inputs.

The file with the inputs has arrays named as the inputs of
:func:`~voiceshift.local.engine.voices.rvc.network.write_network`, and the reference's ``audio``. It
needs no ``part`` and no ``phase``, which the reference has not.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from tests.support.rvc_reference import phases
from voiceshift.errors import SettingsError
from voiceshift.local.engine.onnx_sessions import Hardware, open_session
from voiceshift.local.engine.voices.rvc.model import map_file, read_model
from voiceshift.local.engine.voices.rvc.network import write_network
from voiceshift.local.workers.pool import available_cores

if TYPE_CHECKING:
    import argparse

    from voiceshift.local.engine.voices.rvc.architecture import Architecture

TOLERANCE = 1e-4
"""Worst difference of a sample that counts as the same."""

Arrays = dict[str, npt.NDArray[Any]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("voice", metavar="VOICE.pth", type=Path)
    parser.add_argument("data", metavar="DATA.npz", type=Path)


def run(options: argparse.Namespace) -> bool:
    """Print the worst difference, and return whether it counts as none."""
    made, expected = compared(options.voice, options.data)
    if len(made) != len(expected):
        sys.stdout.write(f"{len(made)} samples in place of {len(expected)}: not the same\n")
        return False
    worst, deviation = float(np.abs(made - expected).max()), float(expected.std())
    verdict = "the same" if worst <= TOLERANCE else "not the same"
    sys.stdout.write(f"worst difference {worst:.2g} at a deviation of {deviation:.2g}: {verdict}\n")
    return worst <= TOLERANCE


def compared(voice: Path, data: Path) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return what a voice makes of the inputs in a file, and what the reference made of them.

    Raises:
        SettingsError: One of the files cannot be used, or they do not fit together.
    """
    arrays = _read(data)
    model = read_model(map_file(voice), str(voice))
    inputs = _inputs(model.architecture, arrays)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        network = Path(folder) / "voice.onnx"
        write_network(model, network, {})
        session = open_session(network, Hardware("cpu", available_cores()), "no network")
        (audio,) = session.run(None, inputs)
    return np.asarray(audio).ravel(), _array(arrays, "audio").ravel()


def _read(path: Path) -> Arrays:
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, TypeError, BadZipFile) as error:
        raise SettingsError(f"{path} is no file of numpy's savez: {error}") from error


def _inputs(sizes: Architecture, arrays: Arrays) -> Arrays:
    """Return the inputs of a voice's network, in the shapes and types that it takes."""
    noise = _array(arrays, "noise")
    frames = noise.size // sizes.latent
    shapes: dict[str, tuple[tuple[int, ...], type]] = {
        "phone": ((1, frames, sizes.features), np.float32),
        "noise": ((1, sizes.latent, frames), np.float32),
        "speaker": ((1,), np.int64),
    }
    if sizes.has_pitch:
        shapes["pitch"] = (1, frames), np.int64
        shapes["pitchf"] = (1, frames), np.float32
        shapes["breath"] = (1, frames, sizes.samples_per_frame), np.float32
    inputs: Arrays = {
        name: _shaped(name, _array(arrays, name), shape).astype(kind)
        for name, (shape, kind) in shapes.items()
    }
    if sizes.has_pitch:
        phase = phases(inputs["pitchf"], sizes.sample_rate, sizes.samples_per_frame)
        inputs["phase"] = phase.astype(np.float32)
    return inputs | {"part": np.array([0, frames])}


def _array(arrays: Arrays, name: str) -> npt.NDArray[Any]:
    if name not in arrays:
        raise SettingsError(f"the data has no array {name!r}")
    return arrays[name]


def _shaped(name: str, array: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return an array in ``shape``: the reference has axes of one element in other places."""
    if array.size != np.prod(shape):
        raise SettingsError(f"{name!r} has the shape {array.shape}, where the voice takes {shape}")
    return array.reshape(shape)

"""What fewer bits do to the content encoder: to its vectors, its size and its speed."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers.float16 import convert_float_to_float16

from tests.benchmarks.rvc import material
from voiceshift.local.engine.onnx_sessions import Hardware, open_session
from voiceshift.local.engine.onnx_sessions import run as run_network
from voiceshift.local.engine.samples import SONG_RATE, VOICE_RATE, resample, to_mono

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from voiceshift.local.engine.samples import Samples

ROUNDS = 3
"""Runs of which the fastest counts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    parser.add_argument("--seconds", type=float, default=10, help="of sound (%(default)g)")


def run(options: argparse.Namespace) -> bool:
    """Print for each form of the numbers what it comes to."""
    samples = resample(to_mono(material.song(options.seconds)), SONG_RATE, VOICE_RATE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        exact = material.content_encoder(folder)
        expected, _ = _vectors(exact, samples)
        for form, write in FORMS.items():
            network = folder / f"{form}.onnx"
            write(exact, network)
            found, seconds = _vectors(network, samples)
            apart = np.abs(found - expected) / expected.std()
            typical = np.sqrt(np.square(apart).mean())
            sys.stdout.write(
                f"{form}: {_size(network, exact) / 1e6:.0f} MB, {seconds / options.seconds:.3f} s "
                f"of a core for a second of sound; vectors differ by {typical:.2%} "
                f"of their deviation, at worst {apart.max():.2%}\n"
            )
    return True


def _vectors(network: Path, samples: Samples) -> tuple[Samples, float]:
    """Return the vectors of version v2, and the processor seconds that they take on one thread."""
    session = open_session(network, Hardware("cpu"), "no network")
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        vectors = run_network(session, "v2", {"samples": samples[None]})
        times.append(time.process_time() - start)
    return vectors, min(times)


def _size(network: Path, exact: Path) -> int:
    paths = [exact.with_suffix(".weights")] if network.stem == EXACT else [network]
    return sum(path.stat().st_size for path in paths)


def _link(exact: Path, network: Path) -> None:
    network.write_bytes(exact.read_bytes())  # its weights are in another file, named in it


def _write_int8(exact: Path, network: Path) -> None:
    quantize_dynamic(exact, network, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8)


def _write_float16(exact: Path, network: Path) -> None:
    onnx.save(convert_float_to_float16(onnx.load(exact), keep_io_types=True), network)


EXACT = "32-bit floats"

FORMS: dict[str, Callable[[Path, Path], object]] = {
    EXACT: _link,
    "matrices of 8-bit integers": _write_int8,
    "16-bit floats": _write_float16,
}
"""How a network with other numbers is made of the exact one."""

"""The vocals by Spleeter's network, run by ONNX Runtime.

Hennequin, Khlif, Voituret, Moussallam 2020, "Spleeter: a fast and efficient music source separation
tool with pre-trained models". The network says for each frequency at each moment which share of it
is vocals; the mix times those shares is the vocals.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
from attrs import frozen

from voiceshift.errors import CoverError
from voiceshift.local.engine import stft
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.util.files import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from voiceshift.local.engine.samples import Samples

INPUT = "magnitudes"
"""Name of what goes into the network."""

BINS = 1024
"""Frequencies that the network knows, up to 11 kHz; above there are no vocals for it."""

MULTIPLE = 64
"""The network halves the number of spectra six times."""

LEVEL = 0.1
"""Root mean square that the mix is scaled to, -20 dBFS: about that of the songs in Spleeter's
training. Much softer ones are separated worse."""

SILENCE = 1e-6
"""Root mean square, -120 dBFS, up to which a mix is silent."""


@frozen
class Spleeter:
    """A separator that runs Spleeter's network.

    It holds only a path, so it is cheap to send to other processes; each process reads the network
    once. It works in one thread: windows run side by side.

    Attributes:
        network: The file made by ``voiceshift setup``.
        sha256: The hash that its files must have; ``None`` takes any.
    """

    network: Path
    sha256: str | None = None

    def __call__(self, mix: Samples, rate: int) -> Samples:
        """Return the vocals in ``mix``.

        Args:
            mix: Stereo, ``(frames, 2)``. Memory grows with its length: 12 s take about 250 MB.
            rate: Must be 44,100 Hz.

        Raises:
            ValueError: It is not.
            CoverError: The network is missing or damaged.
        """
        if rate != SONG_RATE:
            raise ValueError(f"Spleeter separates songs at {SONG_RATE} Hz, not at {rate}")
        level = float(np.sqrt(np.mean(np.square(mix)))) if len(mix) else 0.0
        if level <= SILENCE:
            return np.zeros_like(mix)
        spectra = stft.analyse(mix, MULTIPLE)
        magnitudes = np.abs(spectra[:, :, :BINS]) * np.float32(LEVEL / level)
        spectra[:, :, :BINS] *= _run(_session(self.network, self.sha256), magnitudes)
        spectra[:, :, BINS:] = 0
        return stft.synthesise(spectra, len(mix))


def network_files(network: Path) -> tuple[Path, Path]:
    """Return the files of a network: itself, and its weights beside it."""
    return network, network.with_suffix(".weights")


def _run(
    session: onnxruntime.InferenceSession, magnitudes: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    options = onnxruntime.RunOptions()
    # Gives the memory back, for the steps of the cover that follow.
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    (mask,) = session.run(None, {INPUT: magnitudes[None]}, options)
    return np.asarray(mask[0])


@cache
def _session(network: Path, sha256: str | None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False  # one block for all tensors takes more memory
    try:
        if sha256 is not None and sha256_of(*network_files(network)) != sha256:
            raise ValueError(f"{network} has been changed")
        return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise CoverError(  # sent to clients: no path, no details
            "the network that finds the vocals cannot be read on the machine that makes the cover; "
            "voiceshift setup --force makes it again"
        ) from error

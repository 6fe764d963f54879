"""What the network says is vocals is taken out of the mix, and nothing else."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from voiceshift.errors import CoverError
from voiceshift.local.engine.separation.spleeter import Spleeter

if TYPE_CHECKING:
    from pathlib import Path

RATE = 44_100
LOUD = 5.0


def write_gate(path: Path) -> Path:
    """Write a network whose vocals are what is louder than ``LOUD``."""
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2, "spectra", 1024])
        for name in ("magnitudes", "mask")
    ]
    nodes = [
        helper.make_node("Greater", ["magnitudes", "loud"], ["is_loud"]),
        helper.make_node("Cast", ["is_loud"], ["mask"], to=TensorProto.FLOAT),
    ]
    loud = numpy_helper.from_array(np.array(LOUD, np.float32), "loud")
    graph = helper.make_graph(nodes, "gate", ends[:1], ends[1:], [loud])
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


@pytest.fixture
def spleeter(tmp_path: Path) -> Spleeter:
    """One with a network that is easy to foresee."""
    return Spleeter(write_gate(tmp_path / "network.onnx"))


def tone(frequency: float, level: float, channel: int) -> np.ndarray:
    """Two seconds of a tone on one channel."""
    samples = np.zeros((2 * RATE, 2), np.float32)
    time = np.arange(2 * RATE) / RATE
    samples[:, channel] = level * np.sin(2 * np.pi * frequency * time)
    return samples


LOUD_TONE, SOFT_TONE = tone(440, 0.2, 0), tone(3000, 0.001, 1)


def test_vocals_are_what_the_network_says(spleeter: Spleeter) -> None:
    """The tone that it takes for vocals comes out, the other stays in the accompaniment."""
    mix = LOUD_TONE + SOFT_TONE
    vocals = spleeter(mix, RATE)
    assert vocals.shape == mix.shape
    assert vocals.dtype == np.float32
    inside = slice(4096, -4096)  # where a tone begins there are all frequencies
    assert np.abs(vocals - LOUD_TONE)[inside].max() < 0.005
    assert np.abs(vocals[inside, 1]).max() < 1e-6


@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_loudness_makes_no_difference(spleeter: Spleeter, gain: float) -> None:
    """A mix that is softer or louder as a whole has the same vocals, softer or louder."""
    mix = LOUD_TONE + SOFT_TONE
    scaled = spleeter(np.float32(gain) * mix, RATE) / np.float32(gain)
    assert np.abs(scaled - spleeter(mix, RATE)).max() < 1e-3


def test_nothing_above_eleven_kilohertz(spleeter: Spleeter) -> None:
    """There the network knows nothing, however loud it is."""
    inside = slice(4096, -4096)
    assert np.abs(spleeter(tone(12_000, 0.5, 0), RATE)[inside]).max() < 1e-4


@pytest.mark.parametrize("frames", [0, 1, 5000])
def test_silence_has_no_vocals(spleeter: Spleeter, frames: int) -> None:
    """However short it is."""
    vocals = spleeter(np.zeros((frames, 2), np.float32), RATE)
    assert vocals.shape == (frames, 2)
    assert not vocals.any()


def test_it_works_in_another_process(spleeter: Spleeter) -> None:
    """It is sent there as little more than a path."""
    assert len(pickle.dumps(spleeter)) < 1000
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        there = executor.submit(spleeter, LOUD_TONE, RATE).result()
    assert np.array_equal(there, spleeter(LOUD_TONE, RATE))


def test_other_rates_are_refused(spleeter: Spleeter) -> None:
    """It was trained at one."""
    with pytest.raises(ValueError, match="44100 Hz, not at 48000"):
        spleeter(LOUD_TONE, 48_000)


@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_network_that_cannot_be_read_fails_the_cover(tmp_path: Path, content: bytes | None) -> None:
    """With the command that makes it again, and nothing that is not for strangers."""
    path = tmp_path / "network.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CoverError, match="voiceshift setup --force") as caught:
        Spleeter(path)(LOUD_TONE, RATE)
    assert str(tmp_path) not in str(caught.value)

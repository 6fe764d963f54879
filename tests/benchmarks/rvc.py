"""Voices of RVC: what they compute, and what that costs.

``python -m tests.benchmarks.rvc parity VOICE.pth DATA.npz`` compares a voice with what the
reference made of the same inputs. ``python -m tests.benchmarks.rvc cost`` sings a song in a voice
of full size, with weights that nobody has trained.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import soundfile

from tests.support.rvc_reference import phases
from tests.support.rvc_voices import CONFIGS, random_contentvec, random_voice, save_torch_file
from voiceshift.local import demo
from voiceshift.local.engine.onnx_sessions import Hardware, open_session
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.engine.voices.rvc.contentvec import SIZES, read_contentvec, write_contentvec
from voiceshift.local.engine.voices.rvc.model import map_file, read_model
from voiceshift.local.engine.voices.rvc.network import write_network
from voiceshift.local.engine.voices.rvc.saved_voice import add_voice
from voiceshift.local.engine.voices.rvc.voice import Voice
from voiceshift.local.separators import load_separator
from voiceshift.local.workers.pool import WorkerPool, available_cores

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TOLERANCE = 1e-4
"""Worst difference of a sample that counts as the same."""

PEAK_INTERVAL = 0.1
"""Seconds between two measurements of the memory."""

VERSE = 8
"""Seconds of singing in each 24 of a song that is sung for a third."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked for, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.rvc", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("parity", help="compare a voice with the reference's sound")
    compare.add_argument("voice", metavar="VOICE.pth", type=Path)
    compare.add_argument("data", metavar="DATA.npz", type=Path)
    cost = commands.add_parser("cost", help="time and memory of a voice of full size")
    cost.add_argument("--kind", choices=CONFIGS, default="v2 40k", help="(%(default)s)")
    cost.add_argument("--seconds", type=float, default=60, help="of the song (%(default)s)")
    cost.add_argument("--third", action="store_true", help="only a third of it is sung")
    cost.add_argument("--workers", type=int, default=available_cores(), help="(%(default)s)")
    options = parser.parse_args(arguments)
    if options.command == "parity":
        return _compare(options)
    return _measure(options)


def parity(voice: Path, data: Path) -> tuple[float, float]:
    """Return the worst difference of a sample, and the deviation of the reference's sound.

    Args:
        voice: The file of a voice.
        data: Arrays by the names of the network's inputs, without the phase, and ``audio``.
    """
    with np.load(data, allow_pickle=False) as file:
        inputs: dict[str, npt.NDArray[Any]] = dict(file)
    expected = inputs.pop("audio").ravel()
    inputs["part"] = np.array([0, inputs["noise"].shape[2]])
    model = read_model(map_file(voice), str(voice))
    sizes = model.architecture
    if sizes.has_pitch:
        phase = phases(inputs["pitchf"], sizes.sample_rate, sizes.samples_per_frame)
        inputs["phase"] = phase.astype(np.float32)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        network = Path(folder) / "voice.onnx"
        write_network(model, network, {})
        session = open_session(network, Hardware("cpu", available_cores()), "no network")
        (audio,) = session.run(None, inputs)
    if audio.size != expected.size:
        return float("inf"), float(expected.std())
    return float(np.abs(audio.ravel() - expected).max()), float(expected.std())


def _compare(options: argparse.Namespace) -> int:
    worst, deviation = parity(options.voice, options.data)
    verdict = "the same" if worst <= TOLERANCE else "not the same"
    sys.stdout.write(f"worst difference {worst:.2g} at a deviation of {deviation:.2g}: {verdict}\n")
    return 0 if worst <= TOLERANCE else 1


def _measure(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        voice = _random_voice(folder, options)
        song = _song(folder / "song.wav", options)
        with WorkerPool(options.workers) as pool, _peak_memory() as peak:
            engine = WorldEngine(load_separator(), max_pending=options.workers + 1)
            start = time.perf_counter()
            chunks = engine.cover(song, voice, 0, pool)
            first = next(chunk for chunk in chunks if chunk)
            until_first = time.perf_counter() - start
            whole = b"".join(itertools.chain([first], chunks))
            elapsed = time.perf_counter() - start
    busy = os.times()
    seconds = soundfile.info(io.BytesIO(whole)).duration
    processors = busy.children_user + busy.children_system
    sys.stdout.write(
        f"{options.kind}, {options.workers} workers: {seconds:.1f} s of song in {elapsed:.1f} s "
        f"({processors:.1f} s of processors), {seconds / elapsed:.2f} x real time; first sound "
        f"after {until_first:.1f} s; {peak[0] / 1e9:.2f} GB, shared pages counted once\n"
    )
    return 0


def _random_voice(folder: Path, options: argparse.Namespace) -> Voice:
    save_torch_file(random_contentvec(SIZES), folder / "pytorch_model.bin")
    data = map_file(folder / "pytorch_model.bin")
    encoder = folder / "contentvec.onnx"
    write_contentvec(read_contentvec(data, "pytorch_model.bin"), encoder)
    features = 256 if options.kind.startswith("v1") else 768
    save_torch_file(random_voice(CONFIGS[options.kind], features), folder / "voice.pth")
    add_voice(folder / "voice.onnx", folder / "voice.pth")
    threads = max(1, available_cores() // options.workers)
    return Voice.load(folder / "voice.onnx", encoder, Hardware("cpu", threads))


def _song(path: Path, options: argparse.Namespace) -> Path:
    """Write the singing of the demo song again and again, or a third of the time."""
    samples = np.asarray(soundfile.read(demo.SONG, dtype="float32")[0])[: VERSE * SONG_RATE]
    pause = np.random.default_rng(0).normal(0, 0.003, (2 * len(samples), 2)).astype(np.float32)
    verse = np.concatenate([samples, pause]) if options.third else samples
    frames = round(options.seconds * SONG_RATE)
    repeated = np.tile(verse, (-(-frames // len(verse)), 1))[:frames]
    soundfile.write(path, repeated, SONG_RATE)
    return path


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Watch how much memory this process and its children take, in a list of one number."""
    peak, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(PEAK_INTERVAL):
            peak[0] = max(peak[0], _memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _children() -> list[Path]:
    """Return where the system tells of the processes that this one started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                found.append(process)
    return found


def _memory() -> int:
    """Return the bytes of the processes under this one; what they share is counted once."""
    total = 0
    for process in _children():
        with suppress(OSError):
            lines = (process / "smaps_rollup").read_text().splitlines()
            total += sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


if __name__ == "__main__":
    sys.exit(main())

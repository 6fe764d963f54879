"""A cover through the service, by commands as users type them, with its time and memory.

ContentVec is set up and a voice added, both with random weights, in a home of their own. Then
``voiceshift serve`` makes the cover for a client in this process.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import soundfile

from tests.benchmarks.cover_quality.resources import family
from tests.benchmarks.processes import clean_environment
from tests.benchmarks.rvc import material
from tests.benchmarks.rvc.memory import peak_memory
from voiceshift import Client
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.util.files import sha256_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

NAME = "random"
"""What the voice is called."""

COMMAND = (sys.executable, "-m", "voiceshift")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    material.add_arguments(parser, seconds=60)


def run(options: argparse.Namespace) -> bool:
    """Print what the commands print, and what the cover takes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environment = _at_home_in(folder / "home")
        weights = folder / "pytorch_model.bin"
        material.write_encoder_weights(weights)
        setup = ["setup", "contentvec", "--from", str(weights), "--sha256", sha256_of(weights)]
        _show(environment, *setup)
        material.write_voice(folder / "voice.pth", options.kind)
        _show(environment, "voices", "add", NAME, str(folder / "voice.pth"))
        _show(environment, "voices", "show", NAME)
        (folder / "songs").mkdir()
        song = material.song(options.seconds, third=options.third)
        soundfile.write(folder / "songs" / "song.wav", song, SONG_RATE)
        return _cover(folder / "songs", environment, options.seconds)


def _at_home_in(home: Path) -> dict[str, str]:
    """Return the environment of somebody who has nothing but the network for vocals."""
    environment = clean_environment() | {"HOME": str(home)}
    for variable, name in {"XDG_CACHE_HOME": ".cache", "XDG_DATA_HOME": "data"}.items():
        environment[variable] = str(home / name)
    return environment


def _show(environment: Mapping[str, str], *arguments: str) -> None:
    """Run a command, and print it, what it prints, and how long it takes."""
    start = time.perf_counter()
    finished = subprocess.run(
        [*COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    elapsed = time.perf_counter() - start
    sys.stdout.write(f"$ voiceshift {' '.join(arguments)}\n{finished.stdout}({elapsed:.1f} s)\n")


def _cover(songs: Path, environment: Mapping[str, str], seconds: float) -> bool:
    with (
        _service(songs, environment) as (process, uri, token),
        peak_memory(lambda: family(process.pid)) as peak,
        Client(uri, token) as client,
    ):
        client.authenticate()
        start, first, received = time.perf_counter(), 0.0, bytearray()
        for segment in client.stream_cover("song", voice=NAME):
            first = first or time.perf_counter() - start
            received += segment.audio
        elapsed = time.perf_counter() - start
    made = soundfile.info(io.BytesIO(received)).duration
    sys.stdout.write(
        f"{made:.1f} s of song in {elapsed:.1f} s, {made / elapsed:.2f} x real time; first audio "
        f"after {first:.1f} s; the service and its workers: {peak[0] / 1e9:.2f} GB, shared pages "
        "counted once\n"
    )
    return bool(abs(made - seconds) < 0.01)


@contextmanager
def _service(
    songs: Path, environment: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run the service; its process, URI and token."""
    command = [*COMMAND, "serve", "--port", "0", "--json", "--songs", str(songs)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            announced = json.loads(process.stdout.readline())
            yield process, announced["uri"], announced["token"]
        finally:
            process.terminate()

"""A cover through the service, by commands as users type them, with its time and memory.

ContentVec is set up and a voice added, both with random weights, in a home of their own. Then
``voiceshift serve`` makes the cover for a client in this process.
"""

from __future__ import annotations

import io
import json
import shutil
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
from tests.benchmarks.rvc.resources import as_text, peak_memory, processor_seconds
from voiceshift import Client
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.local.install.cache import cache_folder
from voiceshift.local.install.network_file import network_path
from voiceshift.util.files import sha256_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

NAME = "random"
"""What the voice is called."""

TOLERANCE = 0.01
"""Seconds by which the cover may be shorter or longer than the song: an encoder's rounding."""

COMMAND = (sys.executable, "-m", "voiceshift")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's own arguments."""
    material.add_arguments(parser, seconds=60)


def run(options: argparse.Namespace) -> bool:
    """Print what the commands print, and what the cover takes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        environment = _at_home_in(folder / "home")
        material.write_encoder_weights(folder / "pytorch_model.bin")
        sum_of_weights = sha256_of(folder / "pytorch_model.bin")
        setup = ("setup", "contentvec", "--from", "pytorch_model.bin", "--sha256", sum_of_weights)
        _show(folder, environment, *setup)
        material.write_voice(folder / "voice.pth", options.kind)
        _show(folder, environment, "voices", "add", NAME, "voice.pth")
        _show(folder, environment, "voices", "show", NAME)
        (folder / "songs").mkdir()
        song = material.song(options.seconds, third=options.third)
        soundfile.write(folder / "songs" / "song.wav", song, SONG_RATE)
        return _cover(folder / "songs", environment, options.seconds)


def _at_home_in(home: Path) -> dict[str, str]:
    """Return the environment of somebody who has nothing but the network for vocals, if that."""
    cache = home / ".cache"
    if network_path().exists():
        place = network_path().parent.relative_to(cache_folder("."))
        shutil.copytree(network_path().parent, cache / "voiceshift" / place)
    of_home = {"HOME": home, "XDG_CACHE_HOME": cache, "XDG_DATA_HOME": home / "data"}
    return clean_environment() | {name: str(path) for name, path in of_home.items()}


def _show(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    """Run a command, and print it, what it prints, and how long it takes."""
    start = time.perf_counter()
    finished = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    elapsed = time.perf_counter() - start
    sys.stdout.write(f"$ voiceshift {' '.join(arguments)}\n{finished.stdout}({elapsed:.1f} s)\n")
    sys.stdout.flush()


def _cover(songs: Path, environment: Mapping[str, str], seconds: float) -> bool:
    busy = processor_seconds()
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
    taken = as_text(made, elapsed, first, peak[0], processor_seconds() - busy)
    sys.stdout.write(f"the service and its workers: {taken}\n")
    return bool(abs(made - seconds) < TOLERANCE)


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

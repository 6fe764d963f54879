"""MP3 files that libsndfile decodes, in a process of its own.

libmpg123, which it uses for them, writes about whatever is odd in a file to standard error. Nothing
can keep it from that, and nobody can do anything about it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.samples import MAX_CHANNELS
from voiceshift.local.engine.sndfile import SndfileReader
from voiceshift.util.process import PythonProcess, decoder_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voiceshift.local.engine.samples import Samples


class SndfileProcess:
    """A file that libsndfile decodes; see :class:`~voiceshift.local.engine.sndfile.SndfileReader`.

    Raises:
        CoverError: libsndfile cannot read it, or would read only a part.
        SettingsError: There is no Python for a process to run.
    """

    def __init__(self, path: Path) -> None:
        self.damage: list[float] = []
        self._path = path
        self._missing = 0.0
        self._process = PythonProcess(
            __name__, str(path.absolute()), env=decoder_environment(), stderr=subprocess.DEVNULL
        )
        try:
            facts = self._receive()
        except CoverError:
            self.close()
            raise
        self.samplerate: int = facts["samplerate"]
        self.channels: int = facts["channels"]
        self.layout: list[str] = facts["layout"]
        self.duration: float | None = facts["duration"]

    def blocks(self) -> Iterator[Samples]:
        """Yield what can be decoded, ``(frames, channels)``.

        Raises:
            CoverError: There is more of it than libsndfile knows, or it brought the process down.
        """
        while size := (facts := self._receive()).get("size"):
            block = np.frombuffer(self._process.stdout.read(size), np.float32)
            yield block.reshape(-1, self.channels).copy()
        self.damage, self._missing = facts["damage"], facts["missing"]

    def missing(self, frames: int) -> float:
        """Return how many seconds are missing of what was promised."""
        return self._missing if frames else 0.0

    def close(self) -> None:
        """End the process, wherever it is."""
        self._process.kill()
        self._process.stop()

    def _receive(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise CoverError(f"{self._path.name!r} is damaged and cannot be decoded to its end")
        facts: dict[str, Any] = json.loads(line)
        if "error" in facts:
            raise CoverError(facts["error"])
        return facts


def main() -> None:
    """Decode a file to standard output: JSON lines, and after each with a size the samples."""
    try:
        _send_file(SndfileReader(Path(sys.argv[1])))
    except CoverError as error:
        _send({"error": str(error)})


def _send_file(file: SndfileReader) -> None:
    frames = 0
    layout = file.layout if file.channels <= MAX_CHANNELS else []
    facts = {"samplerate": file.samplerate, "channels": file.channels, "duration": file.duration}
    _send({**facts, "layout": layout})
    for block in file.blocks():
        frames += len(block)
        _send({"size": block.nbytes}, block.tobytes())
    _send({"damage": file.damage, "missing": file.missing(frames)})


def _send(facts: dict[str, Any], samples: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + samples)
    sys.stdout.buffer.flush()

"""Whether odd files are read as FFmpeg reads them: to the same end, and with the same content."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks.cover_quality.goals import CONTENT_OFF, LENGTH_OFF, Measure
from tests.benchmarks.cover_quality.installed import program
from tests.benchmarks.rounds import progress
from tests.support.odd_files import DAMAGED, MISLEADING, PLAIN, RATE, decoded_by_ffmpeg
from voiceshift.errors import CoverError
from voiceshift.local.engine.reader import read_blocks

if TYPE_CHECKING:
    from tests.benchmarks.cover_quality.findings import Findings
    from tests.support.odd_files import Make
    from voiceshift.local.engine.samples import Samples


def measure_files(findings: Findings) -> None:
    """Read every odd file; what is kept of each kind is the worst, with the name of that file.

    What follows damage is not compared: decoders go on in different ways after it.
    """
    program("ffmpeg")
    with tempfile.TemporaryDirectory() as folder:
        for case, makers in (("plain", PLAIN), ("misleading", MISLEADING), ("damaged", DAMAGED)):
            rows = {name: _measure(Path(folder, name), make) for name, make in makers.items()}
            for measure in (LENGTH_OFF, CONTENT_OFF) if case != "damaged" else (LENGTH_OFF,):
                worst, name = max((row[measure], name) for name, row in rows.items())
                findings.keep("files", case, {f"{name}, worst of {len(rows)}": {measure: worst}})


def _measure(path: Path, make: Make) -> dict[Measure, float]:
    progress(f"files: {path.name}")
    path.write_bytes(make(path))
    ours, theirs = _read(path), decoded_by_ffmpeg(path)
    both = max(0, min(len(ours), len(theirs)) - RATE // 20)
    return {
        LENGTH_OFF: 1000 * abs(len(ours) - len(theirs)) / RATE,
        CONTENT_OFF: float(np.abs(ours[:both] - theirs[:both]).max(initial=0)),
    }


def _read(path: Path) -> Samples:
    blocks: list[Samples] = [np.zeros((0, 2), np.float32)]
    try:
        blocks.extend(read_blocks(path, RATE))
    except CoverError as error:
        progress(f"files: {error}\n")
    return np.concatenate(blocks)

"""The process of one cover whose time and memory are measured; :mod:`.resources` starts it."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.voices.knn.voice import Voice
from voiceshift.local.separators import load_separator
from voiceshift.local.workers.pool import WorkerPool, default_workers


def main() -> None:
    """Cover the song with the voice that the arguments name, and print the times."""
    song, voice = (Path(argument) for argument in sys.argv[1:])
    begin = time.monotonic()
    first = None
    workers = default_workers()
    engine = WorldEngine(load_separator(), max_pending=workers + 1)  # as the service sets it
    with WorkerPool(workers) as pool:
        for chunk in engine.cover(song, Voice.load(voice), 0, pool):
            if first is None and chunk:
                first = time.monotonic() - begin
    total = time.monotonic() - begin
    # Of this process and of the workers, which have ended.
    processor = sum(os.times()[:4])
    print(json.dumps({"first": first, "total": total, "processor": processor}))  # noqa: T201


if __name__ == "__main__":  # the engine's workers import this module too
    main()

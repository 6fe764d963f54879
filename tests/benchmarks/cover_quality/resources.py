"""How long covers take, how soon they begin, and how much memory they need."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import soundfile

from tests.benchmarks.cover_quality.covers import voice_of
from tests.benchmarks.cover_quality.goals import (
    FIRST_SEGMENT,
    FIRST_SEGMENT_SERVED,
    PEAK_MEMORY,
    PROCESSOR,
    SPEED,
    Measure,
)
from tests.benchmarks.cover_quality.mixes import mix_of
from tests.benchmarks.processes import ROOT, clean_environment
from tests.benchmarks.rounds import progress
from voiceshift import Client
from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.cover_quality.findings import Findings
    from tests.benchmarks.cover_quality.material import Collection
    from tests.benchmarks.cover_quality.scale import Scale

MIX_SECONDS = 60.0

INTERVAL = 0.1
"""Seconds between two looks at the memory."""

PROCESSES = Path("/proc")
"""Where Linux tells of processes; other systems do not tell their memory so."""


def measure_short(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover a song of some minutes, in a fresh process and through the service."""
    with _song_and_voice(material, scale.short_minutes) as (song, voice):
        progress(f"resources: {song.stem}")
        found = _measure(song, voice, scale.short_minutes)
        found[FIRST_SEGMENT_SERVED] = _first_served(song, voice)
        findings.keep("resources", song.stem, {song.stem: found})


def measure_long(material: Collection, scale: Scale, findings: Findings) -> None:
    """Cover a song that is ten times as long, in a fresh process."""
    with _song_and_voice(material, scale.long_minutes) as (song, voice):
        progress(f"resources: {song.stem}")
        found = _measure(song, voice, scale.long_minutes)
        findings.keep("resources", song.stem, {song.stem: found})


@contextlib.contextmanager
def _song_and_voice(material: Collection, minutes: float) -> Iterator[tuple[Path, Path]]:
    """Files of a song that is one mix over and over, and of a voice to cover it with."""
    mix = mix_of(material.speakers[0], material.backings[0], MIX_SECONDS).song
    with tempfile.TemporaryDirectory() as name:
        song, voice = Path(name, f"{minutes:g} minutes.flac"), Path(name, "target.npz")
        voice_of(material.speakers[1]).save(voice)
        with soundfile.SoundFile(song, "w", SONG_RATE, 2) as file:
            for _ in range(round(minutes * 60 / MIX_SECONDS)):
                file.write(mix)
        yield song, voice


def _measure(song: Path, voice: Path, minutes: float) -> dict[Measure, float]:
    names = [str(path) for path in (song, voice)]
    command = [sys.executable, "-m", "tests.benchmarks.cover_quality.one_cover", *names]
    with subprocess.Popen(
        command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        peak = peak_memory_of(process)
        printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the cover of {song.name} failed: status {process.returncode}")
    times: dict[str, Any] = json.loads(printed)
    memory = {PEAK_MEMORY: peak / 1e6} if peak else {}
    return {
        SPEED: 60 * minutes / times["total"],
        PROCESSOR: times["processor"] / minutes,
        FIRST_SEGMENT: times["first"],
        **memory,
    }


def peak_memory_of(process: subprocess.Popen[str]) -> int:
    """Watch a process and its descendants until it ends.

    Returns:
        The most bytes they held at a time. Memory that several of them share counts once, divided
        among them (PSS, proportional set size). 0 where the system does not tell.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(memory_of, family(process.pid))))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(INTERVAL)
    return peak


def family(pid: int) -> list[int]:
    """Return a process and its descendants."""
    children: list[int] = []
    with contextlib.suppress(OSError):  # it has just ended
        for path in (PROCESSES / str(pid) / "task").glob("*/children"):
            children += map(int, path.read_text(encoding="ascii").split())
    return [pid, *(member for child in children for member in family(child))]


def memory_of(pid: int) -> int:
    """Return the bytes that a process holds; what it shares with others is divided among them."""
    with contextlib.suppress(OSError):  # it has just ended, or this is no Linux
        for line in (PROCESSES / str(pid) / "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _first_served(song: Path, voice: Path) -> float:
    """Return the seconds from the request of a client to the first audio that it has."""
    with Client.local(voices=voice.parent, songs=song.parent) as client:
        client.authenticate()
        begin = time.monotonic()
        for segment in client.stream_cover(song.stem, voice=voice.stem):
            if segment.audio:
                return time.monotonic() - begin
    raise RuntimeError("the service sent no audio")

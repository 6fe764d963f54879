"""What each option of a cover costs: processor time of the whole cover, against one without.

``python -m tests.benchmarks.options SONG`` prints a table; a song of a minute or two will do. With
``OMP_NUM_THREADS=1`` NumPy has one thread, as in the engine's workers; otherwise the time in which
its further threads wait for work is counted, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceshift.local import demo
from voiceshift.local.engine import Rendition
from voiceshift.local.engine.analysis_cache import AnalysisCache, CachedSeparator
from voiceshift.local.engine.pipeline import WorldEngine
from voiceshift.local.engine.reader import duration
from voiceshift.local.library.voices import VoiceLibrary
from voiceshift.local.separators import load_separator

if TYPE_CHECKING:
    from voiceshift.local.engine.separation import Separator
    from voiceshift.local.engine.voices import Voice


def options_of(seconds: float) -> dict[str, dict[str, Any]]:
    """What is measured, by the words of the table; a part is a quarter of the song."""
    return {
        "none (Vorbis)": {},
        "`format` opus": {"format": "opus"},
        "`format` mp3": {"format": "mp3"},
        "`format` flac": {"format": "flac"},
        "`format` wav": {"format": "wav"},
        "`start`, `length`: a quarter": {"start": seconds / 4, "length": seconds / 4},
        "`key` 2": {"key": 2},
        "`pitch` -1": {"pitch": -1},
        "`vocals` none": {"vocals": None},
        "`accompaniment` none": {"accompaniment": None},
    }


def cover_time(
    song: Path, voice: Voice, separate: Separator, pitch: int = 0, **options: Any
) -> float:
    """Seconds of processor time that a cover takes."""
    started = time.process_time()
    for _ in WorldEngine(separate).cover(song, voice, pitch, rendition=Rendition(**options)):
        pass
    return time.process_time() - started


def measure(song: Path, separator: str | None) -> list[tuple[str, float]]:
    """The processor time of each option, and of a second voice whose song is known."""
    library, separate = VoiceLibrary([]), load_separator(separator)
    voice = library.get("tenor")
    cover_time(song, voice, separate, length=3)  # what is loaded once does not count
    rows = [
        (name, cover_time(song, voice, separate, **options))
        for name, options in options_of(duration(song) or 60).items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        cached = CachedSeparator(separate, AnalysisCache(Path(folder), 2**31))
        rows.append(("the first voice, which is kept", cover_time(song, voice, cached)))
        second = library.get("baritone")
        rows.append(("a second voice", cover_time(song, second, cached)))
        rows.append(("a second voice, `pitch` -1", cover_time(song, second, cached, -1)))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("song", type=Path, nargs="?", default=demo.SONG)
    parser.add_argument("--separator")
    options = parser.parse_args()
    rows = measure(options.song, options.separator)
    sys.stdout.write("| Option | Seconds | Share |\n| --- | --- | --- |\n")
    for name, seconds in rows:
        sys.stdout.write(f"| {name} | {seconds:.1f} | {seconds / rows[0][1]:.2f} |\n")


if __name__ == "__main__":
    main()

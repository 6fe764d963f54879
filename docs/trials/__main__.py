"""``python -m docs.trials --songs DIR [--seconds N] [name...]``."""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from docs.trials.tries import TRIES
from docs.trials.workbench import OnSong, OnWords, SongBench, WordBench
from tests.benchmarks.cover_quality.covers import voice_of
from tests.benchmarks.cover_quality.installed import Unavailable
from tests.benchmarks.cover_quality.material import TUNED
from tests.benchmarks.cover_quality.scale import FULL
from tests.benchmarks.cover_quality.songs import songs_in
from tests.benchmarks.rounds import progress

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]

TARGETS = TUNED.speakers[1:3]
"""Whose voices the songs are covered with, as in the theme ``songs``."""

LEGEND = """\
gain    cosine gain to the target speaking, of the cover separated again: mean, median, each pair
alone   the same of the converted voice before it is mixed, mean
melody  points of annotated frames in key that are lost: mean, most
voiced  points of annotated frames that are voiced before and not after, mean
words   per cent of sung words recognised: mean, each pair ({pairs}); before: {before:.0f}
in key  per cent of the voiced frames of the sung words within 50 cents, mean
s       seconds of processor time for converting a minute of song, mean"""


def main(arguments: list[str] | None = None) -> int:
    """Make each try and print its row as soon as it is there; 2 where something is missing.

    Args:
        arguments: Of the command line; ``None`` takes the process's own.
    """
    options = _parser().parse_args(arguments)
    scale = attrs.evolve(FULL, song_seconds=options.seconds)
    try:
        progress("analysing the material")
        songs = [SongBench.of(song, scale) for song in songs_in(options.songs)]
        words = [WordBench.of(reader, TUNED, scale) for reader in TUNED.readers]
        for speaker in TUNED.speakers:
            voice_of(speaker)  # kept from here on: not to be learned by a changed engine
        _run(options.names or list(TRIES), songs, words)
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(names: Sequence[str], songs: Sequence[SongBench], words: Sequence[WordBench]) -> None:
    width = max(map(len, names))
    for number, name in enumerate(names):
        progress(f"trials: {name}")
        on_songs: dict[str, OnSong] = {}
        on_words: dict[str, OnWords] = {}
        for song in songs:
            on_songs.update(song.judge(TRIES[name], TARGETS))
        for bench in words:
            on_words.update(bench.judge(TRIES[name]))
        progress("")
        if not number:
            _say(_head(width, on_songs, on_words))
        _say(f"{name:{width}}  {_row(list(on_songs.values()), list(on_words.values()))}")
    before = statistics.mean(bench.before for bench in words)
    _say(LEGEND.format(pairs=", ".join(on_words), before=before))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _head(width: int, on_songs: dict[str, OnSong], on_words: dict[str, OnWords]) -> str:
    pairs = "".join(f"\n  pair {number}: {name}" for number, name in enumerate(on_songs, 1))
    numbers = "".join(f"{number:7}" for number in range(1, len(on_songs) + 1))
    words = "words".rjust(6).ljust(6 + 4 * len(on_words))
    columns = f"   gain median{numbers}  alone  melody  most voiced{words} in key    s"
    return f"{pairs[1:]}\n{'':{width}}  {columns}"


def _row(songs: list[OnSong], words: list[OnWords]) -> str:
    gains = [each.gain for each in songs]
    lost = [each.melody_lost for each in songs]
    mean = statistics.mean
    return (
        f"{mean(gains):+7.3f}{statistics.median(gains):+7.3f}"
        f"{''.join(f'{gain:+7.3f}' for gain in gains)}{mean(s.gain_alone for s in songs):+7.3f}"
        f"{mean(lost):8.1f}{max(lost):6.1f}{mean(s.voiced_lost for s in songs):7.1f}"
        f"{mean(w.kept for w in words):6.0f}{''.join(f'{w.kept:4.0f}' for w in words)}"
        f"{mean(w.in_key for w in words):7.1f}"
        f"{mean(s.seconds for s in songs):5.1f}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m docs.trials",
        description="Try other ways to convert, on real songs and on sung words.",
        epilog=f"Tries: {', '.join(TRIES)}. Without a name, all are made.",
    )
    parser.add_argument("names", nargs="*", metavar="name", choices=[[], *TRIES])
    parser.add_argument(
        "--songs", type=Path, metavar="DIR", required=True, help="UltraStar folders"
    )
    parser.add_argument(
        "--seconds", type=float, default=40, help="how much of each song is used (default: 40)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

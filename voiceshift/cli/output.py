"""One cover: asked for, written to its file, and reported."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING

from voiceshift.cli.player import play
from voiceshift.util.files import is_file, safe_name
from voiceshift.util.text import one_line

if TYPE_CHECKING:
    import argparse

    from voiceshift.client import Client
    from voiceshift.cover import Cover

__all__ = ["make_cover", "report"]


def make_cover(client: Client, song: str, voice: str, options: argparse.Namespace) -> None:
    """Make a cover with ``client``, as ``options`` say."""
    # The dot of a title begins no suffix.
    title = Path(song).stem if is_file(song) else song
    target = _target(options.output, f"{title} - {voice}")
    # Under a name of its own until the content has told its suffix.
    unnamed = target if target.suffix else target.with_name(f"{target.name}.cover")
    show = not (options.quiet or options.json)
    made = client.create_cover(
        song, voice, options.pitch, timeout=options.timeout, to=unnamed, progress=show
    )
    assert made.path is not None
    if not target.suffix:
        target = made.path.rename(_free_path(target.with_name(target.name + made.suffix)))
    print(report(made, target, as_json=options.json), flush=True)
    if options.play:
        play(target)


def _target(output: str | None, name: str) -> Path:
    """The file to write; without a suffix where only the content can tell it."""
    path = Path(output or ".").expanduser()
    # A dot in a title is no suffix.
    return path / safe_name(name, fallback="cover").replace(".", "_") if path.is_dir() else path


def _free_path(path: Path) -> Path:
    """``path``, or with a number where that is taken: an earlier cover is not overwritten."""
    numbered = (path.with_stem(f"{path.stem} ({number})") for number in itertools.count(2))
    return next(free for free in itertools.chain([path], numbered) if not free.exists())


def report(made: Cover, path: Path, *, as_json: bool, **facts: object) -> str:
    """A line that tells of a cover.

    Args:
        made: The cover.
        path: Where it lies.
        as_json: For scripts.
        **facts: What else a script wants to know.
    """
    if not as_json:
        return (
            f"{path}: {one_line(made.title)}, {made.size / 1000:.0f} kB of {made.media_type} "
            f"in {made.elapsed:.1f} s"
        )
    return json.dumps(
        {
            "path": str(path),
            "title": made.title,
            "media_type": made.media_type,
            "size": made.size,
            "segments": made.segments,
            "elapsed": round(made.elapsed, 3),
            **facts,
        }
    )

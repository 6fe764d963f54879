"""One cover: asked for, written to its file, and reported."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from typing import TYPE_CHECKING

from voiceshift.batch.outcome import cover_facts
from voiceshift.cli.messages import notice, result
from voiceshift.cli.options import cover_options
from voiceshift.display.output import STANDARD_ERROR
from voiceshift.display.player import play
from voiceshift.errors import SaveError
from voiceshift.util.files import (
    expand_user,
    is_file,
    is_link,
    is_stream,
    names_folder,
    pasted_path,
    safe_name,
    writing,
)
from voiceshift.util.part_file import PartFile
from voiceshift.util.text import one_line, readable, size_text
from voiceshift.wire.destination import Unsuffixed

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from voiceshift.client import Client
    from voiceshift.cover import Cover


def make_cover(
    client: Client,
    song: str,
    voice: str,
    options: argparse.Namespace,
    *,
    original: Path | None = None,
) -> None:
    """Make a cover with ``client``, as ``options`` say.

    Args:
        client: Who is asked.
        song: What is covered.
        voice: Who is to sing.
        options: What was typed.
        original: The song's file, if it is to lie beside the cover.
    """
    # The dot of a title begins no suffix.
    file = pasted_path(song)
    title = readable(file.stem) if is_file(file) else song
    target = _target(options.output, f"{title} - {voice}")
    # Looked at before: a file that is redirected to is another one afterwards.
    is_output = _is_standard_output(target)
    show = not (options.quiet or options.json)
    made = client.create_cover(
        song,
        voice,
        options.pitch,
        timeout=options.timeout,
        to=target,
        overwrite=not options.no_clobber,
        progress=show,
        **cover_options(options),
    )
    assert made.path is not None
    path = expand_user(target).with_name(made.path.name)  # as it was typed
    facts: dict[str, object] = {}
    if original is not None and not (is_output or is_stream(path)):
        facts["original"] = str(copied_beside(path, original))
    line = report(made, path, as_json=options.json, **facts)
    if is_output:
        STANDARD_ERROR.write(f"{line}\n")
    else:
        result(line)
    if facts and not options.json:
        result(f"{facts['original']}: the song before, to compare")
    if options.play:
        _play(path)


def _play(path: Path) -> None:
    """Play a file, or say why not: the cover is there either way."""
    try:
        play(path)
    except SaveError as error:
        notice(str(error))


def _target(output: str | None, name: str) -> Path | Unsuffixed:
    """What to write; without a suffix where only the content can tell it."""
    if output is None or names_folder(output):
        # A dot in a title is no suffix.
        return Unsuffixed(output or "", safe_name(name, fallback="cover").replace(".", "_"))
    path = expand_user(output)
    if path.suffix or is_stream(path) or is_link(path):  # a redirected /dev/stdout is a link
        return path
    return Unsuffixed(str(path.parent), path.name)


def _is_standard_output(target: Path | Unsuffixed) -> bool:
    """Whether the audio goes where results are printed."""
    try:
        return os.path.samestat(os.stat(target), os.fstat(1))  # noqa: PTH116
    except (OSError, ValueError):
        return False


def copied_beside(cover: Path, original: Path) -> Path:
    """Copy the demo's song to where its cover lies, and return its path there.

    It takes a free name. A copy that is there already is not made again.
    """
    target = cover.with_name(f"demo-original{original.suffix}")
    if is_file(target) and filecmp.cmp(target, original, shallow=False):
        return target
    with original.open("rb") as song, PartFile(target) as copy, writing(target):
        shutil.copyfileobj(song, copy.file)
        copy.complete_as(target.name)
    return target.with_name(copy.path.name)


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
            f"{path}: {one_line(made.title)}, {size_text(made.size)} of {made.media_type} "
            f"in {made.elapsed:.1f} s"
        )
    return json.dumps({"path": str(path), **cover_facts(made), **facts})

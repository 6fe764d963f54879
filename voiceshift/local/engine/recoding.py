"""Finished covers in another format."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from voiceshift.errors import CoverError
from voiceshift.local.engine.encoding import EncodedStream
from voiceshift.local.engine.marks import Marks
from voiceshift.local.engine.reader import count_frames, read_blocks
from voiceshift.local.engine.samples import SONG_RATE
from voiceshift.util.audio_format import FORMATS_BY_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator


def encode_again(
    source: BinaryIO, target: BinaryIO, suffix: str, *, title: str, voice: str
) -> None:
    """Write a cover in another format, with the tags that every cover has.

    Args:
        source: Its file.
        target: Where it is written.
        suffix: That of the format.
        title: Of the cover.
        voice: Who sings.

    Raises:
        CoverError: It cannot be decoded, or the format not be encoded.
    """
    if suffix not in FORMATS_BY_SUFFIX:
        raise CoverError(f"nothing here encodes that, but {', '.join(FORMATS_BY_SUFFIX)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cover"  # decoders want a file
        with path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        target.writelines(_encoded(path, FORMATS_BY_SUFFIX[suffix], Marks(title, voice)))


def _encoded(path: Path, name: str, marks: Marks) -> Iterator[bytes]:
    stream = EncodedStream(name, lambda: marks, count_frames(path, SONG_RATE))
    for samples in read_blocks(path, SONG_RATE):
        yield stream.encode(samples)
    yield stream.finish()

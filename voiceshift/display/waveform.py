"""The waveform of some audio, measured in a process of its own.

What a service sends is not to be trusted, and decoders are large programs in C: here a crash or an
endless file costs a picture, not the user's kernel.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from attrs import frozen

from voiceshift.util.process import ONE_THREAD, decoder_environment, python_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = 400
"""Peaks of a whole cover: about as many as it has pixels in a notebook."""

TIME_LIMIT = 10.0
"""Seconds for all of it; an hour of Ogg Vorbis takes about half of them."""

MAX_BLOCK_SIZE = 2**22
"""Samples of all channels decoded at once, however many frames the file says that it has."""

MAX_CHANNELS = 32
"""More than any recording has; a file may claim a thousand."""

MAX_MEMORY = 2**30
"""Bytes that the process may take, where the system knows such a limit."""

OFFSET_BINARY = bytes(level ^ 0x80 for level in range(256))
"""Translates signed bytes to those with 128 for silence, which 8-bit WAV has in the first place."""


@frozen
class Waveform:
    """How long some audio is, and how loud from moment to moment.

    Attributes:
        seconds: How long it plays.
        peaks: The largest amplitude in each of up to :data:`COLUMNS` equal pieces, from 0 to 1.
    """

    seconds: float
    peaks: tuple[float, ...]


def measure(source: bytes | Path) -> Waveform | None:
    """The waveform of some audio, or ``None`` where it cannot be decoded in time.

    With the extra ``local`` that is everything that libsndfile reads; without it WAV.

    Args:
        source: The content of an audio file, or the path of one, which is never all in memory.
    """
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        if isinstance(source, bytes):
            return _measure(input=source)
        with source.open("rb") as file:
            return _measure(stdin=file)
    return None


def _measure(**standard_input: Any) -> Waveform:
    finished = subprocess.run(  # noqa: S603 - this Python, on this package
        python_command("voiceshift.display.waveform"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=TIME_LIMIT,
        check=True,
        env=ONE_THREAD | decoder_environment(),  # each thread takes memory
        **_no_window(),
        **standard_input,
    )
    result = json.loads(finished.stdout)
    return Waveform(result["seconds"], tuple(result["peaks"]))


def _no_window() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def main() -> None:
    """In that process: take the audio from standard input, print its waveform."""
    with suppress(ImportError, OSError, ValueError):  # some systems know no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    file: BinaryIO = sys.stdin.buffer
    waveform = measure_file(file if file.seekable() else BytesIO(file.read()))
    json.dump({"seconds": waveform.seconds, "peaks": waveform.peaks}, sys.stdout)


def measure_file(file: BinaryIO) -> Waveform:
    """The waveform of an audio file, measured in this process.

    Raises:
        Exception: What the decoder raises for a file that it cannot read.
    """
    try:
        import soundfile
    except ImportError:
        with wave.open(file) as reader:
            return _waveform(_wave_blocks(reader), reader.getframerate())
    with soundfile.SoundFile(file) as reader:
        return _waveform(_blocks(reader), reader.samplerate)


def _waveform(blocks: Iterator[tuple[int, float]], rate: int) -> Waveform:
    lengths, peaks = zip(*blocks, strict=True)
    return Waveform(sum(lengths) / rate, tuple(round(min(peak, 1.0), 3) for peak in peaks))


def _block_size(frames: int, channels: int) -> int:
    if channels > MAX_CHANNELS:
        raise ValueError(f"a file with {channels} channels is no recording")
    return min(-(-frames // COLUMNS) or 1, MAX_BLOCK_SIZE // channels)


def _blocks(reader: Any) -> Iterator[tuple[int, float]]:
    """Number of frames and peak of each piece."""
    import numpy as np

    for block in reader.blocks(_block_size(reader.frames, reader.channels), dtype="float32"):
        yield len(block), float(np.abs(np.nan_to_num(block)).max())


def _wave_blocks(reader: wave.Wave_read) -> Iterator[tuple[int, float]]:
    """The same of a WAV file: the highest byte of each sample is enough for a picture."""
    width = reader.getsampwidth()
    size = _block_size(reader.getnframes(), reader.getnchannels())
    while block := reader.readframes(size):
        levels = block[width - 1 :: width]
        if width > 1:
            levels = levels.translate(OFFSET_BINARY)
        frames = len(levels) // reader.getnchannels()
        yield frames, max(max(levels) - 128, 128 - min(levels)) / 128

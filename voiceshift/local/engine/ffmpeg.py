"""Audio files that only FFmpeg can read, decoded by the system's own.

It runs as a process and sends samples through a pipe, as fast as they are read, so memory does not
grow with the length of the song. It is given one file and may open nothing else, neither over the
network nor beside that file: playlists and the like are no songs.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.util.deadline import time_limit
from voiceshift.util.process import decoder_environment, new_process_group

if TYPE_CHECKING:
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

__all__ = ["FfmpegFile"]

FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,"
    "mpegts,ogg,tak,tta,voc,w64,wav,wv"
)
"""FFmpeg's names of the audio formats that refer to nothing outside the file itself."""

READ_TIMEOUT = 60.0
"""Seconds for one read, which takes milliseconds: after them the file is holding FFmpeg up."""

# FFmpeg sends Sun's AU format: magic number, where the samples begin, their length (unknown here),
# encoding, rate, channels.
_HEADER = struct.Struct(">4s5I")
_MAGIC = b".snd"


class FfmpegFile:
    """A file that FFmpeg decodes, with the part of :class:`soundfile.SoundFile` that is needed.

    Args:
        path: The file.
        max_duration: Seconds after which it need not go on; ``None`` is no limit.

    Attributes:
        samplerate: In hertz.
        channels: How many.
        frames: More than any file has, since the number is not known.

    Raises:
        CoverError: There is no FFmpeg, or it cannot read the file.
    """

    def __init__(self, path: Path, max_duration: float | None) -> None:
        self._name = path.name
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and the path is no option
            _command(path, max_duration),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=decoder_environment(),
            **new_process_group(),
        )
        self.frames = 2**63 - 1
        header = self._read(_HEADER.size)
        if not header.startswith(_MAGIC) or len(header) < _HEADER.size:
            self.close()
            raise CoverError(f"{self._name!r} cannot be read as audio")
        _, start, _, _, self.samplerate, self.channels = _HEADER.unpack(header)
        self._read(start - _HEADER.size)

    def read(self, frames: int, dtype: str, *, always_2d: bool) -> Samples:  # noqa: ARG002 - as asked
        """Return the next ``(frames, channels)`` as 32-bit floats; none at the end.

        Raises:
            CoverError: The file is damaged.
        """
        frame = 4 * self.channels
        block = self._read(frames * frame)
        if not block and self._process.wait() != 0:
            raise CoverError(f"{self._name!r} is damaged and cannot be decoded to its end")
        samples = np.frombuffer(block, ">f4", len(block) // frame * self.channels)
        return samples.reshape(-1, self.channels).astype(np.float32)

    def close(self) -> None:
        """End FFmpeg, wherever it is."""
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        with time_limit(READ_TIMEOUT, self._process.kill):
            return bytes(self._process.stdout.read(size))


def _command(path: Path, max_duration: float | None) -> list[str]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise CoverError(
            f"{path.name!r} cannot be read as audio here; WAV, FLAC, Ogg Vorbis and MP3 files can, "
            "and most others where FFmpeg is installed"
        )
    command = [program, "-nostdin", "-loglevel", "quiet", "-protocol_whitelist", "file"]
    command += ["-format_whitelist", FORMATS, "-i", f"file:{path.absolute()}"]
    if max_duration is not None:
        command += ["-t", str(max_duration + 1)]  # one more, to see that it is too long
    return [*command, "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]

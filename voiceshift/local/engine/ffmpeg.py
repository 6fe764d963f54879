"""Audio files that FFmpeg decodes, the system's own.

It runs as a process and sends samples through a pipe, as fast as they are read, so memory does not
grow with the length of the song. It is given one file and may open nothing else, neither over the
network nor beside that file: playlists and the like are no songs.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import threading
from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.samples import layout_of_mask
from voiceshift.util.deadline import time_limit
from voiceshift.util.process import decoder_environment, new_process_group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voiceshift.local.engine.samples import Samples

FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,"
    "mpegts,ogg,tak,tta,voc,w64,wav,wv"
)
"""FFmpeg's names of the audio formats that refer to nothing outside the file itself."""

READ_TIMEOUT = 60.0
"""Seconds for one read, which takes milliseconds: after them the file is holding FFmpeg up."""

BLOCK_SIZE = 16_384
"""Frames read at a time; so precisely is it told where a file is damaged."""

_CLOSE_TIMEOUT = 2.0  # seconds

# FFmpeg sends a WAV file, of unknown length: chunks of a name and a size. One has the format: how
# samples are encoded, channels and rate, and for more than two channels the channel mask.
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHI")
_MASK = struct.Struct("<I")

_DURATION = re.compile(rb"  Duration: (\d+):(\d+):([\d.]+)")
# Said beside the decoder's own message, or of the headers of chained Opus streams.
_REPEATED = re.compile(rb"Error (while decoding|submitting|parsing the packet header)")
_PICTURE = re.compile(rb"Video: (?!.*\(attached pic\))")  # a film may be longer than its sound

# Films and other files in which sound may begin later than the picture: MP4, Matroska, AVI, FLV,
# ASF, MPEG.
_FILM = re.compile(
    rb".{4}(ftyp|moov|mdat|wide|free)|\x1aE\xdf\xa3|RIFF.{4}AVI |FLV|0&\xb2u|G|\0\0\x01\xba",
    re.DOTALL,
)


class FfmpegReader:
    """A file that FFmpeg decodes: of several tracks, the default one.

    Args:
        path: The file.
        max_duration: Seconds after which it need not go on; ``None`` is no limit.

    Attributes:
        samplerate: In hertz.
        channels: How many.
        layout: The loudspeaker of each channel.
        damage: About where it could not be decoded, in seconds.

    Raises:
        CoverError: There is no FFmpeg, or it cannot read the file.
    """

    def __init__(self, path: Path, max_duration: float | None = None) -> None:
        self.damage: list[float] = []
        self.duration: float | None = None
        self._name = path.name
        self._decoded = 0.0  # seconds
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and the path is no option
            _command(path, max_duration),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=decoder_environment(),
            **new_process_group(),
        )
        self._listener = threading.Thread(
            target=self._listen, name="voiceshift-ffmpeg", daemon=True
        )
        self._listener.start()
        try:
            self.channels, self.samplerate, self._mask = self._read_header()
        except struct.error as error:
            self.close()
            raise CoverError(f"{self._name!r} cannot be read as audio") from error

    @property
    def layout(self) -> list[str]:
        """The loudspeaker of each channel."""
        return layout_of_mask(self._mask, self.channels)

    def blocks(self) -> Iterator[Samples]:
        """Yield what can be decoded, ``(frames, channels)``.

        Raises:
            CoverError: FFmpeg failed or hung.
        """
        frame_size = 4 * self.channels
        while block := self._read(BLOCK_SIZE * frame_size):
            frames = len(block) // frame_size
            self._decoded += frames / self.samplerate
            samples = np.frombuffer(block, "<f4", frames * self.channels)
            yield samples.reshape(-1, self.channels).astype(np.float32)
        if self._process.wait() != 0:
            raise CoverError(f"{self._name!r} is damaged and cannot be decoded to its end")
        self._listener.join()

    def close(self) -> None:
        """End FFmpeg, wherever it is."""
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._listener.join(_CLOSE_TIMEOUT)  # longer only if FFmpeg left a process behind

    def _read_header(self) -> tuple[int, int, int]:
        """Read the header of the WAV file that FFmpeg sends: channels, rate, channel mask."""
        self._read(12)  # RIFF, a size, WAVE
        form = b""
        while (chunk := _CHUNK.unpack(self._read(_CHUNK.size)))[0] != b"data":
            content = self._read(chunk[1])
            form = content if chunk[0] == b"fmt " else form
        _, channels, rate = _FORMAT.unpack_from(form)
        mask = _MASK.unpack_from(form, 20)[0] if channels > 2 else 0
        return channels, rate, mask

    def _read(self, size: int) -> bytes:
        assert self._process.stdout is not None
        with time_limit(READ_TIMEOUT, self._process.kill):
            return bytes(self._process.stdout.read(size))

    def _listen(self) -> None:
        """Learn from FFmpeg's messages how long the file says it is, and where it is damaged."""
        assert self._process.stderr is not None
        is_unsure = is_decoding = False
        with self._process.stderr as messages:
            for line in messages:
                if found := _DURATION.search(line):
                    hours, minutes, seconds = map(float, found.groups())
                    self.duration = 3600 * hours + 60 * minutes + seconds
                elif b"Output #0" in line:
                    is_decoding = True
                elif is_decoding and b"[error]" in line and not _REPEATED.search(line):
                    self.damage.append(self._decoded)
                elif b"Estimating duration" in line or _PICTURE.search(line):
                    is_unsure = True
                if is_unsure:
                    self.duration = None


def _command(path: Path, max_duration: float | None) -> list[str]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise CoverError(
            f"{path.name!r} cannot be read as audio here; WAV, FLAC, Ogg Vorbis and MP3 files can, "
            "and most others where FFmpeg is installed"
        )
    command = [program, "-nostdin", "-nostats", "-hide_banner", "-loglevel", "level+info"]
    command += ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    command += ["-i", f"file:{path.absolute()}", "-vn", "-sn", "-dn"]
    if max_duration is not None:
        command += ["-t", str(max_duration + 1)]  # one more, to see that it is too long
    if _is_film(path):
        command += ["-af", "aresample=async=1:first_pts=0"]  # sound stays where the picture is
    return [*command, "-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"]


def _is_film(path: Path) -> bool:
    with path.open("rb") as file:
        return _FILM.match(file.read(16)) is not None

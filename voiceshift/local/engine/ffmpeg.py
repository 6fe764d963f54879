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
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.ffmpeg_messages import PICTURE, FfmpegMessages
from voiceshift.local.engine.headers import MAX_MISSING, count_inner_tags, is_cut_off
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
"""Frames read at a time."""

_CLOSE_TIMEOUT = 2.0  # seconds

# FFmpeg sends a WAV file, of unknown length: chunks of a name and a size. One has the format: how
# samples are encoded, channels and rate, and for more than two channels the channel mask.
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHI")
_MASK = struct.Struct("<I")

# Files that tell when each piece of sound is due: MP4, Matroska, AVI, FLV, ASF, MPEG.
_TIMED = re.compile(
    rb".{4}(ftyp|moov|mdat|wide|free)|\x1aE\xdf\xa3|RIFF.{4}AVI |FLV|0&\xb2u|G|\0\0\x01\xba",
    re.DOTALL,
)

_PADDING = 4_096
"""Samples by which a length may count what codecs put before and after the sound: frames of ALAC
are that long, and MP3 and AAC have two or three of theirs."""


class FfmpegReader:
    """A file that FFmpeg decodes: of several tracks, the default one.

    Args:
        path: The file.
        max_duration: Seconds after which it need not go on; ``None`` is no limit.

    Attributes:
        samplerate: In hertz.
        channels: How many.
        damage: About where it could not be decoded, in seconds; known at the end.

    Raises:
        CoverError: There is no FFmpeg, or it cannot read the file.
    """

    def __init__(self, path: Path, max_duration: float | None = None) -> None:
        self.damage: list[float] = []
        self._path = path
        self._messages = FfmpegMessages()
        self._knows_header = threading.Event()
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and the path is no option
            _command(path, max_duration),
            stdout=subprocess.PIPE,
            **_options(),
        )
        self._listener = threading.Thread(
            target=self._listen, name="voiceshift-ffmpeg", daemon=True
        )
        self._listener.start()
        try:
            self.channels, self.samplerate, self._mask = self._read_header()
        except struct.error as error:
            self.close()
            raise CoverError(f"{self._path.name!r} cannot be read as audio") from error
        self._knows_header.wait(READ_TIMEOUT)  # told before the samples, and heard beside them

    @property
    def duration(self) -> float | None:
        """How long the sound is by the header, in seconds; ``None`` if that does not tell."""
        return self._messages.duration

    @property
    def layout(self) -> list[str]:
        """The loudspeaker of each channel."""
        return layout_of_mask(self._mask, self.channels)

    def blocks(self) -> Iterator[Samples]:
        """Yield what can be decoded, ``(frames, channels)``.

        Raises:
            CoverError: FFmpeg failed or hung.
        """
        frame_size, total = 4 * self.channels, 0
        while block := self._read(BLOCK_SIZE * frame_size):
            frames = len(block) // frame_size
            total += frames
            samples = np.frombuffer(block, "<f4", frames * self.channels)
            yield samples.reshape(-1, self.channels).astype(np.float32)
        if self._process.wait() != 0:
            raise CoverError(f"{self._path.name!r} is damaged and cannot be decoded to its end")
        self._listener.join()
        self._check_end(total)

    def missing(self, frames: int) -> float:
        """Return how many seconds are missing when so many frames were decoded."""
        missing = (self.duration or 0) - frames / self.samplerate
        return missing if missing > MAX_MISSING + _PADDING / self.samplerate else 0.0

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

    def _check_end(self, frames: int) -> None:
        damage, strays = self._messages.damage, self._messages.strays
        if len(strays) > count_inner_tags(self._path):  # or else tags are all that they are
            damage += strays
        is_cut = is_cut_off(self._path)
        if self.duration and not self.missing(frames) and not is_cut:
            # All of it is there: what could not be decoded comes after it, as tags may do.
            last = (frames - 2 * BLOCK_SIZE) / self.samplerate
            damage = [place for place in damage if place < last]
        elif self._messages.is_cut or is_cut:
            damage.append(frames / self.samplerate)
        self.damage = damage

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                self._messages.add(line)
                if self._messages.is_decoding:
                    self._knows_header.set()
        self._knows_header.set()


def _command(path: Path, max_duration: float | None) -> list[str]:
    program = shutil.which("ffmpeg")
    if program is None:
        raise CoverError(
            f"{path.name!r} cannot be read as audio here; WAV, FLAC, Ogg Vorbis and MP3 files can, "
            "and most others where FFmpeg is installed"
        )
    command = [program, "-nostdin", "-nostats", "-hide_banner", "-loglevel", "level+info"]
    command += ["-protocol_whitelist", "file", "-format_whitelist", FORMATS]
    # In several threads it would lose sound where FLAC files are joined, and tell of damage early.
    command += ["-threads", "1", "-i", f"file:{path.absolute()}"]
    filters = "ashowinfo"
    if _is_timed(path):
        # Silence is put where sound is missing; in a film also before it, if that begins later.
        start = ":first_pts=0" if _has_picture(command) else ""
        filters += f",aresample=async=1{start}"
    command += ["-af", filters]
    if max_duration is not None:
        command += ["-t", str(max_duration + 1)]  # one more, to see that it is too long
    command += ["-vn", "-sn", "-dn"]
    return [*command, "-c:a", "pcm_f32le", "-bitexact", "-f", "wav", "pipe:1"]


def _is_timed(path: Path) -> bool:
    with path.open("rb") as file:
        return _TIMED.match(file.read(16)) is not None


def _has_picture(command: list[str]) -> bool:
    """Return whether FFmpeg finds a film's picture in what it is to decode."""
    with suppress(subprocess.TimeoutExpired):
        process = subprocess.run(command, check=False, timeout=READ_TIMEOUT, **_options())  # noqa: S603
        return PICTURE.search(process.stderr) is not None
    return False


def _options() -> dict[str, Any]:
    """Return how every FFmpeg is started."""
    return {
        "stdin": subprocess.DEVNULL,
        "stderr": subprocess.PIPE,
        "env": decoder_environment(),
        **new_process_group(),
    }

"""Audio files that are awkward to read, as they occur in the world, made small."""

from __future__ import annotations

import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    Make = Callable[[Path], bytes]
    """Returns the content of a file; may write beside the path, and to it."""

FFMPEG = shutil.which("ffmpeg")
"""Where FFmpeg is."""

RATE = 44_100
"""Rate of what the files hold, where nothing else is said."""

SECONDS = 3.0
"""How long they are, where nothing else is said."""


def chirp(seconds: float = SECONDS, rate: int = RATE) -> npt.NDArray[np.float32]:
    """Return stereo in which no moment is like another: tones that rise and stop, and noise."""
    time = np.arange(round(seconds * rate)) / rate
    tones = np.stack([np.sin(2 * np.pi * (low + 40 * time) * time) for low in (200, 300)], axis=1)
    noise = np.random.default_rng(1).standard_normal((len(time), 2))
    gate = np.where(np.sin(2 * np.pi * 3 * time) > 0, 0.3, 0.06)[:, None]
    return np.asarray(gate * tones + 0.02 * noise, np.float32)


def decoded_by_ffmpeg(path: Path) -> npt.NDArray[np.float32]:
    """Return what FFmpeg decodes of a file: stereo at 44.1 kHz."""
    assert FFMPEG is not None
    command = [
        FFMPEG,
        "-nostdin",
        "-v",
        "quiet",
        "-i",
        str(path),
        "-vn",
        "-ac",
        "2",
        "-ar",
        str(RATE),
    ]
    process = subprocess.run(
        [*command, "-f", "f32le", "pipe:1"], stdout=subprocess.PIPE, check=True
    )
    return np.frombuffer(process.stdout, "<f4").reshape(-1, 2)


def film(path: Path, *sounds: str, options: str = "") -> Path:
    """Write a film of 3 s.

    Args:
        path: Where to.
        sounds: Its tracks: each the name of a source of FFmpeg, after options of that input.
        options: Of the film.
    """
    assert FFMPEG is not None
    command = [FFMPEG, "-nostdin", "-y", "-v", "error"]
    for number, source in enumerate(("color=size=16x16:duration=3", *sounds)):
        *before, name = source.split()
        command += [*before, "-f", "lavfi", "-i", name]
        options += f" -map {number}"
    subprocess.run([*command, *options.split(), "-c:v", "mpeg4", str(path)], check=True)
    return path


def write_channels(path: Path, channels: int, sounding: int, **options: Any) -> Path:
    """Write a file of many channels to ``path``, with sound in one of them."""
    samples = np.zeros((RATE, channels), np.float32)
    samples[:, sounding] = chirp(1)[:, 0]
    soundfile.write(path, samples, RATE, **options)
    return path


def with_channel_mask(path: Path, mask: int) -> Path:
    """Give a WAV file (``WAVEX``) another channel mask."""
    content = path.read_bytes()
    path.write_bytes(_replaced(content, content.index(b"fmt ") + 28, struct.pack("<I", mask)))
    return path


def _written(path: Path, rate: int = RATE, seconds: float = SECONDS, **options: Any) -> bytes:
    soundfile.write(path, chirp(seconds, rate), rate, **options)
    return path.read_bytes()


def _wav(path: Path) -> bytes:
    return _written(path, subtype="PCM_16", format="WAV")


def _flac(path: Path) -> bytes:
    return _written(path, format="FLAC")


def _opus(path: Path) -> bytes:
    return _written(path, 48_000, format="OGG", subtype="OPUS")


def _vorbis(path: Path, rate: int = RATE) -> bytes:
    return _written(path, rate, format="OGG", subtype="VORBIS")


def _mp3(path: Path, rate: int = RATE, mode: str = "VARIABLE") -> bytes:
    return _written(path, rate, format="MP3", bitrate_mode=mode, compression_level=0.4)


def _without_first_frame(mp3: bytes) -> bytes:
    """Return an MP3 without the frame that only tells how many there are."""
    return mp3[mp3.index(mp3[:2], 4) :]


def _counting(mp3: bytes, share: float) -> bytes:
    """Return an MP3 whose header tells another number of frames."""
    start = mp3.index(b"Xing") + 8
    (frames,) = struct.unpack_from(">I", mp3, start)
    return _replaced(mp3, start, struct.pack(">I", int(share * frames)))


def _telling(flac: bytes, samples: int) -> bytes:
    """Return a FLAC file whose header tells another length: 36 bits, RFC 9639 section 8.2."""
    first = flac[21] & 0xF0 | samples >> 32
    return _replaced(flac, 21, struct.pack(">BI", first, samples & 0xFFFF_FFFF))


def rf64(path: Path, size: int) -> Path:
    """Write a WAV file of 3 s, in the form for more than 4 GB, that tells a size of its data."""
    content = _written(path, format="RF64")
    path.write_bytes(_replaced(content, content.index(b"ds64") + 16, struct.pack("<Q", size)))
    return path


def w64(path: Path, size: int) -> Path:
    """Write a file of Sony's Wave64 of 3 s, with a size of its data."""
    content = _written(path, format="W64")
    start = content.index(b"data\xf3\xac\xd3\x11") + 16
    path.write_bytes(_replaced(content, start, struct.pack("<Q", size)))
    return path


def _of_size(wav: bytes, size: int) -> bytes:
    """Return a WAV file whose data has another size by its header."""
    return _replaced(wav, wav.index(b"data") + 4, struct.pack("<I", size))


def _damaged(content: bytes) -> bytes:
    """Return the file with 3 kB of noise in its middle."""
    return _replaced(content, len(content) // 2, np.random.default_rng(3).bytes(3_000))


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _garbage() -> bytes:
    return np.random.default_rng(4).bytes(20_000)


def _replaced(content: bytes, start: int, part: bytes) -> bytes:
    return content[:start] + part + content[start + len(part) :]


_ID3 = b"ID3\x04\0\0\0\0\x10\0" + bytes(2048)

PLAIN: dict[str, Make] = {
    "plain.wav": _wav,
    "plain.flac": _flac,
    "plain.ogg": _vorbis,
    "plain.opus": _opus,
    "plain.mp3": _mp3,
    "constant rate.mp3": lambda path: _mp3(path, mode="CONSTANT"),
    "low rate.mp3": lambda path: _mp3(path, 22_050),
}
"""Files as they should be."""

MISLEADING: dict[str, Make] = {
    "unknown length.flac": lambda path: _telling(_flac(path), 0),
    "half its length.flac": lambda path: _telling(_flac(path), RATE),
    "tag before it.flac": lambda path: _ID3 + _flac(path),
    "zeros after it.flac": lambda path: _flac(path) + bytes(20_000),
    "garbage after it.flac": lambda path: _flac(path) + _garbage(),
    "no count.mp3": lambda path: _without_first_frame(_mp3(path)),
    "half the count.mp3": lambda path: _counting(_mp3(path), 0.5),
    "count of zero.mp3": lambda path: _counting(_mp3(path), 0),
    "joined.mp3": lambda path: 2 * _mp3(path),
    "joined with their tags.mp3": lambda path: 3 * (_ID3 + _mp3(path)),
    "two rates.mp3": lambda path: _mp3(path) + _mp3(path, 48_000),
    "zeros after it.mp3": lambda path: _mp3(path) + bytes(50_000),
    "tag before it.mp3": lambda path: _ID3 + _mp3(path),
    "tag after it.mp3": lambda path: _mp3(path) + b"TAG" + bytes(125),
    "chained.ogg": lambda path: 3 * _vorbis(path),
    "two rates.ogg": lambda path: _vorbis(path) + _vorbis(path, 48_000),
    "chained.opus": lambda path: 3 * _opus(path),
    "garbage after it.ogg": lambda path: _vorbis(path) + _garbage(),
    "size of zero.wav": lambda path: _of_size(_wav(path), 0),
    "unknown size.wav": lambda path: _of_size(_wav(path), 0xFFFF_FFFF),
    "garbage after it.wav": lambda path: _wav(path) + _garbage(),
    "wrong byte rate.wav": lambda path: _replaced(_wav(path), 28, struct.pack("<I", 1000)),
    "lyrics after it.mp3": lambda path: _mp3(path) + b"LYRICSBEGIN000011LYRICS200",
}
"""Whole files whose headers tell too little or nothing, or that have more than one part."""

DAMAGED: dict[str, Make] = {
    "damaged.flac": lambda path: _damaged(_flac(path)),
    "damaged.ogg": lambda path: _damaged(_vorbis(path)),
    "damaged.opus": lambda path: _damaged(_opus(path)),
    "damaged.mp3": lambda path: _damaged(_mp3(path)),
    "cut.wav": lambda path: _cut(_wav(path)),
    "cut big-endian.wav": lambda path: _cut(_written(path, format="WAV", endian="BIG")),
    "cut.aiff": lambda path: _cut(_written(path, format="AIFF")),
    "cut.au": lambda path: _cut(_written(path, format="AU")),
    "cut.w64": lambda path: _cut(_written(path, format="W64")),
    "cut.flac": lambda path: _cut(_flac(path)),
    "cut.ogg": lambda path: _cut(_vorbis(path)),
    "cut.opus": lambda path: _cut(_opus(path)),
    "cut.mp3": lambda path: _cut(_mp3(path)),
    "twice its length.flac": lambda path: _telling(_flac(path), 6 * RATE),
}
"""Files of which something is lost."""

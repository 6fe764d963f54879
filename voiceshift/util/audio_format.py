"""What kind of audio some bytes are, told from their beginning. Pure."""

from __future__ import annotations

from typing import NamedTuple

HEAD_SIZE = 64
"""How many leading bytes :func:`recognise` looks at; an Ogg page's codec stands within them."""

MAX_EMBEDDED = 10 * 2**20
"""Bytes of audio in a notebook's page, if nobody says otherwise: larger pages have been seen to
slow a browser down, and each run writes them again."""

SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".m4a", ".bin")
"""Every suffix that :func:`recognise` may give."""


FORMATS_BY_SUFFIX = {
    ".ogg": "ogg",
    ".oga": "ogg",
    ".opus": "opus",
    ".mp3": "mp3",
    ".flac": "flac",
    ".wav": "wav",
}
"""What the embedded service can encode, by the suffixes of such files."""


class MediaType(NamedTuple):
    """A kind of audio file.

    Attributes:
        name: The MIME type, such as ``audio/mpeg``.
        suffix: The usual file suffix, with its dot.
    """

    name: str
    suffix: str


UNKNOWN = MediaType("application/octet-stream", ".bin")


def misnames(suffix: str, media_type: MediaType) -> bool:
    """Whether a file of a kind would get the suffix of another kind.

    Example:
        >>> misnames(".mp3", recognise(b"fLaC")), misnames(".audio", recognise(b"fLaC"))
        (True, False)
    """
    is_of_a_kind = suffix in FORMATS_BY_SUFFIX or suffix == ".m4a"
    if not is_of_a_kind or media_type == UNKNOWN or suffix == media_type.suffix:
        return False
    # Opus in Ogg may be called .ogg, but Vorbis is no .opus.
    return media_type.name != "audio/ogg" or suffix not in (".ogg", ".oga")


def recognise(head: bytes) -> MediaType:
    """The kind of audio that begins with ``head``; ``application/octet-stream`` where unknown.

    The signatures are those of the formats' specifications: RIFF WAVE, FLAC (RFC 9639), Ogg
    (RFC 3533) with Vorbis or Opus (RFC 7845), MPEG audio (ISO/IEC 11172-3) with or without an ID3v2
    tag, and the ISO base media file format (ISO/IEC 14496-12).

    Example:
        >>> recognise(b"fLaC")
        MediaType(name='audio/flac', suffix='.flac')
    """
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return MediaType("audio/wav", ".wav")
    if head[:4] == b"fLaC":
        return MediaType("audio/flac", ".flac")
    if head[:4] == b"OggS":
        return MediaType("audio/ogg", ".opus" if b"OpusHead" in head[:HEAD_SIZE] else ".ogg")
    if head[:3] == b"ID3" or _is_mpeg_audio(head):
        return MediaType("audio/mpeg", ".mp3")
    if head[4:8] == b"ftyp":
        return MediaType("audio/mp4", ".m4a")
    return UNKNOWN


def _is_mpeg_audio(head: bytes) -> bool:
    """Whether ``head`` is an MPEG audio layer III frame header: 11 set bits, then legal fields."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 0b11, head[1] >> 1 & 0b11
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 0b11
    return version != 0b01 and layer == 0b01 and bit_rate != 0b1111 and sample_rate != 0b11

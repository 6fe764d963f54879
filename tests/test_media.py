"""Recognising audio by its first bytes, on real files and on headers from the specifications."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import soundfile

from tests.support.properties import example, given, st
from voiceshift.media import HEAD_SIZE, SUFFIXES, MediaType, recognise

SECOND = np.sin(np.linspace(0, 2 * np.pi * 440, 48_000))
"""A second of the concert pitch."""


@pytest.mark.parametrize(
    ("container", "subtype", "media_type"),
    [
        ("WAV", "PCM_16", MediaType("audio/wav", ".wav")),
        ("WAVEX", "PCM_24", MediaType("audio/wav", ".wav")),
        ("RF64", "PCM_16", MediaType("audio/wav", ".wav")),
        ("FLAC", "PCM_16", MediaType("audio/flac", ".flac")),
        ("OGG", "VORBIS", MediaType("audio/ogg", ".ogg")),
        ("OGG", "OPUS", MediaType("audio/ogg", ".opus")),
        ("MP3", "MPEG_LAYER_III", MediaType("audio/mpeg", ".mp3")),
    ],
)
def test_real_file_is_recognised(container: str, subtype: str, media_type: MediaType) -> None:
    """Files as libsndfile writes them."""
    file = BytesIO()
    soundfile.write(file, SECOND, 48_000, format=container, subtype=subtype)
    assert recognise(file.getvalue()) == media_type


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", ".mp3"),
        (b"\xff\xfb\x90\x00", ".mp3"),  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz
        (b"\xff\xf3\x40\xc0", ".mp3"),  # MPEG 2
        (b"\xff\xe3\x40\xc0", ".mp3"),  # MPEG 2.5
        (b"\x00\x00\x00\x20ftypM4A ", ".m4a"),
        (b"\x00\x00\x00\x18ftypmp42", ".m4a"),
    ],
)
def test_header_is_recognised(head: bytes, suffix: str) -> None:
    """What libsndfile does not write."""
    assert recognise(head).suffix == suffix


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\xff\xfb",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00AVI ",
        b"\xff\xfb\xf0\x00",  # a bit rate that is not allowed
        b"\xff\xfb\x9c\x00",  # a sample rate that is reserved
        b"\xff\xeb\x90\x00",  # a version that is reserved
        b"\xff\xf1\x50\x80",  # AAC in ADTS: no layer III
        b"\xff\xff\xff\xff",
        b"<html>",
        "a text".encode("utf-16"),
    ],
)
def test_anything_else_is_plain_bytes(head: bytes) -> None:
    """Unknown content is not given a wrong suffix."""
    assert recognise(head) == MediaType("application/octet-stream", ".bin")


MAGIC = [b"RIFF", b"WAVE", b"fLaC", b"OggS", b"OpusHead", b"ID3", b"ftyp", b"\xff\xfb\x90\x00"]


@example(b"OggS".ljust(HEAD_SIZE, b".") + b"OpusHead")
@given(st.lists(st.binary(max_size=8) | st.sampled_from(MAGIC)).map(b"".join))
def test_the_head_is_enough(content: bytes) -> None:
    """Nothing beyond the first :data:`HEAD_SIZE` bytes counts, and every suffix is a listed one."""
    assert recognise(content) == recognise(content[:HEAD_SIZE])
    assert recognise(content).suffix in SUFFIXES

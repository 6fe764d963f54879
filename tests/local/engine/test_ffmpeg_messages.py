"""What is learned from FFmpeg's messages."""

from __future__ import annotations

import pytest

from voiceshift.local.engine.ffmpeg_messages import FfmpegMessages

PIECE = b"[Parsed_ashowinfo_0] [info] n:0 pts:0 fmt:fltp channels:2 rate:44100 nb_samples:44100 crc"
DECODING = b"[info] Output #0, wav, to 'pipe:1':"
OWN = b"[flac @ 0x1] [error] invalid sync code"
REFUSED = b"[error] Error while decoding stream #0:0: Invalid data found"


def learned(*lines: bytes) -> FfmpegMessages:
    """Return what the lines tell."""
    messages = FfmpegMessages()
    for line in lines:
        messages.add(line)
    return messages


@pytest.mark.parametrize(
    ("container", "seconds"), [(b"mov,mp4,m4a", 61.0), (b"matroska,webm", 61.0), (b"mpegts", 62.5)]
)
def test_how_long_the_sound_is(container: bytes, seconds: float) -> None:
    """Without what comes before it, where that is counted."""
    messages = learned(
        b"[info] Input #0, " + container + b", from 'song':",
        b"[info]   Duration: 00:01:02.50, start: 1.500000, bitrate: 128 kb/s",
    )
    assert messages.duration == seconds


@pytest.mark.parametrize(
    "doubt",
    [
        b"[mp3 @ 0x1] [warning] Estimating duration from bitrate, this may be inaccurate",
        b"[info]   Stream #0:1: Video: mpeg4 (Simple Profile), yuv420p, 16x16",
    ],
)
def test_estimates_and_films_have_no_duration(doubt: bytes) -> None:
    """Their sound may be shorter, or longer."""
    duration = b"[info]   Duration: 00:00:03.00, start: 0.000000, bitrate: 128 kb/s"
    assert learned(duration, doubt).duration is None
    assert learned(doubt, duration).duration is None


def test_a_picture_on_the_cover_is_no_film() -> None:
    """Songs have one."""
    messages = learned(
        b"[info]   Duration: 00:00:03.00, start: 0.000000, bitrate: 128 kb/s",
        b"[info]   Stream #0:1: Video: mjpeg, 600x600 (attached pic)",
    )
    assert messages.duration == 3


@pytest.mark.parametrize("faults", [(OWN,), (REFUSED,), (OWN, REFUSED), 3 * (OWN, REFUSED)])
def test_damage_is_where_the_decoder_is(faults: tuple[bytes, ...]) -> None:
    """Told once, by the decoder or by what asked it."""
    assert learned(DECODING, PIECE, *faults).damage == [1.0]


def test_every_place_is_told() -> None:
    """What is further apart is something else."""
    assert learned(DECODING, OWN, REFUSED, PIECE, REFUSED, PIECE, OWN).damage == [0, 1, 2]


def test_headers_in_a_chain_are_no_damage() -> None:
    """Of Opus: each stream has one, and the decoder refuses it."""
    header = b"[opus @ 0x1] [error] Error parsing the packet header."
    assert learned(DECODING, PIECE, header, REFUSED).damage == []


def test_padding_is_no_damage() -> None:
    """Zeros in an MP3 file, of which the decoder says nothing."""
    assert learned(b"[info] Input #0, mp3, from 'song':", DECODING, REFUSED).damage == []


def test_what_is_said_of_the_header_is_no_damage() -> None:
    """Nothing is decoded yet."""
    assert learned(b"[mjpeg @ 0x1] [error] bits 53 is invalid", DECODING).damage == []


def test_strays_may_be_tags() -> None:
    """Whoever knows the file decides."""
    stray = b"[mp3float @ 0x1] [error] Header missing"
    messages = learned(DECODING, PIECE, stray, REFUSED, stray, REFUSED)
    assert (messages.strays, messages.damage) == ([1.0], [])


def test_the_end_of_a_file_that_was_cut_off_is_told() -> None:
    """By the container, while what was read before is still to be decoded."""
    assert learned(DECODING, b"[matroska @ 0x1] [error] File ended prematurely").is_cut

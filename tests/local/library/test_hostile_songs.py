"""Hostile names and hostile audio files, over the wire: a clear refusal, and the next cover."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.conversation import TOKEN, ask, audio_of, authenticated, hear, hear_error
from tests.support.singing import RATE, write_song
from voiceshift.local import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from websockets.sync.client import ClientConnection

LONGEST = 30
"""Seconds of the longest song that the service of these tests takes."""

OUTSIDE = "private"
"""A song beside the folder, which nobody may have."""

NAMES = [
    f"../{OUTSIDE}.wav",
    f"..\\{OUTSIDE}.wav",
    f"./../{OUTSIDE}",
    f"songs/../../{OUTSIDE}.wav",
    f"%2e%2e%2f{OUTSIDE}.wav",
    f"..%c0%af{OUTSIDE}.wav",
    f"{OUTSIDE}.wav\0",
    f"Short Song.wav\0../{OUTSIDE}.wav",
    f"file:///{OUTSIDE}.wav",
    "/etc/passwd",
    "~",
    "~/x.wav",
    "*",
    "Short*",
    "$HOME",
    "`id`",
    "C:\\x.wav",
    "\\\\host\\share\\x.wav",
    "a" * 10_000,
    "\u202e\x1b[2J",
]
"""Names that would lead out of the folder if they became a path, a pattern or a command."""

HEADERS = [
    b"",
    b"RIFF",
    b"RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff",
    b"fLaC" + b"\xff" * 100,
    b"OggS" + b"\0" * 100,
    b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + b"\xff\xfb" * 100,
    b"FORM\x7f\xff\xff\xffAIFFSSND\x7f\xff\xff\xff",
    os.urandom(10_000),
]
"""Beginnings of files that announce what does not follow, and noise."""


@pytest.fixture
def client(songs: Path, thread: ThreadPoolExecutor) -> Iterator[ClientConnection]:
    """A client of a service whose folder has one song; a cover of it ends each test well."""
    write_song(songs.parent / f"{OUTSIDE}.wav")
    with (
        Server(TOKEN, songs=songs, max_duration=LONGEST, executor=thread, workers=1) as server,
        authenticated(server) as connection,
    ):
        yield connection
        ask(connection, song="Short Song")
        assert outcome(connection) is None


def outcome(connection: ClientConnection) -> str | None:
    """How a cover ends: ``None`` if it is complete, else the words of the error."""
    while True:
        message = hear(connection)
        if message["type"] == "error":
            return str(message["message"])
        if message.get("is_final"):
            return None


def check_words(words: str, folder: Path) -> None:
    """Nothing of the service's files or of its insides is said."""
    assert str(folder) not in words
    for inside in ("Traceback", "Error(", "/tmp", ".py", "libsndfile", "Errno"):
        assert inside not in words
    assert words.isprintable()


# ---- names


def test_a_name_leads_nowhere_else(client: ClientConnection, tmp_path: Path) -> None:
    """Neither that of a song nor that of a voice."""
    for name in NAMES:
        for field in ("song", "model"):
            ask(client, **{field: name})
            words = hear_error(client)
            assert len(words) < 1000
            check_words(words, tmp_path)


def test_the_path_of_a_file_outside_is_no_song(client: ClientConnection, songs: Path) -> None:
    """Though it is there; with and without its suffix."""
    outside = songs.parent / OUTSIDE
    for name in (f"{outside}.wav", str(outside), str(songs / "Short Song.wav")):
        ask(client, song=name)
        assert "there is no song called" in hear_error(client)


@pytest.mark.skipif(os.name != "posix", reason="makes links, pipes and devices")
def test_what_is_no_file_in_the_folder_is_no_song(client: ClientConnection, songs: Path) -> None:
    """Links out of it, to devices and to nowhere, folders, pipes: none is opened or waited for."""
    (songs / "outside.wav").symlink_to(songs.parent / f"{OUTSIDE}.wav")
    (songs / "device.wav").symlink_to("/dev/zero")
    (songs / "circle.wav").symlink_to(songs / "circle.wav")
    (songs / "nowhere.wav").symlink_to("nowhere")
    (songs / "folder.wav").mkdir()
    os.mkfifo(songs / "pipe.wav")
    for name in ("outside", "device", "circle", "nowhere", "folder", "pipe"):
        ask(client, song=name)
        assert "there is no song called" in hear_error(client)


def test_a_linked_folder_outside_is_not_searched(client: ClientConnection, songs: Path) -> None:
    """What is in it stays unknown, also to the hints."""
    try:
        (songs / "linked").symlink_to(songs.parent, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    ask(client, song=OUTSIDE)
    words = hear_error(client)
    assert "there is no song called" in words
    assert "did you mean" not in words


# ---- files


def test_a_small_file_of_hours_is_refused(client: ClientConnection, songs: Path) -> None:
    """Silence packs well: ten kilobytes can hold ten minutes and more."""
    bomb = songs / "bomb.flac"
    soundfile.write(bomb, np.zeros(600 * 8_000, np.int16), 8_000)
    assert bomb.stat().st_size < 50_000
    ask(client, song="bomb")
    assert outcome(client) == "'bomb.flac' is longer than 30 seconds, the longest song taken here"


@pytest.mark.slow
def test_a_long_file_that_hides_its_length_is_refused(
    client: ClientConnection, songs: Path
) -> None:
    """What counts is what is decoded; what was made until then was sent."""
    path = songs / "hidden.flac"
    soundfile.write(path, np.zeros(40 * RATE, np.int16), RATE)
    hide_length(path)
    assert soundfile.info(path).frames != 40 * RATE
    ask(client, song="hidden")
    words = outcome(client)
    assert words is not None
    assert "longer than 30 seconds" in words


def hide_length(flac: Path) -> None:
    """Make a FLAC file say that it does not know how many samples it has."""
    content = bytearray(flac.read_bytes())
    # The 36 bits after rate, channels and bits: 21 bytes behind the marker, block header included.
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    flac.write_bytes(content)


@pytest.mark.slow
def test_a_header_that_announces_gigabytes_gives_what_is_there(
    client: ClientConnection, songs: Path
) -> None:
    """No memory is taken on the word of a header."""
    path = write_song(songs / "boaster.wav")
    content = bytearray(path.read_bytes())
    for offset in (4, content.index(b"data") + 4):
        content[offset : offset + 4] = struct.pack("<I", 2**32 - 1)
    path.write_bytes(content)
    ask(client, song="boaster")
    assert outcome(client) is None


@pytest.mark.slow
def test_a_truncated_file_is_covered_as_far_as_it_goes_or_refused(
    client: ClientConnection, songs: Path, tmp_path: Path
) -> None:
    """Whichever the decoder can; the words say no more than the file's name."""
    for ending in ("mp3", "ogg", "flac", "wav"):
        path = songs / f"half.{ending}"
        soundfile.write(path, 0.1 * np.sin(np.arange(RATE) / 40), RATE)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        ask(client, song=path.name)
        if (words := outcome(client)) is not None:
            assert repr(path.name) in words
            check_words(words, tmp_path)


@pytest.mark.slow
def test_a_damaged_header_is_refused(client: ClientConnection, songs: Path, tmp_path: Path) -> None:
    """Whatever the file's name says that it is."""
    for number, content in enumerate(HEADERS):
        for ending in ("wav", "mp3"):
            (songs / f"damaged-{number}.{ending}").write_bytes(content)
            ask(client, song=f"damaged-{number}.{ending}")
            words = outcome(client)
            assert words is not None
            check_words(words, tmp_path)


def test_a_song_that_is_gone_when_its_turn_comes_is_refused(tmp_path: Path) -> None:
    """Between its choice and its cover it was deleted."""
    folder = tmp_path / "few songs"
    folder.mkdir()
    write_song(folder / "first.wav", seconds=4)
    second = write_song(folder / "second.wav")
    with (
        Server(TOKEN, songs=folder, max_running=1) as server,
        authenticated(server) as one,
        authenticated(server) as other,
    ):
        ask(one, song="first")
        assert hear(one)["type"] == "job_queued"
        ask(other, song="second")
        assert hear(other)["type"] == "job_queued"
        second.unlink()
        words = outcome(other)
        assert words == "'second.wav' no longer exists"
        assert len(audio_of([hear(one)])) > 0
        assert outcome(one) is None

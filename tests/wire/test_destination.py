"""Where a cover goes with ``to=``: files that are there, folders, pipes, and the song itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.command_line import files
from voiceshift import (
    Client,
    ClientClosed,
    CoverTimeout,
    Event,
    Queued,
    SaveError,
    Segment,
    SettingsError,
)
from voiceshift.testing import DEFAULT_AUDIO

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

SONG, VOICE = "Amazing Grace", "tenor"

NAME = "Amazing Grace (tenor, +0).ogg"
"""What the service's title becomes."""

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")


# ---- files that are there


def test_file_that_is_there_is_replaced(voiceshift_service: ScriptedService) -> None:
    """Any number of times."""
    Path("song.ogg").write_bytes(b"an older cover")
    with Client() as client:
        for _ in range(2):
            client.create_cover(SONG, VOICE, to="song.ogg")
    assert files() == ["song.ogg"]
    assert Path("song.ogg").read_bytes() == DEFAULT_AUDIO


def test_without_overwrite_nothing_is_sent(voiceshift_service: ScriptedService) -> None:
    """A file that is there costs no quota."""
    Path("song.ogg").write_bytes(b"an older cover")
    with Client() as client, pytest.raises(SettingsError, match=r"song\.ogg is already there"):
        client.create_cover(SONG, VOICE, to="song.ogg", overwrite=False)
    assert voiceshift_service.connections == 0
    assert files() == ["song.ogg"]
    assert Path("song.ogg").read_bytes() == b"an older cover"


def test_without_overwrite_a_new_file_is_written(voiceshift_service: ScriptedService) -> None:
    """Nothing is in its way."""
    with Client() as client:
        client.create_cover(SONG, VOICE, to="song.ogg", overwrite=False)
    assert files() == ["song.ogg"]
    assert Path("song.ogg").read_bytes() == DEFAULT_AUDIO


@pytest.mark.part_files("song.ogg.part")
def test_file_that_appears_is_not_replaced_without_overwrite(
    voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """What arrived is kept beside it, and the error names both."""

    def appear(event: Event) -> None:
        if isinstance(event, Segment):
            Path("song.ogg").write_bytes(b"another's")

    part = tmp_path / "song.ogg.part"
    with Client() as client, pytest.raises(SaveError, match=r"song\.ogg: File exists") as caught:
        client.create_cover(SONG, VOICE, to="song.ogg", overwrite=False, on_event=appear)
    assert type(caught.value) is SaveError
    assert f"is kept in {part}" in str(caught.value)
    assert caught.value.partial is not None
    assert caught.value.partial.audio == part.read_bytes() == DEFAULT_AUDIO
    assert Path("song.ogg").read_bytes() == b"another's"


# ---- folders


@pytest.mark.parametrize("to", [".", "covers/", "covers/new/"])
def test_cover_in_a_folder_gets_a_free_name(
    to: str, voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """Made of its title; a folder that is missing is made where the path ends in a slash."""
    with Client() as client:
        first, second = (client.create_cover(SONG, VOICE, to=to).path for _ in range(2))
    assert first == tmp_path / to / NAME
    assert second == tmp_path / to / "Amazing Grace (tenor, +0) (2).ogg"
    assert first.read_bytes() == second.read_bytes() == DEFAULT_AUDIO
    assert len(list((tmp_path / to).iterdir())) == 2


def test_covers_made_at_once_have_a_name_each(voiceshift_service: ScriptedService) -> None:
    """Neither takes that of the other, though both began before the first was complete."""

    def make_another(event: Event) -> None:
        if isinstance(event, Segment) and event.index == 1:
            with Client() as other:
                others.append(other.create_cover(SONG, VOICE, to="covers/").path)

    others: list[Path | None] = []
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, to="covers/", on_event=make_another)
    assert [path and path.name for path in others] == [NAME]
    assert cover.path is not None
    assert cover.path.name == "Amazing Grace (tenor, +0) (2).ogg"


def test_name_in_a_folder_is_free_without_overwrite_too(
    voiceshift_service: ScriptedService,
) -> None:
    """There is nothing to refuse."""
    Path(NAME).write_bytes(b"mine")
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, to=Path(), overwrite=False)
    assert cover.path is not None
    assert cover.path.name == "Amazing Grace (tenor, +0) (2).ogg"
    assert Path(NAME).read_bytes() == b"mine"


@pytest.mark.part_files("Amazing Grace - tenor.part")
def test_what_arrived_in_a_folder_is_kept(
    voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """Under the name of the request, since the cover has none yet."""
    voiceshift_service.will_drop(at="segment")
    part = tmp_path / "covers" / "Amazing Grace - tenor.part"
    with Client() as client, pytest.raises(ConnectionError, match=r"Amazing Grace - tenor\.part"):
        client.create_cover(SONG, VOICE, to="covers/")
    assert part.read_bytes() == DEFAULT_AUDIO[: len(DEFAULT_AUDIO) // 3]


def test_folder_that_cannot_be_made_sends_nothing(voiceshift_service: ScriptedService) -> None:
    """A file has its name."""
    Path("covers").touch()
    with Client() as client, pytest.raises(SettingsError, match="cannot make the folder covers"):
        client.create_cover(SONG, VOICE, to="covers/")
    assert voiceshift_service.connections == 0


# ---- pipes and devices


@posix_only
@pytest.mark.parametrize("progress", [True, False])
def test_pipe_is_written_to(
    progress: bool, voiceshift_service: ScriptedService, tmp_path: Path
) -> None:
    """Segment by segment, and it stays a pipe."""
    os.mkfifo("pipe")
    with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as reader, Client() as client:
        cover = client.create_cover(SONG, VOICE, to="pipe", progress=progress)
        assert reader.communicate(timeout=30)[0] == DEFAULT_AUDIO
    assert Path("pipe").is_fifo()
    assert (cover.path, cover.size) == (tmp_path / "pipe", len(DEFAULT_AUDIO))
    with pytest.raises(SaveError, match="keeps nothing"):
        _ = cover.audio
    assert files() == ["pipe"]


@posix_only
def test_pipe_that_nobody_reads_any_more(voiceshift_service: ScriptedService) -> None:
    """The cover ends, without a partial one: what was written is gone; the client goes on."""
    os.mkfifo("pipe")

    def go(event: Event) -> None:
        if isinstance(event, Segment):
            reader.kill()
            reader.wait(30)

    with subprocess.Popen(["sh", "-c", "exec sleep 60 <pipe"]) as reader, Client() as client:
        with pytest.raises(SaveError, match=r"cannot write .*pipe: Broken pipe") as caught:
            client.create_cover(SONG, VOICE, to="pipe", on_event=go)
        assert caught.value.partial is None
        assert client.create_cover(SONG, VOICE).audio == DEFAULT_AUDIO


def check_end(way: str, *, after: type[Event] | None = None) -> None:
    """A call ends while it waits for the pipe: by its limit, or by ``close()`` elsewhere.

    That comes soon after an event, or after the call was begun.
    """
    with Client() as client:
        closing = threading.Timer(0.2, client.close)

        def close_after(event: Event) -> None:
            if way == "close" and after is not None and isinstance(event, after):
                closing.start()

        if way == "close" and after is None:
            closing.start()
        with pytest.raises(CoverTimeout if way == "limit" else ClientClosed):
            client.create_cover(
                SONG,
                VOICE,
                to="pipe",
                timeout=0.5 if way == "limit" else 60,
                on_event=close_after,
            )


@posix_only
@pytest.mark.parametrize("way", ["limit", "close"])
def test_pipe_that_nobody_reads(way: str, voiceshift_service: ScriptedService) -> None:
    """It is waited for, but not beyond ``close()`` or the limit; nothing was sent."""
    os.mkfifo("pipe")
    check_end(way)
    assert voiceshift_service.requests == []


@posix_only
@pytest.mark.parametrize("way", ["limit", "close"])
def test_pipe_whose_reader_stops(way: str, voiceshift_service: ScriptedService) -> None:
    """Likewise where it is full: what it holds is less than the cover."""
    os.mkfifo("pipe")
    voiceshift_service.will_stream(bytes(2**20))
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_end(way, after=Queued)
    finally:
        os.close(reader)


@posix_only
def test_pipe_with_a_slow_reader(voiceshift_service: ScriptedService) -> None:
    """All of the audio arrives, though the pipe is full most of the time."""
    os.mkfifo("pipe")
    audio = os.urandom(2**20)
    voiceshift_service.will_stream(audio)
    read = "pipe = open('pipe', 'rb'); time.sleep(0.2); sys.stdout.buffer.write(pipe.read())"
    command = [sys.executable, "-c", f"import sys, time; {read}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader, Client() as client:
        client.create_cover(SONG, VOICE, to="pipe")
        assert reader.communicate(timeout=30)[0] == audio


@posix_only
def test_device_stays(voiceshift_service: ScriptedService) -> None:
    """Also where nothing is to be overwritten: nothing is."""
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, to=os.devnull, overwrite=False)
    assert (cover.path, cover.size) == (Path(os.devnull), len(DEFAULT_AUDIO))
    assert Path(os.devnull).is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no such device")
def test_device_that_takes_nothing(voiceshift_service: ScriptedService) -> None:
    """As a full disk."""
    with Client() as client, pytest.raises(SaveError, match="cannot write /dev/full: No space"):
        client.create_cover(SONG, VOICE, to="/dev/full")


# ---- the song itself


@pytest.mark.parametrize("to", ["song.ogg", "folder/../song.ogg", "symbolic.ogg", "hard.ogg"])
@pytest.mark.parametrize("song", ["song.ogg", "~/song.ogg"])
def test_song_itself_is_never_written_to(
    song: str,
    to: str,
    voiceshift_service: ScriptedService,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By whatever name or link; a service of this machine can read it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    Path("song.ogg").write_bytes(b"the song")
    Path("folder").mkdir()
    Path("hard.ogg").hardlink_to("song.ogg")
    if sys.platform != "win32":
        Path("symbolic.ogg").symlink_to("song.ogg")
    elif to == "symbolic.ogg":
        pytest.skip("links need a privilege")
    with Client() as client, pytest.raises(SettingsError, match="is the song itself"):
        client.create_cover(song, VOICE, to=to)
    assert voiceshift_service.connections == 0
    assert Path("song.ogg").read_bytes() == b"the song"
    assert "song.ogg.part" not in files()


def test_cover_knows_its_song_after_a_change_of_folder(
    voiceshift_service: ScriptedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Saving it cannot destroy the song, either."""
    Path("song.ogg").write_bytes(b"the song")
    (tmp_path / "elsewhere").mkdir()
    with Client() as client:
        cover = client.create_cover("song.ogg", VOICE)
    monkeypatch.chdir("elsewhere")
    with pytest.raises(SettingsError, match="is the song itself"):
        cover.save("../song.ogg")
    assert Path("../song.ogg").read_bytes() == b"the song"


# ---- other


@pytest.mark.parametrize("to", [BytesIO(), b"song.ogg", 5, True, [Path("song.ogg")]])
def test_what_is_not_a_path_is_refused(voiceshift_service: ScriptedService, to: object) -> None:
    """Before anything is sent."""
    with Client() as client, pytest.raises(SettingsError, match="to must be a path, not"):
        client.create_cover(SONG, VOICE, to=to)  # type: ignore[arg-type]  # the point
    assert voiceshift_service.connections == 0
    assert files() == []


@pytest.mark.parametrize("size", [250, 251, 255])
def test_long_names_can_be_written(voiceshift_service: ScriptedService, size: int) -> None:
    """All that the file system takes, though ``.part`` does not fit behind them."""
    name = "x" * (size - 4) + ".ogg"
    with Client() as client:
        client.create_cover(SONG, VOICE, to=name)
    assert files() == [name]


def test_name_that_is_too_long_is_refused(voiceshift_service: ScriptedService) -> None:
    """Before anything is sent, not when the cover is complete."""
    with Client() as client, pytest.raises(SettingsError, match="too long"):
        client.create_cover(SONG, VOICE, to="x" * 252 + ".ogg")
    assert voiceshift_service.connections == 0


@posix_only
def test_mode_is_that_of_the_replaced_file(voiceshift_service: ScriptedService) -> None:
    """A private file stays private."""
    Path("song.ogg").touch(mode=0o600)
    with Client() as client:
        client.create_cover(SONG, VOICE, to="song.ogg")
    assert Path("song.ogg").stat().st_mode & 0o777 == 0o600


# ---- suffixes


@pytest.mark.parametrize("to", ["cover.xyz", "cover.pdf", Path("covers.MP4")])
def test_unknown_suffix_is_refused_before_connecting(
    voiceshift_service: ScriptedService, to: str | Path
) -> None:
    """With those there are."""
    with Client() as client, pytest.raises(SettingsError, match=r"use one of \.ogg, .*\.wav"):
        client.create_cover(SONG, VOICE, to=to)
    assert voiceshift_service.connections == 0
    assert files() == []


def test_suffix_and_format_must_agree(voiceshift_service: ScriptedService) -> None:
    """Nobody could tell which of them is meant."""
    with Client() as client, pytest.raises(SettingsError, match="contradict each other"):
        client.create_cover(SONG, VOICE, to="cover.wav", format="mp3")
    assert voiceshift_service.connections == 0


@pytest.mark.parametrize("to", ["cover", "Mr. Jones - tenor", "cover.bin"])
def test_a_name_that_says_no_format_is_taken_as_it_is(
    voiceshift_service: ScriptedService, to: str
) -> None:
    """The dot of a title begins no suffix."""
    with Client() as client:
        client.create_cover(SONG, VOICE, to=to)
    assert files() == [to]


def test_audio_of_another_format_gets_the_true_suffix(
    voiceshift_service: ScriptedService, caplog: pytest.LogCaptureFixture
) -> None:
    """The bytes are the service's; a warning names the file, and none that is there is replaced."""
    Path("cover.flac").write_bytes(b"other")
    voiceshift_service.will_stream(b"fLaC audio")
    with Client() as client:
        cover = client.create_cover(SONG, VOICE, to="cover.mp3")
    assert cover.path == Path("cover (2).flac").absolute()
    assert cover.audio == b"fLaC audio"
    assert files() == ["cover (2).flac", "cover.flac"]
    assert "sent audio/flac: the cover is in" in caplog.text
    assert "cover (2).flac and not in cover.mp3" in caplog.text


@pytest.mark.parametrize(
    ("audio", "to"),
    [(b"OggS" + bytes(24) + b"OpusHead", "cover.ogg"), (b"unknown", "cover.mp3")],
)
def test_audio_that_may_be_called_so_keeps_the_name(
    voiceshift_service: ScriptedService, audio: bytes, to: str
) -> None:
    """Opus lies in Ogg, and what nobody recognises may be anything."""
    voiceshift_service.will_stream(audio)
    with Client() as client:
        client.create_cover(SONG, VOICE, to=to)
    assert files() == [to]

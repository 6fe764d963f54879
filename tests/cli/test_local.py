"""The commands that need no account: covers on this machine, ``demo``, ``serve``."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
import soundfile
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.support.command_line import files, voiceshift
from tests.support.descendants import ends, services_of
from tests.support.singing import write_song
from voiceshift import AuthError, Client
from voiceshift.cli import main
from voiceshift.cli.output import copied_beside
from voiceshift.local import Server
from voiceshift.local.demo import SONG
from voiceshift.local.separators import FALLBACK_WARNING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


Capture = pytest.CaptureFixture[str]

TOKEN = "a-token-for-tests"
PATIENCE = 60.0

posix_only = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")


# ---- cover: which service


def test_a_cover_of_the_embedded_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    """Over the environment's address, as any other service."""
    song = write_song(tmp_path / "Short Song.wav")
    with Server(TOKEN, songs=tmp_path) as server:
        monkeypatch.setenv("VC_URI", server.uri)
        monkeypatch.setenv("VC_TOKEN", TOKEN)
        arguments = ["cover", "short song", "--voice", "baritone", "--quiet", "-o", "cover.ogg"]
        assert main(arguments) == 0
        assert main(["cover", "short song", "--voice", "nobody", "--quiet"]) == 5
    assert soundfile.info("cover.ogg").frames == soundfile.info(song).frames
    output, errors = capsys.readouterr()
    assert output.startswith("cover.ogg: Short Song (baritone, pitch +0), ")
    assert "'baritone', 'tenor'" in errors


def test_without_a_token_a_file_is_covered_on_this_machine(tmp_path: Path) -> None:
    """By the embedded service, and remarks say so; in a process of its own, as users have it."""
    write_song(tmp_path / "song.wav")
    with voiceshift("cover", "song.wav", "--voice", "tenor", "--json") as process:
        output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    assert json.loads(output)["path"] == "song - tenor.ogg"
    remark = "no token is set and song.wav is here: the embedded service makes the cover"
    assert errors == f"voiceshift: {remark}\nvoiceshift: {FALLBACK_WARNING}\n"
    assert files() == ["song - tenor.ogg", "song.wav"]


@pytest.mark.parametrize("song", ["song.wav", "demo"])
def test_a_file_is_not_asked_of_the_hosted_service(
    song: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """It could not read it; the message has the option that helps."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    Path("song.wav").touch()
    assert main(["cover", song, "--voice", "tenor"]) == 2
    assert "add --local to make the cover here" in capsys.readouterr().err


@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_file_that_is_not_there(
    token: str | None, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The nearest one is named, with a token and without."""
    if token:
        monkeypatch.setenv("VC_TOKEN", token)
    Path("cover.ogg").touch()
    assert main(["cover", "covr.ogg", "--voice", "tenor"]) == 2
    said = "there is no file at 'covr.ogg'; did you mean 'cover.ogg'?"
    assert capsys.readouterr().err == f"voiceshift: {said}\n"


def test_without_a_token_the_shell_is_spoken_to(capsys: Capture) -> None:
    """Its options help, and not the names of Python."""
    assert main(["cover", "Amazing Grace", "--voice", "tenor"]) == 2
    said = capsys.readouterr().err
    assert "no API token: looked at --token-file" in said
    assert "--local" in said
    assert "Client" not in said


@pytest.mark.slow
def test_local_makes_the_cover_here_in_spite_of_a_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    """The service of the environment is not asked, and no remark is needed."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    monkeypatch.setenv("VC_URI", "wss://example.com")
    write_song(tmp_path / "song.wav")
    options = ["--local", "--separator", "dsp", "--quiet"]
    assert main(["cover", "song.wav", "--voice", "tenor", *options]) == 0
    assert capsys.readouterr().err == ""
    assert files() == ["song - tenor.ogg", "song.wav"]


@pytest.mark.slow
def test_a_folder_of_songs_is_for_the_embedded_service(tmp_path: Path, capsys: Capture) -> None:
    """A title in it is enough, without a token; one that is not there fails the cover."""
    (tmp_path / "songs").mkdir()
    write_song(tmp_path / "songs" / "Short Song.wav")
    assert main(["cover", "Short Song", "--voice", "tenor", "--songs", "songs"]) == 0
    assert main(["cover", "Other", "--voice", "tenor", "--songs", "songs", "--quiet"]) == 5
    assert "no song called 'Other'" in capsys.readouterr().err


@pytest.mark.parametrize("song", ["songs/Short Song.wav", "short song"])
def test_the_song_itself_is_never_written_to(song: str, tmp_path: Path, capsys: Capture) -> None:
    """Whether it is named by its path or by its title."""
    (tmp_path / "songs").mkdir()
    path = write_song(tmp_path / "songs" / "Short Song.wav")
    before = path.read_bytes()
    options = ["--songs", "songs", "--separator", "dsp", "-o", "songs/Short Song.wav"]
    assert main(["cover", song, "--voice", "tenor", *options]) == 2
    assert "is the song itself, which is never written to" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert list(Path("songs").iterdir()) == [Path("songs/Short Song.wav")]


# ---- demo


def test_the_demos_song_is_never_written_to(capsys: Capture) -> None:
    """It belongs to the package."""
    before = SONG.read_bytes()
    assert main(["demo", "-o", str(SONG)]) == 2
    assert "is the song itself" in capsys.readouterr().err
    assert SONG.read_bytes() == before


@pytest.mark.slow
def test_demo_replaces_a_file_but_with_no_clobber(capsys: Capture) -> None:
    """As ``cover`` does."""
    Path("demo.ogg").write_bytes(b"mine")
    assert main(["demo", "--no-clobber", "-o", "demo.ogg"]) == 2
    assert Path("demo.ogg").read_bytes() == b"mine"
    assert main(["demo", "-o", "demo.ogg"]) == 0
    assert Path("demo.ogg").read_bytes().startswith(b"OggS")
    assert files() == ["demo-original.ogg", "demo.ogg"]


@pytest.mark.slow
def test_demo_makes_a_cover_of_the_bundled_song(capsys: Capture) -> None:
    """The one that differs most from it, without an account; the song lies beside it."""
    assert main(["demo", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["path"] == "demo - tenor.ogg"
    assert result["title"] == "Amazing Grace (tenor, pitch -1)"
    assert soundfile.info("demo - tenor.ogg").duration > 10
    assert result["original"] == "demo-original.ogg"
    assert Path("demo-original.ogg").read_bytes() == SONG.read_bytes()


def test_the_demos_original_never_takes_the_place_of_a_file() -> None:
    """It gets a free name; a copy that is there is not made again."""
    cover = Path("cover.ogg")
    assert copied_beside(cover, SONG) == copied_beside(cover, SONG) == Path("demo-original.ogg")
    Path("demo-original.ogg").write_bytes(b"mine")
    assert copied_beside(cover, SONG) == Path("demo-original (2).ogg")
    assert Path("demo-original.ogg").read_bytes() == b"mine"
    assert Path("demo-original (2).ogg").read_bytes() == SONG.read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
def test_an_interrupted_demo_takes_its_service_along() -> None:
    """Ctrl-C ends both processes and leaves no file."""
    with voiceshift("demo") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"voiceshift: {FALLBACK_WARNING}\n"
        assert process.stderr.readline() == "demo: connected\n"
        (service,) = services_of(process.pid)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert ends(service)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "voiceshift: interrupted"
    assert files() == []


# ---- serve


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running service, and what it announced as JSON."""
    with voiceshift("serve", "--port", "0", "--json", *arguments) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())


@posix_only
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT], ids=lambda stop: stop.name)
def test_serve_serves_until_a_signal(stop: signal.Signals, tmp_path: Path) -> None:
    """It prints address and random token; a client of ours is served; a signal ends it with 0."""
    options = ["--port", "0", "--songs", str(tmp_path), "--separator", "dsp"]
    with voiceshift("serve", *options) as process:
        assert process.stdout is not None
        uri, token, last = (process.stdout.readline().strip() for _ in range(3))
        assert last == "listening; Ctrl-C stops"
        with Client(uri.removeprefix("VC_URI="), token.removeprefix("VC_TOKEN=")) as client:
            client.authenticate()
            process.send_signal(stop)
            assert process.communicate(timeout=PATIENCE) == ("", "")
    assert process.returncode == 0


@posix_only
def test_serve_tells_where_its_page_is() -> None:
    """Between the token and how to stop; a browser gets it there."""
    with voiceshift("serve", "--page", "--port", "0") as process:
        assert process.stdout is not None
        *_, page, last = [process.stdout.readline() for _ in range(4)]
        assert last == "listening; Ctrl-C stops\n"
        with urlopen(page.removeprefix("in a browser: "), timeout=PATIENCE) as answer:
            assert answer.headers["Content-Type"].startswith("text/html")


@posix_only
@pytest.mark.parametrize("where", ["environment", "file", "command line"])
def test_serve_does_not_print_a_token_that_is_known(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a random one is shown, since nobody else knows it."""
    monkeypatch.setenv("VC_TOKEN", "of-another-service")
    options = {
        "environment": [],
        "file": ["--token-file", "token.txt"],
        "command line": ["--token", TOKEN],
    }
    if where == "environment":
        monkeypatch.setenv("VC_SERVE_TOKEN", TOKEN)
    Path("token.txt").write_text(TOKEN)
    with serving(*options[where]) as (process, announced):
        assert set(announced) == {"uri"}
        with Client(announced["uri"], TOKEN) as client:
            client.authenticate()
        process.terminate()
        assert TOKEN not in "".join(process.communicate(timeout=PATIENCE))
    assert process.returncode == 0


@posix_only
def test_serve_does_not_take_the_token_of_another_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs this service would learn it: it makes up its own, and prints it once."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    Path(".env").write_text(f"VC_TOKEN={TOKEN}\nVC_SERVE_TOKEN={TOKEN}\n")
    with serving() as (process, announced):
        assert announced["token"] != TOKEN
        with Client(announced["uri"], connect_attempts=1) as client, pytest.raises(AuthError):
            client.authenticate()
        process.terminate()
        assert announced["token"] not in "".join(process.communicate(timeout=PATIENCE))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_serve_refuses_other_machines_without_a_token(
    host: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could all use it, or nobody could: the owner has to choose the token."""
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    assert main(["serve", "--host", host, "--port", "0"]) == 2
    assert "--token-file or VC_SERVE_TOKEN" in capsys.readouterr().err


def test_an_empty_token_file_is_told(capsys: Capture) -> None:
    """It is no reason to make up a token."""
    Path("token.txt").write_text("\n")
    assert main(["serve", "--token-file", "token.txt"]) == 2
    assert "the token file token.txt is empty" in capsys.readouterr().err


@posix_only
def test_serve_refuses_web_pages_unless_they_are_allowed() -> None:
    """Each by its origin."""
    pages = ("https://page.example", "http://localhost:8000")
    with serving(*(f"--allow-origin={page}" for page in pages)) as (process, announced):
        for page in pages:
            with connect(announced["uri"], origin=Origin(page)):
                pass
        with (
            pytest.raises(InvalidStatus, match="403"),
            connect(announced["uri"], origin=Origin("https://other.example")),
        ):
            pass
        process.terminate()
        assert "--allow-origin" in process.communicate(timeout=PATIENCE)[1]


@pytest.mark.parametrize("options", [("--port", "65536"), ("--workers", "0")], ids=" ".join)
def test_serve_refuses_numbers_out_of_range(options: tuple[str, str], capsys: Capture) -> None:
    """With a message, not a traceback."""
    assert main(["serve", *options]) == 2
    assert options[0].removeprefix("--") in capsys.readouterr().err


def test_serve_on_a_taken_port_ends_with_4() -> None:
    """The message has the port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with voiceshift("serve", "--port", port, "--separator", "dsp") as process:
            output, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 4
    assert errors.startswith(f"voiceshift: cannot listen on 127.0.0.1 port {port}: ")
    assert output == ""


@posix_only
@pytest.mark.parametrize("allowed", [True, False])
def test_serve_takes_files_only_where_they_are_allowed(
    allowed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """Whoever has the token could have any audio file of this machine covered."""
    song = write_song(tmp_path / "song.wav")
    monkeypatch.setenv("VC_TOKEN", TOKEN)
    monkeypatch.setenv("VC_SERVE_TOKEN", TOKEN)
    with serving(*(["--allow-files"] if allowed else [])) as (process, announced):
        monkeypatch.setenv("VC_URI", announced["uri"])
        code = main(["cover", str(song), "--voice", "tenor", "--quiet"])
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert code == (0 if allowed else 5)

"""The commands of README and documentation run, in the order of their blocks."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.support.certificates import AUTHORITY
from tests.support.console import LANGUAGES, PAGES, Block, blocks, run, serve
from tests.support.homes import make_home, move_to
from tests.support.rvc_voices import TINY, random_voice, save_torch_file, write_index
from tests.support.sherpa_networks import write_uvr
from voiceshift.local.demo import SONG, VOICES

if TYPE_CHECKING:
    from voiceshift.testing import ScriptedService

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the commands are for a POSIX shell")

INDEX = "installs from a package index"
SYSTEM = "installs into the system"
NETWORK = "fetches 73 or 378 MB; voiceshift setup has tests of its own"
CONTENTVEC = "needs ContentVec; covers in voices of RVC have tests of their own"
ENVIRONMENT = "makes room for what is installed; the environment of the tests stands in its place"
GATE = "is what runs this test"
LONG = "takes many minutes; the benchmarks have tests of their own"
DOCKER = "needs Docker; the Dockerfile has tests of its own"
DISCORD = "needs an account of Discord; the bot has tests of its own"

NOT_RUN = {
    "python3 -m venv .venv": ENVIRONMENT,
    ".venv/bin/pip install '.[local]'": INDEX,
    ".venv/bin/pip install -e '.[test]'": INDEX,
    ".venv/bin/pip install -e '.[test,quality]'": INDEX,
    'pip install "voiceshift[completion]"': INDEX,
    'pip install "voiceshift[local]"': INDEX,
    'pip install "voiceshift[testing]"': INDEX,
    'pip install "python-socks>=3"': INDEX,
    "pip install voiceshift discord.py": INDEX,
    "pip install voiceshift streamlit": INDEX,
    "streamlit run streamlit_app.py": "serves until it is ended; the app has tests of its own",
    "apt-get install ffmpeg flite asterisk-core-sounds-{en,fr,it,ru}-g722 "
    "fillets-ng-data-{cs,nl} fretsonfire-songs-sectoid extremetuxracer-data": SYSTEM,
    ".venv/bin/voiceshift setup": NETWORK,
    "voiceshift setup": NETWORK,
    "voiceshift setup contentvec": NETWORK,
    "voiceshift cover song.mp3 --voice boris --local": CONTENTVEC,
    ".venv/bin/python -m pytest -n auto": GATE,
    ".venv/bin/python -m tests.benchmarks": LONG,
    ".venv/bin/python -m tests.benchmarks.cover_quality --songs SONGS": LONG,
    ".venv/bin/python -m docs.trials --songs SONGS": LONG,
    "python -m tests.benchmarks.cover_quality separation": LONG,
    "python -m tests.benchmarks.separators": LONG,
    "OMP_NUM_THREADS=1 python -m tests.benchmarks.options SONG": LONG,
    "python -m tests.benchmarks.rvc parity VOICE.pth DATA.npz": "has a test of its own",
    "docker build --tag voiceshift .": DOCKER,
    "docker run --rm --volume voiceshift:/cache voiceshift setup": DOCKER,
    "docker run --detach --publish 127.0.0.1:8765:8765 --volume voiceshift:/cache "
    "--volume ~/Music:/songs:ro --env-file token.env voiceshift": DOCKER,
    "DISCORD_TOKEN=... VC_TOKEN=... python bot.py": DISCORD,
}
"""The commands that no test can run, and why."""

PROGRAMS = ("voiceshift", ".venv/bin/voiceshift", "generate-requests", "cat", "mkdir")
"""What may be run: an installer, say, would change the machine of the tests."""

BLOCKS = list(blocks())
COMMANDS = [command for block in BLOCKS for command in block.commands]


def run_here() -> list[Block]:
    """The blocks with commands that run; what stands in several of them runs in the first."""
    seen = set(NOT_RUN)
    chosen = []
    for block in BLOCKS:
        known = [command for command in block.commands if command.text.split()[0] in PROGRAMS]
        commands = [command for command in known if command.text not in seen]
        seen.update(command.text for command in commands if not command.shown)
        if commands:
            chosen.append(Block(block.name, commands))
    return chosen


# ---- what readers have


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Songs and recordings, as short as the commands take them."""
    folder = tmp_path_factory.mktemp("files")
    song, rate = soundfile.read(SONG, frames=2 * 44_100)
    for name in ("song.mp3", "song.flac", "Beyoncé - Halo.mp3"):
        soundfile.write(folder / name, song, rate)
    for name, voice in {"reading.wav": "tenor", "singing.flac": "baritone"}.items():
        soundfile.write(folder / name, *soundfile.read(VOICES[voice]))
    return folder


@pytest.fixture
def reader(
    files: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    voiceshift_service: ScriptedService,
    learned_voices: Path,
) -> None:
    """A home, an account, and in the current folder all files that the text speaks of."""
    home = make_home(tmp_path / "home", learned_voices)
    (home / "Music").mkdir(parents=True)
    move_to(home, monkeypatch)
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    for path in files.iterdir():
        (tmp_path / path.name).symlink_to(path)
    shutil.copy(files / "Beyoncé - Halo.mp3", home / "Music")  # links are not followed there
    write_uvr(tmp_path / "UVR_MDXNET_9482.onnx")
    write_rvc(tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    write_lists(tmp_path)
    write_secrets(tmp_path)
    write_programs(tmp_path / "programs")
    paths = [str(tmp_path / "programs"), str(Path(sys.executable).parent)]
    monkeypatch.setenv("PATH", os.pathsep.join(paths), prepend=os.pathsep)


def write_rvc(folder: Path) -> None:
    """A voice of RVC that nobody has trained, and its index."""
    save_torch_file(random_voice(TINY), folder / "model.pth")
    vectors = np.ones((3, 768), np.float32)
    write_index(folder / "added_boris_v2.index", vectors[:1], [vectors])


def write_lists(folder: Path) -> None:
    """The list that a page shows, and one of nothing but titles."""
    page = (Path(__file__).parents[1] / "docs" / "batch.md").read_text(encoding="utf-8")
    (listed,) = re.findall(r"```text\n(song,.*?)```", page, re.DOTALL)
    (folder / "songs.csv").write_text(listed, encoding="utf-8")
    (folder / "songs.txt").write_text("Amazing Grace\nHello, Goodbye\n", encoding="utf-8")


def write_secrets(folder: Path) -> None:
    """A token, and a certificate with its key."""
    (folder / "token.txt").write_text("a-token-of-the-reader\n", encoding="utf-8")
    issued = AUTHORITY.issue_cert("localhost")
    for number, part in enumerate(issued.cert_chain_pems):
        part.write_to_path(str(folder / "chain.pem"), append=number > 0)
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))


def write_programs(folder: Path) -> None:
    """A player that looks at its file in place of playing it, and one that writes requests."""
    programs = {
        "mpv": 'for last; do :; done; test -s "$last" && echo "$last" > played.txt',
        "generate-requests": """echo '{"song": "Amazing Grace", "voice": "tenor"}'""",
    }
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)


# ---- they run


@pytest.mark.slow
@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("block", run_here(), ids=lambda block: block.name)
def test_block(block: Block) -> None:
    """Its commands end with 0, or serve until Ctrl-C, and print what the text shows."""
    for command in block.commands:
        if command.text.startswith("voiceshift serve"):
            serve(command)
        else:
            run(command)
    assert ("--play" in str(block)) == Path("played.txt").exists()


# ---- none is left out


def test_what_is_not_run_is_there() -> None:
    """No command is excused that the documentation does not have."""
    assert set(NOT_RUN) <= {command.text for command in COMMANDS}


def test_every_command_runs_or_is_excused() -> None:
    """The blocks that run, and the table, have all commands between them."""
    chosen = {command.text for block in run_here() for command in block.commands}
    assert chosen | set(NOT_RUN) == {command.text for command in COMMANDS}
    assert not chosen & set(NOT_RUN)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_fence_says_what_is_in_it(path: Path) -> None:
    """A block without a language, or with another word for the console, would go unseen."""
    openings = re.findall(r"^ *(?:```+|~~~+)(.*)", path.read_text(encoding="utf-8"), re.MULTILINE)[
        ::2
    ]
    known = {*LANGUAGES, "bat", "python", "text", "ini", "json", "toml"}
    assert [word for word in openings if word not in known and not word.startswith("{")] == []

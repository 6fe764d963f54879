"""A cover played by a player of this system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from attrs import frozen

from voiceshift.errors import SaveError
from voiceshift.util.process import child_environment

if TYPE_CHECKING:
    from pathlib import Path


@frozen
class Player:
    """A program that plays a file and ends.

    Attributes:
        command: Its name and arguments, without the file.
        suffixes: What it plays; empty is everything.
    """

    command: tuple[str, ...]
    suffixes: tuple[str, ...] = ()


LIBSNDFILE = (".wav", ".flac", ".ogg")

PLAYERS = (
    Player(("mpv", "--no-video", "--really-quiet")),
    Player(("ffplay", "-nodisp", "-autoexit", "-loglevel", "error")),
    Player(("afplay",), (".wav", ".flac", ".mp3", ".m4a")),  # macOS
    Player(("pw-play",), LIBSNDFILE),  # PipeWire
    Player(("paplay",), LIBSNDFILE),  # PulseAudio
    Player(("aplay", "--quiet"), (".wav",)),  # ALSA
)
"""From the most able on."""


def play(path: Path) -> None:
    """Play a file to its end.

    Raises:
        SaveError: There is no player for it, or the player failed; the file is there either way.
    """
    if sys.platform == "win32":
        os.startfile(path.absolute())  # noqa: S606 - with the program that the user chose for it
        return
    command = _command(path.suffix)
    if command is None:
        names = ", ".join(player.command[0] for player in PLAYERS)
        raise SaveError(f"no player for {path.suffix} files is installed; looked for {names}")
    # Absolute, so that no name is taken for an option.
    finished = subprocess.run(  # noqa: S603 - a player of the list above
        [*command, str(path.absolute())],
        stdout=subprocess.DEVNULL,
        env=child_environment(),
        check=False,
    )
    if finished.returncode != 0:
        raise SaveError(f"{command[0]} could not play {path} (it ended with {finished.returncode})")


def _command(suffix: str) -> list[str] | None:
    for player in PLAYERS:
        program, *arguments = player.command
        if (not player.suffixes or suffix in player.suffixes) and (found := shutil.which(program)):
            return [found, *arguments]
    return None

"""Programs and files of Debian packages, and a clear word where they are missing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

SHARE = Path("/usr/share")
"""Where Debian packages put what they hold."""

G722_BYTES = 8_000  # of a second


class Unavailable(Exception):  # noqa: N818 - nothing is wrong, something is only not there
    """Something is not installed; the message says what, and how to get it."""


def program(name: str) -> str:
    """Return the path of a program whose package is called like it.

    Raises:
        Unavailable: It is not installed.
    """
    if path := shutil.which(name):
        return path
    raise Unavailable(f"{name} is not installed: apt-get install {name}")


def files(pattern: str, package: str) -> list[Path]:
    """Return the files of a package that match a pattern under ``/usr/share``, sorted.

    Raises:
        Unavailable: There are none.
    """
    if paths := sorted(SHARE.glob(pattern)):
        return paths
    raise Unavailable(f"{package} is not installed: apt-get install {package}")


def read_g722(paths: list[Path], least: float = 0.0, most: float = 60.0) -> Samples:
    """Decode files of raw G.722, one after the other, to mono at 16 kHz.

    Args:
        paths: The files.
        least: Seconds of the shortest file that is taken.
        most: Seconds after which no more is taken.

    Raises:
        Unavailable: ffmpeg is not installed.
    """
    contents = (path.read_bytes() for path in paths)
    joined = b"".join(each for each in contents if len(each) >= least * G722_BYTES)
    command = [
        program("ffmpeg"),
        "-v",
        "error",
        "-f",
        "g722",
        "-i",
        "pipe:0",
        "-f",
        "f32le",
        "pipe:1",
    ]
    run = subprocess.run(
        command, input=joined[: round(most * G722_BYTES)], capture_output=True, check=True
    )
    return np.frombuffer(run.stdout, np.float32)

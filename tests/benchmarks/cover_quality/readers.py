"""Who says single English words, each in a file of its own: a recorded speaker, synthetic ones."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import soundfile
from attrs import frozen

from tests.benchmarks.cover_quality.installed import files, program, read_g722
from voiceshift.local.engine.samples import VOICE_RATE

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

_NUMBERS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
_DAYS = "sunday monday tuesday wednesday thursday friday saturday"
_MONTHS = "january february march april may june july august september october november december"

VOCABULARY = {
    **{word: str(number) for number, word in enumerate(_NUMBERS.split())},
    **{word: str(10 * number) for number, word in enumerate(_TENS.split(), start=3)},
    **{word: f"day-{number}" for number, word in enumerate(_DAYS.split())},
    **{word: f"mon-{number}" for number, word in enumerate(_MONTHS.split())},
}
"""The words, and the names of the files with their recordings."""


class Reader(Protocol):
    """Who says the words."""

    @property
    def name(self) -> str:
        """What the speaker is called."""
        ...

    def say(self, word: str) -> Samples:
        """Say a word of the vocabulary: mono at 16 kHz.

        Raises:
            Unavailable: The speaker is not installed.
        """
        ...


@frozen
class RecordedReader:
    """A recorded speaker.

    Attributes:
        name: Language and register.
        package: The Debian package with the recordings.
        pattern: The folder with them, under ``/usr/share``.
    """

    name: str
    package: str
    pattern: str

    def say(self, word: str) -> Samples:
        """Say a word; see :meth:`Reader.say`."""
        return read_g722(files(f"{self.pattern}/digits/{VOCABULARY[word]}.g722", self.package))


@frozen
class FliteReader:
    """A synthetic speaker of flite.

    Attributes:
        name: The name of the voice.
    """

    name: str

    def say(self, word: str) -> Samples:
        """Say a word; see :meth:`Reader.say`."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "word.wav")
            command = [program("flite"), "-voice", self.name, "-t", word, str(path)]
            subprocess.run(command, check=True)
            samples, rate = soundfile.read(path, dtype="float32")
        assert rate == VOICE_RATE
        return np.asarray(samples)

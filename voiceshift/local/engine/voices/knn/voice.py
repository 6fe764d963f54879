"""The model of a voice: the features of its recordings, and the file they are kept in."""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Sequence
from itertools import chain
from math import floor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from attrs import field, frozen

from voiceshift.errors import CoverError
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.samples import VOICE_RATE
from voiceshift.local.engine.vocoder import FRAMES_PER_SECOND, Features
from voiceshift.local.engine.voices.knn import plausibility
from voiceshift.local.engine.voices.knn.conversion import Conversion
from voiceshift.local.engine.voices.knn.recordings import read_recording
from voiceshift.util.files import open_private
from voiceshift.util.logs import SafeLogger

logger = SafeLogger("voiceshift.local")

FORMAT = 1
"""Version of the file format; it changes whenever older files would be read wrongly."""

MIN_SECONDS = 20
"""Shortest material that gives a timbre; a minute gives a better one."""

MAX_SECONDS = 600
"""Material beyond this is not read, so that memory and time have a bound."""

MIN_VOICED_SHARE = 0.2
"""Share of the frames that are voiced, at least; speech without pauses has a half and more. Less is
music or noise, not somebody who speaks or sings."""

LEARNING_FRAMES = 5 * FRAMES_PER_SECOND
"""Voiced frames from which the singer is learned; two windows mostly have twice as many."""


@frozen(eq=False)
class Voice:
    """Somebody's voice, learned from recordings.

    Attributes:
        name: What the voice is called.
        features: The frames of its recordings, without pauses.
    """

    kind: ClassVar[str] = "knn"
    learning_frames: ClassVar[int] = LEARNING_FRAMES
    is_slow: ClassVar[bool] = False

    name: str
    features: Features = field(repr=False)

    @property
    def seconds(self) -> float:
        """Length of its recordings, without pauses."""
        return len(self.features.f0) / FRAMES_PER_SECOND

    @property
    def median_f0(self) -> float:
        """Median of its F0, in hertz."""
        return float(np.median(self.features.f0[self.features.voiced]))

    def facts(self) -> dict[str, Any]:
        """Return what is known of it, by name."""
        return {
            "seconds": round(self.seconds, 1),
            "voiced": round(float(self.features.voiced.mean()), 3),
            "median_f0": round(self.median_f0, 1),
        }

    def summary(self) -> str:
        """Return what is known of it, in words."""
        return (
            f"{self.seconds:.0f} s of audio, {self.features.voiced.mean():.0%} of it voiced, "
            f"mostly at {self.median_f0:.0f} Hz"
        )

    @classmethod
    def from_recordings(cls, name: str, paths: Sequence[Path]) -> Voice:
        """Learn a voice from recordings of one person who speaks or sings alone.

        Args:
            name: What to call the voice.
            paths: Audio files of 20 seconds or more together, without music. A minute is better;
                of more than ten minutes the first ten are used.

        Raises:
            CoverError: A file cannot be read, is silent, is clipped, or has different sounds in its
                two channels; or there is too little of a voice in all of them.

        A warning of the logger ``voiceshift.local`` tells of music, hum or a second speaker, where
        they can be told.
        """
        parts: list[Features] = []
        levels: list[plausibility.Levels] = []
        seconds = 0.0
        for samples in chain.from_iterable(map(read_recording, paths)):
            parts.append(vocoder.analyse(samples))
            levels.append(plausibility.frame_levels(samples, parts[-1]))
            seconds += len(samples) / VOICE_RATE
            if seconds >= MAX_SECONDS:
                break
        if seconds < MIN_SECONDS:
            raise CoverError(
                f"the recordings of {name!r} hold {floor(10 * seconds) / 10} s of sound; at "
                f"least {MIN_SECONDS} s are needed, and a minute gives a better voice"
            )
        features = vocoder.concatenate(parts)
        _check_voice(name, features, np.concatenate(levels))
        return cls(name, features)

    def learn_conversion(self, singing: Features) -> Conversion:
        """Learn, once for a song, what leads from the singer to this voice."""
        return Conversion.learn(singing, self.features)

    def save(self, path: Path) -> None:
        """Write the voice to ``path``, about 1 MB for each minute of recordings.

        The file is for its owner alone, and there as a whole or not at all.

        Raises:
            OSError: It cannot be written.
        """
        # Another thread or process may be saving the same voice.
        unique = f"{path.name}.{os.getpid()}-{threading.get_ident()}.part"
        temporary = path.with_name(unique)
        try:
            with open(temporary, "wb", opener=open_private) as file:
                np.savez_compressed(
                    file,
                    format=np.int64(FORMAT),
                    # Half precision is finer than the estimates are.
                    f0=self.features.f0.astype(np.float16),
                    cepstra=self.features.cepstra.astype(np.float16),
                    aperiodicity=self.features.aperiodicity.astype(np.float16),
                )
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Voice:
        """Read a voice that :meth:`save` wrote; its name is that of the file.

        Raises:
            CoverError: The file is not a voice, or was made by another version of voiceshift.
        """
        try:
            with zipfile.ZipFile(path), np.load(path, allow_pickle=False) as arrays:
                version = int(arrays["format"])
                features = Features(
                    f0=arrays["f0"].astype(np.float64),
                    cepstra=arrays["cepstra"].astype(np.float64),
                    aperiodicity=arrays["aperiodicity"].astype(np.float64),
                )
        except Exception as error:
            # There is no list of what a damaged archive or array header can raise: zipfile, zlib,
            # numpy, tokenize and ast parse it, each with exceptions of its own.
            raise CoverError(_unusable(path.stem)) from error
        if version != FORMAT or not _is_complete(features):
            raise CoverError(_unusable(path.stem))
        return cls(path.stem, features)


def _check_voice(name: str, features: Features, levels: plausibility.Levels) -> None:
    if (share := features.voiced.mean()) < MIN_VOICED_SHARE:
        fault = f"only {share:.0%} of the recordings of {name!r} sounds like a voice"
    elif plausibility.is_instrument(features, levels):
        fault = f"the recordings of {name!r} sound like an instrument, not like a voice"
    else:
        for doubt in plausibility.doubts(features):
            logger.warning("the recordings of %r make a voice, but %s", name, doubt)
        return
    raise CoverError(f"{fault}; use recordings of one person who speaks or sings alone")


def _unusable(name: str) -> str:
    return (
        f"the voice {name!r} is damaged or was made by another version of voiceshift; "
        "make it again from its recordings"
    )


def _is_complete(features: Features) -> bool:
    """Return whether the arrays fit together and hold finite numbers only."""
    frames = len(features.f0) if features.f0.ndim else 0
    shapes = (features.f0.shape, features.cepstra.shape, features.aperiodicity.shape)
    if shapes != ((frames,), (frames, vocoder.COEFFICIENTS), (frames, 1)):
        return False
    arrays = (features.f0, features.cepstra, features.aperiodicity)
    return bool(features.voiced.any()) and all(np.isfinite(array).all() for array in arrays)

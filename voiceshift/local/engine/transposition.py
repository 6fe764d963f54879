"""Accompaniment in another key, at the same tempo."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from voiceshift.errors import CoverError
from voiceshift.local.engine.samples import SONG_RATE

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

_SEED = 1  # of the phases that it makes up: the same song always gives the same samples


def require_transposition() -> None:
    """Make sure that the package is installed which does it.

    Raises:
        CoverError: It is not; the message says how to install it.
    """
    if find_spec("python_stretch") is None:
        raise CoverError(
            "another key needs python-stretch, which is not installed here: "
            'pip install "voiceshift[local]"'
        )


def transposed(samples: Samples, semitones: int) -> Samples:
    """Return stereo ``samples`` moved by semitones, as long as they are."""
    if not semitones:
        return samples
    from python_stretch.Signalsmith import Stretch

    stretch = Stretch(_SEED)
    stretch.preset(2, SONG_RATE)
    stretch.setTransposeSemitones(semitones)
    moved = np.asarray(stretch.process(np.ascontiguousarray(samples.T, np.float32)))
    return np.ascontiguousarray(moved.T)

"""Singing for the tests of voices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voiceshift.local import demo
from voiceshift.local.engine import vocoder
from voiceshift.local.engine.reader import read_blocks
from voiceshift.local.engine.samples import VOICE_RATE, to_mono

if TYPE_CHECKING:
    from voiceshift.local.engine.vocoder import Features


PHRASE = 5
"""Seconds."""


@pytest.fixture(scope="session")
def singer() -> Features:
    """The features of the first phrase of the demo song."""
    song = to_mono(np.concatenate(list(read_blocks(demo.SONG, VOICE_RATE))))
    return vocoder.analyse(song[: PHRASE * VOICE_RATE])

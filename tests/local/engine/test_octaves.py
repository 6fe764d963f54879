"""The octave that a cover is sung in."""

from __future__ import annotations

import numpy as np
import pytest

from voiceshift.local.engine.octaves import OctaveChoice, Pitch, octaves_between
from voiceshift.local.engine.vocoder import COEFFICIENTS, Features

WOMAN, MAN = 220.0, 110.0


def singing_at(f0: float) -> Features:
    """A second of singing whose median F0 is ``f0``, with pauses."""
    pitches = np.repeat([0.0, f0 / 1.2, f0, f0 * 1.2, 0.0], 40)
    return Features(pitches, np.zeros((200, COEFFICIENTS)), np.zeros((200, 1)))


def chosen(pitch: Pitch, song_f0: float, voice_f0: float | None) -> OctaveChoice:
    """What comes of a request for ``pitch``."""
    return OctaveChoice.of(pitch, singing_at(song_f0), voice_f0)


@pytest.mark.parametrize(
    ("voice_f0", "octaves"),
    [(120, -1), (140, 0), (220, 0), (350, 0), (370, 1), (790, 2), (60, -2), (3520, 2)],
)
def test_a_song_moves_where_the_voice_is_far_away(voice_f0: float, octaves: int) -> None:
    """Beyond 0.7 of an octave, and by two octaves at most."""
    assert octaves_between(220, voice_f0) == octaves


def test_auto_takes_the_nearest_octave_and_says_why() -> None:
    """Also where the song stays."""
    assert chosen("auto", WOMAN, MAN).pitch == -1
    assert chosen("auto", WOMAN, MAN).remark() == (
        "pitch -1: the song lies around 220 Hz, the voice around 110 Hz"
    )
    assert chosen("auto", MAN, MAN).remark().startswith("pitch +0: ")


def test_auto_stays_where_nothing_is_known_of_the_voice() -> None:
    """As with the voices of RVC."""
    choice = chosen("auto", WOMAN, None)
    assert (choice.pitch, choice.remark()) == (0, "pitch +0: nobody knows where this voice lies")


def test_a_pitch_that_leaves_the_voice_an_octave_off_is_remarked_on() -> None:
    """It is sung all the same."""
    choice = chosen(0, WOMAN, MAN)
    assert (choice.pitch, choice.nearest) == (0, -1)
    where = "the song lies around 220 Hz, the voice around 110 Hz"
    assert choice.remark() == f"{where}: pitch -1 would be nearer to it than +0"


@pytest.mark.parametrize(("pitch", "voice_f0"), [(-1, MAN), (0, WOMAN), (0, None), (2, 3520)])
def test_a_pitch_that_is_as_near_as_can_be_needs_no_remark(
    pitch: int, voice_f0: float | None
) -> None:
    """No better one can be asked for."""
    assert chosen(pitch, WOMAN, voice_f0).remark() == ""

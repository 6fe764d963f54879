"""Numbers out of samples and pitches: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from voiceshift.local.engine.samples import Samples

Pitches = npt.NDArray[np.float64]
"""Fundamental frequencies in hertz, one for each frame, 0 where there is no voice."""

Flags = npt.NDArray[np.bool_]
"""Yes or no for each frame."""

STEP_SECONDS = 0.02
"""How long the sound before and after an instant is whose levels are compared: a few periods."""

STEP_FLOOR = 0.01
"""Share of the whole sound's level that is added to both: silence against silence is no step."""


def decibels(samples: Samples, reference: Samples) -> float:
    """Return the power of ``samples`` relative to that of ``reference``, in dB."""
    power, of_reference = (
        float(np.square(each, dtype=np.float64).mean()) for each in (samples, reference)
    )
    return 10 * float(np.log10(max(power, 1e-20) / max(of_reference, 1e-20)))


def signal_to_distortion(reference: Samples, estimate: Samples) -> float:
    """Return the power of ``reference`` over that of what ``estimate`` lacks or adds, in dB.

    Nothing is forgiven: neither another level nor another timbre, as some definitions do.
    """
    return decibels(reference, reference - estimate)


def shares_in_key(found: Pitches, true: Pitches, cents: float = 50) -> tuple[float, float]:
    """Compare the pitches of a voice with the true ones.

    Returns:
        Of the frames that are voiced in both, the share within ``cents``; and of the frames that
        are truly voiced, the share that was found voiced.
    """
    both = (found > 0) & (true > 0)
    if not both.any():
        return 0.0, 0.0
    apart = np.abs(1200 * np.log2(found[both] / true[both]))
    return float((apart <= cents).mean()), float(both.sum() / (true > 0).sum())


def near_in_any_octave(found: Pitches, semitones: Pitches, cents: float = 50) -> Flags:
    """Tell which frames are within ``cents`` of a note, whatever octave they are in.

    Args:
        found: Pitches in hertz; 0, no voice, is never near.
        semitones: The notes, counted from C4 (261.63 Hz).
        cents: How far off a frame may be.
    """
    sung = 12 * np.log2(np.maximum(found, 1e-9) / 440) + 9  # A4 is nine semitones above C4
    apart = (sung - semitones + 6) % 12 - 6
    return np.asarray((found > 0) & (np.abs(apart) <= cents / 100))


def level_steps(
    cover: Samples, song: Samples, instants: npt.NDArray[np.int_], rate: int
) -> Pitches:
    """Return by how many dB more the level changes at each instant than it does in the song.

    Args:
        cover: The samples that were made of ``song``, as long as it; both mono.
        song: What they were made of, which has steps of its own.
        instants: Where to look, in frames, away from beginning and end.
        rate: Frames in a second.
    """
    length = round(STEP_SECONDS * rate)
    return np.abs(_steps(cover, instants, length) - _steps(song, instants, length))


def _steps(samples: Samples, instants: npt.NDArray[np.int_], length: int) -> Pitches:
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    floor = STEP_FLOOR**2 * energy[-1] / len(samples) * length + 1e-20
    before = energy[instants] - energy[instants - length] + floor
    after = energy[instants + length] - energy[instants] + floor
    return np.asarray(10 * np.log10(after / before))
